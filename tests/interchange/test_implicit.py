"""A model of implicit is trained on what is handed over, and ranks vsearch's candidates."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from vsearch.interchange.candidates import Candidates, candidate_matrix
from vsearch.recommending.asked import ForShopper


@pytest.fixture(scope="module")
def model(interactions):
    # It warns of linear algebra in several threads when it is imported.
    with threadpool_limits(1, "blas"):
        from implicit.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(factors=16, iterations=8, random_state=0, num_threads=1)
        model.fit(interactions.matrix, show_progress=False)
        yield model


def test_it_learns_who_met_what(model, interactions) -> None:
    """What a shopper has met gets higher scores than what they haven't."""
    users = np.flatnonzero(np.diff(interactions.matrix.indptr) >= 5)
    scores = model.user_factors @ model.item_factors.T
    met = interactions.matrix.toarray() > 0
    higher = [scores[user][met[user]].mean() > scores[user][~met[user]].mean() for user in users]
    assert len(higher) > 20
    assert np.mean(higher) > 0.95


def test_it_ranks_candidates(model, shop, items, interactions) -> None:
    shopper = interactions.shoppers[0]
    (found,) = Candidates(shop, [shopper], ForShopper(k=40))
    numbers = np.array([items.number_of[hit.hit.sku] for hit in found.hits])
    row = interactions.row_of[shopper]
    ranked, scores = model.recommend(
        row, interactions.matrix[row], N=10, items=numbers, filter_already_liked_items=False
    )
    assert set(ranked) <= set(numbers)
    assert (np.diff(scores) <= 0).all()


def test_it_takes_candidates_as_a_matrix(model, shop, interactions) -> None:
    some = Candidates(shop, interactions.shoppers[:5], ForShopper(k=20))
    matrix = candidate_matrix(some, interactions)
    model.fit(matrix + interactions.matrix, show_progress=False)
    assert model.user_factors.shape == (len(interactions.shoppers), 16)


def test_looks_place_what_nobody_has_met(items, interactions) -> None:
    """A new product takes the factors of those that look like it, and finds who will want it."""
    from implicit.als import AlternatingLeastSquares

    met = interactions.matrix.toarray() > 0
    new = np.flatnonzero(met.sum(axis=0) >= 3)[::4]
    known = np.setdiff1d(np.flatnonzero(met.any(axis=0)), new)
    is_known = np.isin(interactions.matrix.indices, known)
    before = interactions.matrix.copy()
    before.data *= is_known
    before.eliminate_zeros()
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(factors=16, iterations=8, random_state=0, num_threads=1)
        model.fit(before, show_progress=False)
    alike = items.embeddings[new] @ items.embeddings[known].T
    nearest = known[np.argsort(-alike, axis=1)[:, :8]]
    scores = model.user_factors @ model.item_factors[nearest].mean(axis=1).T
    right = [
        (scores[met[:, item], place][:, None] > scores[~met[:, item], place]).mean()
        for place, item in enumerate(new)
    ]
    assert len(right) > 20
    assert np.mean(right) > 0.55
