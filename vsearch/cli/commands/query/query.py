"""``vsearch query``: find products by photo, product, words, or a mixture of them."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from vsearch.cli.commands.query.answer import print_answer, print_records
from vsearch.cli.commands.query.question import question
from vsearch.cli.options import (
    CollectionOption,
    DeviceOption,
    EncoderOption,
    JsonOption,
    WeightsOption,
    settings_from,
)
from vsearch.cli.output import note

_ASK = "What to look for"
_FILTER = "What may be found"
_ORDER = "In which order"
_SHOW = "What is shown"


def query(
    photos: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PHOTO|URL|-",
            help="Image files, http(s) URLs, or - for an image on stdin. Several are one thing"
            " from several sides, or a mixture (--mix).",
            show_default=False,
        ),
    ] = None,
    sku: Annotated[
        list[str] | None,
        typer.Option(
            "--sku",
            help="What looks like this product; may be repeated.",
            show_default=False,
            rich_help_panel=_ASK,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            help="What looks like these words say, where the encoder has a text tower.",
            show_default=False,
            rich_help_panel=_ASK,
        ),
    ] = None,
    words: Annotated[
        str,
        typer.Option(
            "--words",
            help="Words in title, brand, category or description; alone, or fused with the"
            " ranking by looks.",
            show_default=False,
            rich_help_panel=_ASK,
        ),
    ] = "",
    box: Annotated[
        str | None,
        typer.Option(
            "--box",
            metavar="X,Y,W,H",
            help="The part of the photo that is meant, in pixels or as shares from 0 to 1.",
            show_default=False,
            rich_help_panel=_ASK,
        ),
    ] = None,
    mix: Annotated[
        str | None,
        typer.Option(
            "--mix",
            metavar="W,W,...",
            help="How much each photo, SKU and text counts, in this order: 1,0.3.",
            show_default=False,
            rich_help_panel=_ASK,
        ),
    ] = None,
    unlike: Annotated[
        list[str] | None,
        typer.Option(
            "--unlike",
            metavar="PHOTO",
            help="Less like this photo; may be repeated.",
            show_default=False,
            rich_help_panel=_ASK,
        ),
    ] = None,
    unlike_sku: Annotated[
        list[str] | None,
        typer.Option(
            "--unlike-sku",
            metavar="SKU",
            help="Less like this product; may be repeated.",
            show_default=False,
            rich_help_panel=_ASK,
        ),
    ] = None,
    regions: Annotated[
        int,
        typer.Option(
            "--regions",
            min=0,
            max=10,
            metavar="N",
            help="Find up to N things in the photo, and look for each by itself.",
            rich_help_panel=_ASK,
        ),
    ] = 0,
    where: Annotated[
        str,
        typer.Option(
            "--where",
            metavar="FILTER",
            help='As: category:shoes/* AND price<50 AND attr.colour="red"; docs/filters.md.',
            show_default=False,
            rich_help_panel=_FILTER,
        ),
    ] = "",
    min_confidence: Annotated[
        float,
        typer.Option(
            "--min-confidence",
            min=0,
            max=1,
            help="Only hits that are the very thing with at least this probability.",
            rich_help_panel=_FILTER,
        ),
    ] = 0.0,
    collapse: Annotated[
        bool,
        typer.Option(
            "--collapse", help="Near-identical listings as one hit.", rich_help_panel=_FILTER
        ),
    ] = False,
    group: Annotated[
        str,
        typer.Option(
            "--group",
            metavar="product|item-group",
            help="What counts as one hit: a product, or a product with its variants.",
            rich_help_panel=_FILTER,
        ),
    ] = "product",
    diversity: Annotated[
        float,
        typer.Option(
            "--diversity",
            min=0,
            max=1,
            help="0: the nearest; towards 1: hits that differ among themselves.",
            rich_help_panel=_ORDER,
        ),
    ] = 0.0,
    boost: Annotated[
        list[str] | None,
        typer.Option(
            "--boost",
            metavar="WEIGHT TERM",
            help='Added to the score, as: "0.05 available", "0.1 high(attr.sold, 200)",'
            ' "0.05 fresh(30)"; may be repeated.',
            show_default=False,
            rich_help_panel=_ORDER,
        ),
    ] = None,
    k: Annotated[
        int,
        typer.Option("-k", min=1, max=10_000, help="How many products.", rich_help_panel=_SHOW),
    ] = 10,
    offset: Annotated[
        int,
        typer.Option(
            "--offset",
            min=0,
            help="Pass over so many: the pages before.",
            rich_help_panel=_SHOW,
        ),
    ] = 0,
    facet: Annotated[
        list[str] | None,
        typer.Option(
            "--facet",
            metavar="FIELD",
            help="Count the values of a field among the 200 nearest products; may be repeated.",
            show_default=False,
            rich_help_panel=_SHOW,
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Also write the query and its hits as one HTML page with pictures.",
            show_default=False,
            rich_help_panel=_SHOW,
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="With --html: what of the photo matched what of the first 12 hits.",
            rich_help_panel=_SHOW,
        ),
    ] = False,
    explain_png: Annotated[
        Path | None,
        typer.Option(
            "--explain-png",
            metavar="DIR",
            help="Write the same as pictures: DIR/hit-01.png and so on.",
            show_default=False,
            rich_help_panel=_SHOW,
        ),
    ] = None,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary",
            help="With --json: a last line with the category, facets and regions.",
            rich_help_panel=_SHOW,
        ),
    ] = False,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = None,
) -> None:
    """Find the products that look most like a photo, a product, or a mixture.

    Each product comes once, by the image of it that matches best. The score is the cosine
    similarity between what is asked and that image; "sure" is the probability that it is the
    very thing.

    Examples:

      vsearch query photo.jpg

      vsearch query https://shop.example/shoe.jpg -k 5 --json

      vsearch query photo.jpg --where 'category:shoes/* AND price<50 AND available'

      vsearch query photo.jpg --box 120,40,300,300 --html hits.html --explain

      vsearch query scene.jpg --regions 4

      vsearch query front.jpg side.jpg --unlike-sku SHO-RUN-002

      vsearch query photo.jpg --words "running shoe" --facet brand --facet price

      vsearch query --sku SHO-RUN-001 --group item-group --diversity 0.3

      curl -s https://shop.example/shoe.jpg | vsearch query -
    """
    if explain and html is None:
        raise typer.BadParameter("--explain: is shown on the page; give --html FILE with it")
    if not (photos or sku or text or words.strip()):
        raise typer.BadParameter("give a PHOTO, --sku, --text or --words")
    from vsearch.collection import Collection
    from vsearch.searching.query import Grouping
    from vsearch.searching.reports import EXPLAINED
    from vsearch.storage import storage_errors

    if group not in list(Grouping):
        raise typer.BadParameter(f'--group: "{group}" is not {" or ".join(Grouping)}')
    asked = question(
        photos=photos or (),
        skus=sku or (),
        text=text,
        box=box,
        mix=mix,
        unlike=unlike or (),
        unlike_skus=unlike_sku or (),
        boosts=boost or (),
        words=words,
        where=where,
        k=k,
        offset=offset,
        group=Grouping(group),
        collapse=collapse,
        diversity=diversity,
        min_confidence=min_confidence,
        facets=tuple(facet or ()),
        regions=regions,
    )
    settings = settings_from(collection=collection, encoder=encoder, weights=weights, device=device)
    with Collection.open(settings.collection, settings=settings) as opened:
        # What is timed is the query itself: the encoder's seconds of loading come before.
        if photos or unlike or text:
            opened.load_encoder()
        started = perf_counter()
        result = opened.search(asked)
        seconds = perf_counter() - started
        if html is not None:
            opened.write_report(html, asked, result=result, seconds=seconds, explain=explain)
        if explain_png is not None:
            with storage_errors(explain_png):
                explain_png.mkdir(parents=True, exist_ok=True)
                for hit in result.hits[:EXPLAINED]:
                    file = explain_png / f"hit-{hit.rank:02d}.png"
                    file.write_bytes(opened.explain(asked, hit))
        if as_json:
            print_records(result, with_summary=summary or bool(facet) or bool(regions))
        else:
            print_answer(asked, result, opened.status().products, seconds)
        if html is not None:
            note(f"report: {html}")
