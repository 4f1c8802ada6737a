from __future__ import annotations

import numpy as np

from vsearch import Collection, Product, Settings
from vsearch.indexing.changes import ProductChange
from vsearch.interchange.items import read_items


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
