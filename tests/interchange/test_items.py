from __future__ import annotations

import numpy as np

from vsearch import Collection, Event, EventKind, Product, Settings
from vsearch.indexing.changes import ProductChange
from vsearch.interchange.candidates import Candidates
from vsearch.interchange.interactions import read_interactions
from vsearch.interchange.items import read_items
from vsearch.interchange.recbole import write_recbole


def test_items_are_the_products_with_what_they_look_like(shop, items) -> None:
    exported = list(shop.export(embeddings=True))
    assert items.skus == tuple(one.product.sku for one in exported)
    assert items.embeddings.shape == (229, shop.manifest.dim)
    np.testing.assert_allclose(np.linalg.norm(items.embeddings, axis=1), 1, atol=1e-6)
    for one in exported[::40]:
        mean = one.embeddings.mean(axis=0)
        place = items.number_of[one.product.sku]
        np.testing.assert_allclose(items.embeddings[place], mean / np.linalg.norm(mean), atol=1e-6)


def test_a_product_without_a_picture_is_all_zeros(copy_sample) -> None:
    with Collection.open(copy_sample(), settings=Settings(device="cpu")) as collection:
        collection.put([ProductChange(Product(sku="BARE", title="No picture"))])
        items = read_items(collection)
    assert not items.embeddings[items.number_of["BARE"]].any()
    row = items.table().to_pylist()[items.number_of["BARE"]]
    assert (row["title"], row["price"], row["category"]) == ("No picture", None, [])


def test_a_collection_of_nothing_hands_nothing_over(tmp_path) -> None:
    settings = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")
    with Collection.create(tmp_path / "empty", settings=settings) as collection:
        collection.events.add([Event(EventKind.VIEW, "GONE", user_id="zoe")])
        items = read_items(collection)
        interactions = read_interactions(collection, items)
        (found,) = Candidates(collection)
        assert write_recbole(tmp_path / "nothing", collection, items) == 0
        dim = collection.manifest.dim
    assert (items.embeddings.shape, items.table().num_rows) == ((0, dim), 0)
    assert (interactions.matrix.shape, interactions.passed_over) == ((0, 0), 1)
    assert (found.shopper, found.hits) == ("zoe", ())
