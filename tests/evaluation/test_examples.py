"""The examples in the docstrings of the metrics hold."""

from __future__ import annotations

import doctest

import pytest

from vsearch.evaluation import interval, matches, metrics


@pytest.mark.parametrize("module", [interval, matches, metrics])
def test_examples(module) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
