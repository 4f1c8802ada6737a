"""Any small catalogue, any query: the answer is brute force's."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vsearch.catalog import product_store
from vsearch.searching.search import find_products

_DIM = 8

# Few contents and many products: most images are shared, by file or by content.
_locations = st.builds(
    "{}/{}.jpg".format, st.sampled_from([f"c{n}" for n in range(12)]), st.sampled_from("ab")
)
_catalogues = st.lists(st.lists(_locations, max_size=5, unique=True), min_size=1, max_size=25)


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
@given(catalogue=_catalogues, seed=st.integers(0, 2**32 - 1), k=st.integers(1, 30), data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_answer_is_brute_forces(
    shop_class, kind: str, catalogue: list[list[str]], seed: int, k: int, data: st.DataObject
) -> None:
    random = np.random.default_rng(seed)
    rows = random.standard_normal((12, _DIM))
    if data.draw(st.booleans(), label="two contents look the same"):
        rows[1] = rows[0]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    unread = data.draw(st.sets(st.integers(0, 11), max_size=4), label="images never read")
    embeddings = {f"c{n}": row.astype(np.float32) for n, row in enumerate(rows) if n not in unread}
    images = {f"P{n:02d}": locations for n, locations in enumerate(catalogue)}
    without = data.draw(st.sampled_from([None, *images]), label="without")
    query = rows[data.draw(st.integers(0, 11), label="query")] + random.standard_normal(_DIM) / 10
    query = (query / np.linalg.norm(query)).astype(np.float32)[None]
    with tempfile.TemporaryDirectory() as folder:
        shop = shop_class(Path(folder), images, embeddings, _DIM)
        with shop.connect() as connection:
            number = None if without is None else product_store.product_id(connection, without)
            hits = find_products(connection, shop.build(kind), query, k, without={number})
        # So few embeddings are one cluster and one neighbourhood: no kind may miss any.
        shop.check(hits, query, k, without=without, kind=kind)
    order = [
        (-hit.score, images[hit.sku].index(str(Path(hit.image).relative_to(folder))), hit.sku)
        for hit in hits
    ]
    assert order == sorted(order)
