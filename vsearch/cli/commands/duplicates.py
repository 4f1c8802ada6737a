"""``vsearch duplicates``: products that show the same picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import note, print_json

if TYPE_CHECKING:
    from vsearch.catalogue_care.duplicates import Duplicates


def duplicates(
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=-1,
            max=1,
            help="Compare the pictures whose embeddings have at least this cosine similarity."
            "  \\[default: the collection's calibration]",
            show_default=False,
        ),
    ] = None,
    variants: Annotated[
        bool,
        typer.Option("--variants", help="Count the variants of one item as different products."),
    ] = False,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Also write one row a product.", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Also write the groups as one HTML page with pictures.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
) -> None:
    """Find products that show the same picture, as the same file or as a copy of it.

    A copy may be encoded anew, resized, cropped a little or padded. Pictures with
    similar embeddings are compared in colour, so that one design in red and in
    blue is no duplicate.

    Examples:

      vsearch duplicates

      vsearch duplicates --html duplicates.html --csv duplicates.csv

      vsearch duplicates --variants --json
    """
    from vsearch.catalogue_care.duplicate_files import records, write_csv
    from vsearch.catalogue_care.duplicate_report import write_duplicate_report
    from vsearch.catalogue_care.duplicates import find_duplicates
    from vsearch.catalogue_care.gallery import opened_gallery
    from vsearch.cli.progress_bars import ProgressBars

    settings = settings_from(collection=collection)
    with opened_gallery(settings) as gallery:
        with ProgressBars(quiet=as_json) as bars:
            found = find_duplicates(gallery, bars, threshold=threshold, variants=variants)
            if html is not None:
                write_duplicate_report(html, found, gallery, bars)
        if csv is not None:
            write_csv(csv, found)
    if as_json:
        for record in records(found):
            print_json(record)
    else:
        _print_table(found)
    _print_notes(found, html)


def _print_table(found: Duplicates) -> None:
    from vsearch.cli.tables import print_table

    rows = [
        [
            str(number) if one is group.products[0] else "",
            "first" if one is group.products[0] else "same file" if one.is_same_file else "copy",
            "" if one.is_same_file else f"{one.similarity:.3f}",
            one.product.sku,
            one.product.title,
            one.view.location.rsplit("/", 1)[-1],
        ]
        for number, group in enumerate(found.groups, start=1)
        for one in group.products
    ]
    if rows:
        print_table(
            [
                ("group", "right"),
                ("", "left"),
                ("score", "right"),
                ("sku", "left"),
                ("title", "left"),
                ("image", "left"),
            ],
            rows,
            whole="sku",
        )


def _print_notes(found: Duplicates, html: Path | None) -> None:
    looked_at = f"{found.images:,} images, compared from a similarity of {found.threshold:.2f}"
    if found.groups:
        products = sum(len(group.products) for group in found.groups)
        groups = "1 group" if len(found.groups) == 1 else f"{len(found.groups):,} groups"
        note(f"{groups} of {products:,} products; {looked_at}")
    else:
        note(f"no duplicates; {looked_at}")
    if found.unreadable:
        note(
            f"not compared, because they can't be read any more: {found.unreadable:,} of the"
            " pictures; run `vsearch index` on the feed again"
        )
    if html is not None:
        note(f"report: {html}")
