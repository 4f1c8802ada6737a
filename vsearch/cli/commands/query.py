"""``vsearch query``: find products by photo."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from vsearch.collection import Collection
    from vsearch.searching.query import Hit


def query(
    photo: Annotated[
        str | None,
        typer.Argument(
            metavar="PHOTO|URL|-",
            help="An image file, an http(s) URL, or - for an image on stdin.",
            show_default=False,
        ),
    ] = None,
    sku: Annotated[
        str | None,
        typer.Option(
            "--sku", help="Instead of a photo: what looks like this product.", show_default=False
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=10_000, help="How many products.")] = 10,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Also write the query and its hits as one HTML page with pictures.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = None,
) -> None:
    """Find the products that look most like a photo.

    Each product comes once, by the image of it that matches best. The score is the cosine
    similarity between the photo and that image.

    Examples:

      vsearch query photo.jpg

      vsearch query https://shop.example/shoe.jpg -k 5 --json

      vsearch query photo.jpg --html hits.html

      vsearch query --sku SHO-RUN-001

      curl -s https://shop.example/shoe.jpg | vsearch query -
    """
    if (photo is None) == (sku is None):
        raise typer.BadParameter("give a PHOTO or --sku, one of the two")
    from vsearch.collection import Collection

    settings = settings_from(collection=collection, encoder=encoder, weights=weights, device=device)
    with Collection.open(settings.collection, settings=settings) as opened:
        image = sys.stdin.buffer.read() if photo == "-" else photo
        # What is timed is the query itself: the encoder's seconds of loading come before.
        if image is not None:
            opened.load_encoder()
        started = perf_counter()
        hits = opened.query(image=image, sku=sku, k=k)
        seconds = perf_counter() - started
        if html is not None:
            opened.write_report(html, hits, image=image, sku=sku, seconds=seconds)
        if as_json:
            for hit in hits:
                print_json(as_record(hit))
        else:
            _print_table(hits, opened, seconds, sku)
        if html is not None:
            note(f"report: {html}")


def as_record(hit: Hit) -> dict[str, object]:
    """A hit as ``--json`` prints it; a price is text, because JSON has no decimals."""
    product = hit.product
    return {
        "rank": hit.rank,
        "sku": hit.sku,
        "score": round(hit.score, 6),
        "title": hit.title,
        "price": None if hit.price is None else str(hit.price),
        "currency": hit.currency,
        "url": hit.url,
        "image": hit.image,
        "image_id": hit.image_id,
        "brand": product.brand,
        "category": list(product.category),
        "availability": product.availability,
        "item_group": product.item_group,
    }


def _print_table(hits: list[Hit], collection: Collection, seconds: float, sku: str | None) -> None:
    from vsearch.cli.tables import Justify, is_wide, print_table

    columns: list[tuple[str, Justify]] = [
        ("#", "right"),
        ("score", "right"),
        ("sku", "left"),
        ("title", "left"),
        ("price", "right"),
        ("image", "left"),
    ]
    rows = [
        [
            str(hit.rank),
            f"{hit.score:.3f}",
            hit.sku,
            hit.title,
            "" if hit.price is None else f"{hit.price} {hit.currency or ''}".strip(),
            hit.image.rsplit("/", 1)[-1],
        ]
        for hit in hits
    ]
    if is_wide():
        columns.append(("availability", "left"))
        for row, hit in zip(rows, hits, strict=True):
            row.append((hit.product.availability or "").replace("_", " "))
    if hits:
        print_table(columns, rows, whole="sku")
    else:
        others = "no product of the collection has a usable image"
        note(others if sku is None else f"{sku} has no usable image, or no other product has one")
    note(f"{len(hits)} of {collection.status().products} products in {seconds * 1000:.0f} ms")
