"""``vsearch export``: every product as Parquet or JSONL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vsearch.cli.options import CollectionOption, settings_from
from vsearch.cli.output import note

_FORMATS = ("parquet", "jsonl")


def export(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help="Where to: FILE.parquet, FILE.jsonl, or - for JSONL on stdout.",
            show_default=False,
        ),
    ],
    embeddings: Annotated[
        bool,
        typer.Option("--embeddings", help="With each image's embedding, in the images' order."),
    ] = False,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="parquet or jsonl.  \\[default: by the file's name]",
            show_default=False,
        ),
    ] = None,
    collection: CollectionOption = None,
) -> None:
    """Write every product, and on request the embeddings of its images.

    The columns are those that `vsearch index` reads, and image_ids: the ids of
    the product's usable images in the index. Image paths are as in the feed,
    relative to its folder.

    Examples:

      vsearch export products.parquet --embeddings

      vsearch export - | jq .title
    """
    from vsearch.collection import Collection
    from vsearch.searching.export_files import write_jsonl, write_parquet

    chosen = _format(file, file_format)
    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        products = opened.export(embeddings=embeddings)
        if chosen == "parquet":
            count = write_parquet(Path(file), products, embeddings=embeddings)
        else:
            count = write_jsonl(None if file == "-" else Path(file), products)
    note(f"{count:,} products written to {'stdout' if file == '-' else file}")


def _format(file: str, asked: str | None) -> str:
    chosen = asked or ("jsonl" if file == "-" else Path(file).suffix.removeprefix(".").lower())
    if chosen not in _FORMATS:
        raise typer.BadParameter(
            f'"{chosen}" is no format; name the file .parquet or .jsonl, or give --format',
            param_hint="--format",
        )
    if chosen == "parquet" and file == "-":
        raise typer.BadParameter("Parquet needs a file, not stdout", param_hint="FILE")
    return chosen
