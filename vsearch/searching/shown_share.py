"""A probability as people read it."""

from __future__ import annotations


def shown_share(share: float, sign: str = "%") -> str:
    """Whole percents: nothing is certain, and little is not nothing.

    >>> shown_share(0.004), shown_share(0.62), shown_share(0.999)
    ('<1%', '62%', '>99%')
    """
    if share < 0.01:
        return f"<1{sign}"
    return f">99{sign}" if share > 0.99 else f"{share * 100:.0f}{sign}"
