"""What an answer says of the category."""

from __future__ import annotations

import pytest

from vsearch.calibration.category import CategoryGuess
from vsearch.searching.result import Result

Shares = dict[tuple[str, ...], float]


@pytest.mark.parametrize(
    ("shares", "likeliest"),
    [
        ({}, []),
        ({("A",): 0.4, ("B",): 0.4}, []),
        ({("A",): 0.9, ("A", "X"): 0.6, ("A", "Y"): 0.3}, [("A",), ("A", "X")]),
        ({("A",): 0.9, ("A", "X"): 0.45, ("A", "Y"): 0.45}, [("A",)]),
        ({("A",): 0.9, ("A", "X"): 0.9, ("A", "X", "1"): 0.2}, [("A",), ("A", "X")]),
    ],
)
def test_the_likeliest_category_goes_down_as_far_as_is_likely(
    shares: Shares, likeliest: list[tuple[str, ...]]
) -> None:
    result = Result((), categories=tuple(CategoryGuess(*one) for one in shares.items()))
    assert [guess.path for guess in result.likeliest_category] == likeliest
