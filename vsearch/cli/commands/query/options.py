"""The options of ``vsearch query``, by the panels of its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_ASK = "What to look for"
_FILTER = "What may be found"
_ORDER = "In which order"
_SHOW = "What is shown"

PhotosArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PHOTO|URL|-",
        help="Image files, http(s) URLs, or - for an image on stdin. Several are one thing"
        " from several sides, or a mixture (--mix).",
        show_default=False,
    ),
]

SkuOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sku",
        help="What looks like this product; may be repeated.",
        show_default=False,
        rich_help_panel=_ASK,
    ),
]

TextOption = Annotated[
    str | None,
    typer.Option(
        "--text",
        help="What looks like these words say, where the encoder has a text tower.",
        show_default=False,
        rich_help_panel=_ASK,
    ),
]

WordsOption = Annotated[
    str,
    typer.Option(
        "--words",
        help="Words in title, brand, category or description; alone, or fused with the"
        " ranking by looks.",
        show_default=False,
        rich_help_panel=_ASK,
    ),
]

BoxOption = Annotated[
    str | None,
    typer.Option(
        "--box",
        metavar="X,Y,W,H",
        help="The part of the photo that is meant, in pixels or as shares from 0 to 1.",
        show_default=False,
        rich_help_panel=_ASK,
    ),
]

MixOption = Annotated[
    str | None,
    typer.Option(
        "--mix",
        metavar="W,W,...",
        help="How much each photo, SKU and text counts, in this order: 1,0.3.",
        show_default=False,
        rich_help_panel=_ASK,
    ),
]

UnlikeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--unlike",
        metavar="PHOTO",
        help="Less like this photo; may be repeated.",
        show_default=False,
        rich_help_panel=_ASK,
    ),
]

UnlikeSkuOption = Annotated[
    list[str] | None,
    typer.Option(
        "--unlike-sku",
        metavar="SKU",
        help="Less like this product; may be repeated.",
        show_default=False,
        rich_help_panel=_ASK,
    ),
]

RegionsOption = Annotated[
    int,
    typer.Option(
        "--regions",
        min=0,
        max=10,
        metavar="N",
        help="Find up to N things in the photo, and look for each by itself.",
        rich_help_panel=_ASK,
    ),
]

WhereOption = Annotated[
    str,
    typer.Option(
        "--where",
        metavar="FILTER",
        help='As: category:shoes/* AND price<50 AND attr.colour="red"; docs/filters.md.',
        show_default=False,
        rich_help_panel=_FILTER,
    ),
]

MinConfidenceOption = Annotated[
    float,
    typer.Option(
        "--min-confidence",
        min=0,
        max=1,
        help="Only hits that are the very thing with at least this probability.",
        rich_help_panel=_FILTER,
    ),
]

CollapseOption = Annotated[
    bool,
    typer.Option("--collapse", help="Near-identical listings as one hit.", rich_help_panel=_FILTER),
]

GroupOption = Annotated[
    str,
    typer.Option(
        "--group",
        metavar="product|item-group",
        help="What counts as one hit: a product, or a product with its variants.",
        rich_help_panel=_FILTER,
    ),
]

DiversityOption = Annotated[
    float,
    typer.Option(
        "--diversity",
        min=0,
        max=1,
        help="0: the nearest; towards 1: hits that differ among themselves.",
        rich_help_panel=_ORDER,
    ),
]

RerankOption = Annotated[
    bool,
    typer.Option(
        "--rerank",
        help="Look at the first ten hits again, patch by patch: finds more, takes longer.",
        rich_help_panel=_ORDER,
    ),
]

BoostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--boost",
        metavar="WEIGHT TERM",
        help='Added to the score, as: "0.05 available", "0.1 high(attr.sold, 200)",'
        ' "0.05 fresh(30)"; may be repeated.',
        show_default=False,
        rich_help_panel=_ORDER,
    ),
]

KOption = Annotated[
    int,
    typer.Option("-k", min=1, max=10_000, help="How many products.", rich_help_panel=_SHOW),
]

OffsetOption = Annotated[
    int,
    typer.Option(
        "--offset",
        min=0,
        help="Pass over so many: the pages before.",
        rich_help_panel=_SHOW,
    ),
]

FacetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--facet",
        metavar="FIELD",
        help="Count the values of a field among the 200 nearest products; may be repeated.",
        show_default=False,
        rich_help_panel=_SHOW,
    ),
]

HtmlOption = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Also write the query and its hits as one HTML page with pictures.",
        show_default=False,
        rich_help_panel=_SHOW,
    ),
]

ExplainOption = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="With --html: what of the photo matched what of the first 12 hits.",
        rich_help_panel=_SHOW,
    ),
]

ExplainPngOption = Annotated[
    Path | None,
    typer.Option(
        "--explain-png",
        metavar="DIR",
        help="Write the same as pictures: DIR/hit-01.png and so on.",
        show_default=False,
        rich_help_panel=_SHOW,
    ),
]

SummaryOption = Annotated[
    bool,
    typer.Option(
        "--summary",
        help="With --json: a last line with the category, facets and regions.",
        rich_help_panel=_SHOW,
    ),
]
