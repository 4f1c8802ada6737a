"""How the answer to a query is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsearch.cli.output import note, print_json
from vsearch.searching.shown_share import shown_share

if TYPE_CHECKING:
    from vsearch.searching.query import Query
    from vsearch.searching.result import Hit, Region, Result

_FACET_VALUES = 8


def as_record(hit: Hit) -> dict[str, object]:
    """A hit as ``--json`` prints it; a price is text, because JSON has no decimals."""
    product = hit.product
    return {
        "rank": hit.rank,
        "sku": hit.sku,
        "score": round(hit.score, 6),
        "confidence": None if hit.confidence is None else round(hit.confidence, 4),
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
        "boost": round(hit.boost, 6),
        "also": list(hit.also),
    }


def summary(result: Result) -> dict[str, object]:
    """What an answer says beside its hits, as ``--json --summary`` prints it."""
    return {
        "nothing_alike": result.nothing_alike,
        "categories": [
            {"path": list(guess.path), "probability": round(guess.probability, 4)}
            for guess in result.categories
        ],
        "facets": {
            field: [{"value": one.value, "count": one.count, "where": one.where} for one in values]
            for field, values in result.facets.items()
        },
        "regions": [
            {
                "box": [round(n, 4) for n in (r.box.left, r.box.top, r.box.width, r.box.height)],
                "nothing_alike": r.nothing_alike,
                "category": [guess.path[-1] for guess in r.category],
                "hits": [as_record(hit) for hit in r.hits],
            }
            for r in result.regions
        ],
    }


def print_records(result: Result, *, with_summary: bool) -> None:
    """Print a JSON object a hit, and one for the rest where it is wanted."""
    for hit in result.hits:
        print_json(as_record(hit))
    if with_summary:
        print_json({"summary": summary(result)})


def print_answer(query: Query, result: Result, products: int, seconds: float) -> None:
    """Print tables for people."""
    from vsearch.cli.tables import print_heading
    from vsearch.searching.absence import why_nothing

    if result.regions:
        for number, region in enumerate(result.regions, start=1):
            print_heading(f"region {number} at {region.box}: {_what(region)}")
            print_hits(region.hits)
    else:
        print_hits(result.hits)
    if not result.hits:
        note(why_nothing(query, result))
    elif result.nothing_alike and not result.regions:
        note("nothing like this in the catalogue: even the best hit is most likely something else")
    if category := result.likeliest_category:
        path = [f"{one.path[-1]} {shown_share(one.probability)}" for one in category]
        note(f"category: {' > '.join(path)}")
    for field, values in result.facets.items():
        if not values:
            continue
        shown = ", ".join(f"{one.value} ({one.count})" for one in values[:_FACET_VALUES])
        more = len(values) - _FACET_VALUES
        note(f"{field}: {shown}" + (f" and {more} more" if more > 0 else ""))
    if result.regions:
        hits = sum(len(region.hits) for region in result.regions)
        found = f"{hits} hits in {len(result.regions)} regions, among {products} products,"
    else:
        found = f"{len(result.hits)} of {products} products"
    note(f"{found} in {seconds * 1000:.0f} ms")


def _what(region: Region) -> str:
    if region.nothing_alike:
        return "nothing like it in the catalogue"
    return " > ".join(guess.path[-1] for guess in region.category) or "of no clear category"


def print_hits(hits: Sequence[Hit]) -> None:
    """Print a table of hits, on stdout; nothing where there are none."""
    from vsearch.cli.tables import Justify, is_wide, print_table

    if not hits:
        return
    columns: list[tuple[str, Justify]] = [("#", "right"), ("score", "right")]
    with_confidence = any(hit.confidence is not None for hit in hits)
    with_also = any(hit.also for hit in hits)
    if with_confidence:
        columns.append(("sure", "right"))
    columns += [("sku", "left"), ("title", "left"), ("price", "right"), ("image", "left")]
    if with_also:
        columns.append(("also", "left"))
    if is_wide():
        columns.append(("availability", "left"))
    rows = []
    for hit in hits:
        row = [str(hit.rank), f"{hit.score:.3f}"]
        if with_confidence:
            row.append("" if hit.confidence is None else shown_share(hit.confidence))
        price = "" if hit.price is None else f"{hit.price} {hit.currency or ''}".strip()
        row += [hit.sku, hit.title, price, hit.image.rsplit("/", 1)[-1]]
        if with_also:
            row.append(" ".join(hit.also))
        if is_wide():
            row.append((hit.product.availability or "").replace("_", " "))
        rows.append(row)
    print_table(columns, rows, whole="sku")
