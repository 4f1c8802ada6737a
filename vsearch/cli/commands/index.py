"""``vsearch index``: bring a collection up to date with a feed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vsearch.cli.options import (
    CollectionOption,
    DeviceOption,
    EncoderOption,
    JsonOption,
    WeightsOption,
    settings_from,
)
from vsearch.cli.output import note, print_json
from vsearch.cli.pairs import column_mapping
from vsearch.cli.rejections import rejections

if TYPE_CHECKING:
    from vsearch.indexing.summary import IndexSummary, RejectedImage, RejectedRow

_SHOWN_REASONS = 10
_WORTH_TELLING_S = 0.1


def index(
    feed: Annotated[
        Path,
        typer.Argument(
            metavar="FEED",
            help="A folder of images, or a feed: CSV, TSV, JSONL, Parquet, Google Merchant (TSV,"
            " RSS, Atom), Shopify, WooCommerce, or change lines.",
            show_default=False,
        ),
    ],
    collection: CollectionOption = None,
    feed_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="folder, csv, tsv, jsonl, parquet, google, shopify, woocommerce or changes."
            "  \\[default: told from the content]",
            show_default=False,
        ),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="Read a column as a field: --map art_no=sku --map foto=image. Repeat it.",
            show_default=False,
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            help="The feed's text encoding.  \\[default: UTF-8, told from the content]",
            show_default=False,
        ),
    ] = None,
    feed_name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the collection knows the feed by, where its path changes from day to day:"
            " --prune compares runs of one name.  \\[default: the path]",
            show_default=False,
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove products that have left the feed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep every skipped row and image there, with the reason, as JSONL.",
            show_default=False,
        ),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask again for images behind known URLs.")
    ] = False,
    index_kind: Annotated[
        str | None,
        typer.Option(
            "--index",
            metavar="KIND",
            help="exact, hnsw, ivf, or auto: by size and memory.  \\[default: as it was, or auto]",
            show_default=False,
        ),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build the index anew; encodes nothing.")
    ] = False,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
    replace_encoder: Annotated[
        bool,
        typer.Option("--replace-encoder", help="Move the whole collection to another encoder."),
    ] = False,
    device: DeviceOption = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, help="Images at once.  \\[default: by device]", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no list of rejections.")
    ] = False,
) -> None:
    """Bring a collection up to date with a feed.

    Only what is new is encoded: a renamed or re-listed image costs nothing, and a
    changed price encodes nothing. Bad rows and images are named and skipped.
    Ctrl-C loses nothing: the same command goes on from there.

    Examples:

      vsearch index catalog/

      vsearch index products.csv --map art_no=sku --map foto=image

      vsearch index google_merchant.xml --prune --rejected rejected.jsonl

      vsearch index changes.jsonl --collection /srv/search
    """
    from vsearch.cli.progress_bars import ProgressBars
    from vsearch.collection import Collection
    from vsearch.indexing.options import IndexOptions

    settings = settings_from(collection=collection, encoder=encoder, weights=weights, device=device)
    options = IndexOptions(
        format=feed_format,
        mapping=column_mapping(mapping or []),
        encoding=encoding,
        feed_name=feed_name,
        prune=prune,
        dry_run=dry_run,
        refresh=refresh,
        index_kind=index_kind,
        rebuild=rebuild,
        replace_encoder=replace_encoder,
        batch_size=batch_size,
    )
    with ProgressBars(quiet=quiet) as bars, rejections(rejected, bars, quiet=quiet) as told:
        summary = Collection.index_into(
            settings.collection,
            feed,
            options=options,
            settings=settings,
            progress=bars,
            on_rejected=lambda one: told.tell(str(one), _record(one)),
        )
    if as_json:
        # asdict() would count the pairs of a Counter instead of keeping them.
        print_json(asdict(summary) | {"reasons": dict(summary.reasons)})
    else:
        _print_summary(summary, settings.collection)


def _record(rejected: RejectedRow | RejectedImage) -> dict[str, Any]:
    kind = "row" if hasattr(rejected, "row") else "image"
    return {"kind": kind} | asdict(rejected)


def _print_summary(summary: IndexSummary, collection: Path) -> None:
    from vsearch.cli.tables import print_facts

    products, images = summary.products, summary.images
    facts = [
        ("feed", f"{summary.feed} ({summary.format})"),
        (
            "products",
            _counts(
                ("added", products.added),
                ("changed", products.changed),
                ("unchanged", products.unchanged),
                ("removed", products.removed),
                ("rows rejected", products.rejected),
            ),
        ),
        (
            "images",
            _counts(
                ("encoded", images.encoded),
                ("reused", images.reused),
                ("unchanged", images.unchanged),
                ("rejected", images.rejected),
                ("outdated", images.outdated),
                ("to read", images.to_read),
            ),
        ),
        ("encoder", summary.encoder),
    ]
    if summary.reasons:
        worst = summary.reasons.most_common(_SHOWN_REASONS)
        facts.append(("rejected", "\n".join(f"{count:,} {reason}" for reason, count in worst)))
    if summary.dry_run:
        facts.append(("dry run", "nothing was changed"))
    else:
        state = "new" if summary.published else "as it was"
        generation = f"generation {summary.generation} ({state})"
        facts += [
            (
                "index",
                f"{summary.index_kind}, {summary.index_size:,} embeddings, {generation}",
            ),
            ("collection", str(collection)),
        ]
    facts += [
        (
            f"time: {stage.name}",
            f"{stage.seconds:.1f} s"
            + (f", {stage.rate:,.0f} {stage.unit}/s" if stage.done else ""),
        )
        for stage in summary.stages
        if stage.done or stage.seconds >= _WORTH_TELLING_S
    ]
    print_facts(facts)
    for text in summary.notes:
        note(f"note: {text}")


def _counts(*counts: tuple[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts if number) or "none"
