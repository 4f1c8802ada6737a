"""Makes a collection's encoder its own by what shoppers did: products of one search look alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vsearch.catalog import database
from vsearch.catalog.opening import reading_engine
from vsearch.errors import TrainingError
from vsearch.evaluation.matches import Rows, match_embeddings
from vsearch.evaluation.metrics import average_precision, recall_at_k
from vsearch.events.event_store import EventStore
from vsearch.index.manifest import read_manifest
from vsearch.progress import Progress
from vsearch.training.catalogue import Catalogue, read_catalogue
from vsearch.training.examples import UNKNOWN, Examples, Numbers
from vsearch.training.head_search import Judges, Trial, fit, search_head
from vsearch.training.judging import Figures, Map
from vsearch.training.meetings import Meetings, Shown, sessions_of
from vsearch.training.output import require_output
from vsearch.training.tune import compared, current_map, require_better, write_tuned
from vsearch.training.tune_request import Judged, TuneRequest, TuneResult

NEW_PAIRS = "held-out sessions, pairs never met before"
EVERY_PAIR = "held-out sessions, every pair (known ones tell how well it remembers)"
OTHER_PICTURES = "other pictures of a product"

#: From fewer nothing would be learned that could be relied upon.
FEWEST_PAIRS = 50

_MOST_QUERIES = 2_000
_MOST_PICTURES = 30_000
_FEW_QUERIES = 100


@dataclass(frozen=True, eq=False)
class AskedByPicture:
    """Pictures that ask for others: as good as any ``Judge``."""

    queries: Numbers
    """(q,) rows."""
    gallery: Rows
    """(g,) rows, ascending."""
    relevant: list[Rows]
    """(q,) places in the gallery."""
    excluded: list[Rows]
    """(q,) likewise."""
    products: int
    """How many are asked with."""

    def judge(self, examples: Examples, apply: Map) -> Figures:
        """Rank the gallery for each query."""
        matches = match_embeddings(
            apply(examples.embeddings[self.queries]),
            apply(examples.embeddings[self.gallery]),
            self.relevant,
            excluded=self.excluded,
        )
        return Figures(recall_at_k(matches, 1), average_precision(matches))


def tune_by_events(
    request: TuneRequest, progress: Progress, tell: Callable[[Trial], object]
) -> TuneResult:
    """Fit a head by what shoppers met in one session and write it, if it is better.

    The newest sessions are held out: the older half of them decides how strongly the head is
    fitted, the newer half judges, by the pairs of products that no earlier session has met: a
    head that only remembers pairs is of no use, they can be looked up. Whether a product is
    still found by its other pictures is judged as well, and a head that loses there is refused.

    Args:
        request: what is wanted.
        progress: told how far it is.
        tell: hears every head that is tried.

    Raises:
        CollectionError: there is no collection, or it is damaged.
        TrainingError: there is too little to learn from, or the tuned encoder is worse.
        StorageError: the output can't be written.
    """
    catalogue = read_catalogue(request.collection, request.settings)
    require_output(request.output)
    before = current_map(catalogue)
    shown = Shown.of(catalogue, before(catalogue.embeddings), request.seed)
    sessions = _sessions(request, catalogue, shown)
    held_out = max(2, round(request.held_out * len(sessions)))
    older, newer = sessions[:-held_out], sessions[-held_out:]
    known = Meetings.of(older, shown, surely=True)
    if len(known) < FEWEST_PAIRS or not newer:
        raise TrainingError(
            f"{request.collection}: {len(sessions):,} sessions of two products or more, in which"
            f" {len(known):,} pairs of products that are alike were met more than by chance: at"
            f" least {FEWEST_PAIRS} pairs are needed; `vsearch events import` takes what shoppers"
            " viewed, with a session_id or a user_id"
        )
    met_before = Meetings.of(older, shown, surely=False)
    halves = newer[: held_out // 2], newer[held_out // 2 :]
    choosing, judging = (Meetings.of(half, shown, surely=False) for half in halves)
    # What was met before is known without any head: only what is new tells whether it has learned
    # what shoppers see.
    choose, new_pairs = (
        _asked(one.without(met_before), shown, request.seed) for one in (choosing, judging)
    )
    if not (len(choose.queries) and len(new_pairs.queries)):
        raise TrainingError(
            f"{request.collection}: in the held-out sessions no two products that are alike were"
            " met for the first time: more events are needed, or a larger --held-out"
        )
    pictures = _asked_by_other_pictures(catalogue, shown)
    examples, rows = _examples(catalogue, known, shown, request.seed)
    has_others = len(pictures.queries) > 0
    split = Judges(choose, pictures if has_others else None, rows)
    options = replace(request.head, seed=request.seed)
    trial, head = search_head(examples, split, options, progress, tell)
    every = _asked(judging, shown, request.seed)
    sets = [(NEW_PAIRS, new_pairs), (OTHER_PICTURES, pictures), (EVERY_PAIR, every)]
    judged = [
        compared(name, one.judge(examples, before), one.judge(examples, head.apply))
        for name, one in sets
        if len(one.queries)
    ]
    require_better(judged[0], request)
    _require_no_loss(judged[1:], request)
    if request.refit:
        examples, rows = _examples(
            catalogue, Meetings.of(sessions, shown, surely=True), shown, request.seed
        )
        head = fit(examples, rows, trial.options)
    write_tuned(request, catalogue, examples, head, judged, trial)
    few = f"only {judged[0].queries} products asked: the figures are rough"
    return TuneResult(
        output=request.output,
        judged=judged,
        chosen={"shrinkage": trial.options.shrinkage, "wave_share": trial.options.wave_share},
        pictures=len(rows),
        labels=len(np.unique(examples.labels[rows])),
        products=new_pairs.products,
        dim=head.out_dim,
        skipped=(),
        notes=[few] if judged[0].queries < _FEW_QUERIES else [],
    )


def _sessions(request: TuneRequest, catalogue: Catalogue, shown: Shown) -> list[Numbers]:
    manifest = read_manifest(request.collection)
    engine = reading_engine(catalogue.layout, request.settings, manifest.catalogue_id)
    with database.disposing(engine):
        return sessions_of(EventStore(engine).read(), catalogue, shown)


def _asked(meetings: Meetings, shown: Shown, seed: int) -> AskedByPicture:
    """Each product of a pair asks for those that it was met with."""
    gallery = np.sort(shown.rows[shown.rows >= 0])
    ones = np.concatenate([meetings.one, meetings.other])
    others = np.concatenate([meetings.other, meetings.one])
    asking = np.unique(ones)
    if len(asking) > _MOST_QUERIES:
        asking = np.sort(np.random.default_rng(seed).choice(asking, _MOST_QUERIES, replace=False))
    place_of = np.searchsorted(gallery, shown.rows)
    return AskedByPicture(
        queries=shown.rows[asking],
        gallery=gallery,
        relevant=[np.unique(place_of[others[ones == one]]) for one in asking.tolist()],
        excluded=[place_of[[one]] for one in asking.tolist()],
        products=len(asking),
    )


def _asked_by_other_pictures(catalogue: Catalogue, shown: Shown) -> AskedByPicture:
    """Pictures that aren't their product's first ask for it."""
    firsts = shown.rows[catalogue.product_of]
    gallery = np.unique(firsts)
    contents = np.array([picture.content_hash for picture in catalogue.pictures])
    rows = np.arange(len(firsts))
    queries = np.flatnonzero((rows != firsts) & (contents[rows] != contents[firsts]))
    queries = queries[:_MOST_QUERIES]
    return AskedByPicture(
        queries=queries,
        gallery=gallery,
        relevant=[np.searchsorted(gallery, firsts[[row]]) for row in queries.tolist()],
        excluded=[np.empty(0, np.int64)] * len(queries),
        products=len(np.unique(catalogue.product_of[queries])),
    )


def _examples(
    catalogue: Catalogue, meetings: Meetings, shown: Shown, seed: int
) -> tuple[Examples, Numbers]:
    """Each product is a label; what it was met with shows it as well, by the pair's weight."""
    most = _MOST_PICTURES // 4
    chosen = np.arange(len(meetings))
    if len(chosen) > most:
        chosen = np.random.default_rng(seed).choice(chosen, most, replace=False)
    one, other, weight = (
        part[np.sort(chosen)] for part in (meetings.one, meetings.other, meetings.weights)
    )
    products = np.unique(np.concatenate([one, other]))
    labels = np.concatenate([one, other])
    pictures = np.concatenate([shown.rows[other], shown.rows[one]])
    count = len(catalogue.pictures)
    own = np.full(count, UNKNOWN, np.int64)
    own[shown.rows[products]] = products
    contents = [picture.content_hash for picture in catalogue.pictures]
    examples = Examples(
        embeddings=np.concatenate([catalogue.embeddings, catalogue.embeddings[pictures]]),
        labels=np.concatenate([own, labels]),
        hidden=np.full(count + len(labels), UNKNOWN),
        products=np.concatenate([catalogue.product_of, catalogue.product_of[pictures]]),
        is_held_out=np.zeros(count + len(labels), np.bool_),
        weights=np.concatenate([np.ones(count, np.float32), weight, weight]),
        contents=[*contents, *(contents[row] for row in pictures.tolist())],
        gallery=count,
    )
    return examples, np.flatnonzero(examples.labels != UNKNOWN)


def _require_no_loss(judged: list[Judged], request: TuneRequest) -> None:
    for one in judged:
        precision = one.difference.mean_average_precision
        if one.set == OTHER_PICTURES and precision.high < 0 and not request.allow_worse:
            raise TrainingError(
                f"{request.output}: not written: by {one.set} the tuned encoder finds less than"
                f" the collection's own: mAP {precision.mean:+.3f} ({precision.low:+.3f} to"
                f" {precision.high:+.3f}); write it all the same with --allow-worse"
            )
