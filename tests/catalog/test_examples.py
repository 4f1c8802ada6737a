"""The examples in the docstrings give what they say."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from vsearch.catalog import folding, pages, price_steps
from vsearch.catalog.filters import literals


@pytest.mark.parametrize("module", [folding, pages, price_steps, literals])
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
