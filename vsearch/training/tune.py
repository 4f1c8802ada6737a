"""Makes a collection's encoder its own: what it has learned is judged, then written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from vsearch.encoder.encoder_file import (
    BackboneReference,
    read_encoder_file,
    write_encoder_file,
)
from vsearch.encoder.head import Head
from vsearch.encoder.interface import EncoderIdentity
from vsearch.encoder.sources import local_file, read_head_file
from vsearch.errors import TrainingError
from vsearch.progress import Progress
from vsearch.training.catalogue import Catalogue, read_catalogue
from vsearch.training.examples import UNKNOWN, Examples, Numbers, make_examples
from vsearch.training.head_search import Judges, Trial, fit, judges, search_head
from vsearch.training.judging import Figures, Map, difference
from vsearch.training.output import require_output
from vsearch.training.pairs import Asked, read_pairs
from vsearch.training.pictures import data_digest
from vsearch.training.positives import parse_positives
from vsearch.training.record import training_record
from vsearch.training.tune_request import Judged, TuneRequest, TuneResult

NEW_PRODUCTS = "held-out products"
KNOWN_PRODUCTS = "held-back pictures of known products"

_FEW_PRODUCTS = 20
_MOST_PICTURES = 30_000


def tune_head(
    request: TuneRequest, progress: Progress, tell: Callable[[Trial], object]
) -> TuneResult:
    """Fit a head for a collection's embeddings and write it, if it is better.

    Args:
        request: what is wanted.
        progress: told how far it is.
        tell: hears every head that is tried.

    Raises:
        CollectionError: there is no collection, or it is damaged.
        TrainingError: there is nothing to learn from, or the tuned encoder is worse.
        EncoderError: a photo has to be encoded and the encoder can't be loaded.
        StorageError: the output can't be written.
    """
    catalogue, examples, asked = prepare(request, progress)
    split = judges(examples, request.seed)
    options = replace(request.head, seed=request.seed)
    trial, head = search_head(examples, split, options, progress, tell)
    judged = judge_both(examples, split, current_map(catalogue), head.apply)
    require_better(judged[0], request)
    rows = split.rows
    if request.refit:
        rows = examples.all_learnable()
        head = fit(examples, rows, trial.options)
    write_tuned(request, catalogue, examples, head, judged, trial)
    return TuneResult(
        output=request.output,
        judged=judged,
        chosen={"shrinkage": trial.options.shrinkage, "wave_share": trial.options.wave_share},
        pictures=len(rows),
        labels=len(np.unique(examples.labels[rows])),
        products=split.new.products,
        dim=head.out_dim,
        skipped=() if asked is None else asked.skipped,
        notes=notes(catalogue, split),
    )


def prepare(request: TuneRequest, progress: Progress) -> tuple[Catalogue, Examples, Asked | None]:
    """Read the collection and the pairs, and split what there is to learn from."""
    positives = parse_positives(request.positives or "images")
    catalogue = read_catalogue(request.collection, request.settings)
    require_output(request.output)
    asked: Asked | None = None
    if request.pairs is not None:
        asked = read_pairs(
            request.pairs,
            catalogue,
            request.work / "queries",
            progress,
            max_pixels=request.settings.max_pixels,
        )
    examples = make_examples(catalogue, positives, asked, request.held_out)
    examples = _with_at_most(examples, _MOST_PICTURES, request.seed)
    return catalogue, examples, asked


def current_map(catalogue: Catalogue) -> Map:
    """What the collection's encoder made of its backbone's embeddings before it was tuned.

    A head that this command has made may have learned from the very products that are held
    out now: next to it everything would look worse.
    """
    head = _untuned_head(catalogue)
    return (lambda embeddings: embeddings) if head is None else head.apply


def _untuned_head(catalogue: Catalogue) -> Head | None:
    spec = catalogue.encoder.identity.spec
    if not _is_tuned(spec.head) or spec.head == spec.weights:
        return catalogue.encoder.head
    own = local_file(spec.weights)
    return None if own is None or not own.is_file() else read_encoder_file(own).head


def _is_tuned(head: str | None) -> bool:
    return head is not None and read_head_file(head).training.get("command") == "tune"


def judge_both(examples: Examples, split: Judges, before: Map, after: Map) -> list[Judged]:
    """Compare two maps on new and, where there are any, on known products."""
    judged = []
    for name, judge in ((NEW_PRODUCTS, split.new), (KNOWN_PRODUCTS, split.known)):
        if judge is not None:
            figures = judge.judge(examples, before), judge.judge(examples, after)
            judged.append(compared(name, *figures))
    return judged


def compared(name: str, before: Figures, after: Figures) -> Judged:
    """Put two measurements of the same queries side by side."""
    return Judged(name, len(before.recall), before, after, difference(before, after))


def require_better(judged: Judged, request: TuneRequest) -> None:
    """Refuse an encoder that has lost.

    Raises:
        TrainingError: it is worse; the message says by how much.
    """
    if not judged.difference.is_loss or request.allow_worse:
        return
    recall, precision = judged.difference.recall_at_1, judged.difference.mean_average_precision
    raise TrainingError(
        f"{request.output}: not written: on {judged.set} the tuned encoder is worse than the"
        f" collection's own: mAP {precision.mean:+.3f} ({precision.low:+.3f} to"
        f" {precision.high:+.3f}), R@1 {recall.mean:+.3f} ({recall.low:+.3f} to"
        f" {recall.high:+.3f}); give other --positives or more of them, or write it all the same"
        " with --allow-worse"
    )


def notes(catalogue: Catalogue, split: Judges) -> list[str]:
    """What a reader of the figures should know."""
    said = []
    if catalogue.without_embedding:
        said.append(
            f"{catalogue.without_embedding:,} pictures have no embedding and are left out;"
            " `vsearch index` of the feed makes them"
        )
    spec = catalogue.encoder.identity.spec
    if _is_tuned(spec.head):
        known = "the collection's encoder has been tuned before and may know the held-out products"
        is_whole = spec.head == spec.weights
        said.append(
            f"{known}: before is too good; index the feed with the encoder that it was made from"
            " for a fair comparison"
            if is_whole
            else f"{known}: before is what it was without that head"
        )
    if split.new.products < _FEW_PRODUCTS:
        said.append(
            f"only {split.new.products} products were held out: the figures are rough; more"
            " products or a larger --held-out make them firmer"
        )
    if split.known is None:
        said.append(
            "no label has pictures to spare: only new products were judged, not new pictures of"
            " known ones"
        )
    return said


def measured(judged: Sequence[Judged]) -> list[dict[str, object]]:
    """The figures as a training record has them."""
    return [
        {
            "set": one.set,
            "queries": one.queries,
            "metric": metric,
            "before": getattr(one.before, field).mean,
            "after": getattr(one.after, field).mean,
            "low": getattr(one.after, field).low,
            "high": getattr(one.after, field).high,
        }
        for one in judged
        for metric, field in (("R@1", "recall_at_1"), ("mAP", "mean_average_precision"))
    ]


def configuration(request: TuneRequest) -> dict[str, object]:
    """What the result depends on beside the data."""
    return {
        "method": request.method.value,
        "positives": "events" if request.events else request.positives or "images",
        "pairs": None if request.pairs is None else request.pairs.name,
        "held_out": request.held_out,
        "refit": request.refit,
    }


def data_of(examples: Examples) -> dict[str, object]:
    """What was learned from and judged with."""
    known = examples.labels != UNKNOWN
    contents = {examples.contents[row] for row in np.flatnonzero(known).tolist()}
    return {
        "sha256": data_digest(contents),
        "images": len(contents),
        "labels": len(np.unique(examples.labels[known])),
    }


def write_tuned(
    request: TuneRequest,
    catalogue: Catalogue,
    examples: Examples,
    head: Head,
    judged: Sequence[Judged],
    trial: Trial,
) -> None:
    """Write a head for the collection's own backbone.

    Raises:
        TrainingError: the backbone itself lies where it is to go.
        StorageError: it can't be written.
    """
    identity: EncoderIdentity = catalogue.encoder.identity
    if request.output.absolute() == Path(identity.spec.weights):
        raise TrainingError(
            f"{request.output}: the backbone itself is there, which the head needs; name another"
            " --output"
        )
    write_encoder_file(
        request.output,
        tensors={},
        architecture=identity.spec.architecture,
        head=head,
        backbone=BackboneReference(
            identity.spec.architecture, identity.spec.weights, identity.backbone_fingerprint
        ),
        training=training_record(
            "tune",
            seed=request.seed,
            configuration=configuration(request) | asdict(trial.options),
            data=data_of(examples),
            initialised_from=identity.spec,
            measured=measured(judged),
        ),
        name=request.name or request.output.stem,
    )


def _with_at_most(examples: Examples, most: int, seed: int) -> Examples:
    """Learn from no more pictures than that, whole labels, so that it takes minutes at most."""
    rows = examples.all_learnable()
    if len(rows) <= most:
        return examples
    labels = examples.labels.copy()
    order = np.random.default_rng(seed).permutation(np.unique(labels[rows]))
    counts = np.bincount(labels[rows], minlength=labels.max() + 1)[order]
    kept: Numbers = order[: max(2, int(np.searchsorted(np.cumsum(counts), most)))]
    labels[~np.isin(labels, kept)] = UNKNOWN
    return replace(examples, labels=labels)
