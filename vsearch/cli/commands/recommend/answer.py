"""How recommendations are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsearch.cli.commands.query.answer import as_record
from vsearch.cli.output import note, print_json

if TYPE_CHECKING:
    from vsearch.recommending.recommended import Recommendations, Recommended

#: What speaks for a product, as people read it.
_BASIS = {
    "looks": "looks like",
    "kind": "of the kind of",
    "together": "met together with",
    "learned": "fits what others put with",
    "style": "same style as",
    "popular": "popular",
    "newest": "new",
}


def print_recommendations(
    found: Recommendations, seconds: float, *, as_json: bool, with_summary: bool = False
) -> None:
    """Print hits to stdout, and on stderr what is to be said beside them."""
    if as_json:
        for one in found.hits:
            print_json(
                as_record(one.hit) | {"basis": one.basis.value, "because": list(one.because)}
            )
        if with_summary:
            print_json({"summary": _summary(found)})
    else:
        _print_hits(found)
        for interest in found.interests:
            note(f"interest {interest.share:.0%}: {', '.join(interest.skus[:5])}")
    if found.unknown:
        note(f"not in the catalogue, passed over: {', '.join(found.unknown)}")
    if found.why_nothing is not None:
        note(found.why_nothing)
    if not as_json:
        note(f"{len(found.hits)} products in {seconds * 1000:.0f} ms")


def _summary(found: Recommendations) -> dict[str, object]:
    return {
        "interests": [
            {"skus": list(one.skus), "share": round(one.share, 4)} for one in found.interests
        ],
        "unknown": list(found.unknown),
        "why_nothing": found.why_nothing,
    }


def _print_hits(found: Recommendations) -> None:
    from vsearch.cli.tables import Justify, print_table

    if not found.hits:
        return
    columns: list[tuple[str, Justify]] = [
        ("#", "right"),
        ("score", "right"),
        ("sku", "left"),
        ("title", "left"),
        ("price", "right"),
        ("why", "left"),
    ]
    print_table(columns, [_row(one) for one in found.hits], whole="sku")


def _row(one: Recommended) -> list[str]:
    hit = one.hit
    price = "" if hit.price is None else f"{hit.price} {hit.currency or ''}".strip()
    why = " ".join([_BASIS[one.basis], ", ".join(one.because[:2])]).strip()
    return [str(hit.rank), f"{hit.score:.3f}", hit.sku, hit.title, price, why]
