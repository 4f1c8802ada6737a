"""The examples in the docstrings of the metrics hold."""

from __future__ import annotations

import doctest

import pytest

from vsearch.evaluation import (
    interval,
    latency,
    matches,
    metrics,
    ndcg,
    neighbour_recall,
    paired,
    reciprocal_rank,
    reliability,
    trec,
)

MODULES = (
    interval, latency, matches, metrics, ndcg, neighbour_recall, paired, reciprocal_rank,
    reliability, trec,
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples(module) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
