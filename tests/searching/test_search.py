"""Hits by product, against brute force over every image of every product."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from sqlalchemy import event

from vsearch.catalog import product_store
from vsearch.index.interface import VectorIndex
from vsearch.searching.search import find_products

Embedding = npt.NDArray[np.float32]
KINDS = ("exact", "hnsw", "ivf")


def photos(shop, count: int, seed: int) -> Embedding:
    """Queries near to something in the catalogue, as a shopper's photo is."""
    random = np.random.default_rng(seed)
    gallery = np.array(list(shop.embeddings.values()))
    near = gallery[random.integers(len(gallery), size=count)]
    noisy = near + random.standard_normal(near.shape) / 20
    return (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 10, 60])
@pytest.mark.parametrize("kind", KINDS)
def test_finds_what_brute_force_finds(
    shop, indexes: Mapping[str, VectorIndex], kind: str, k: int
) -> None:
    recalls = []
    with shop.connect() as connection:
        for photo in photos(shop, 15, seed=k):
            hits = find_products(connection, indexes[kind], photo[None], k)
            recalls.append(shop.check(hits, photo[None], k, kind=kind, complete=kind == "exact"))
    # The graph and the clusters may miss a neighbour, never a product that there is room for.
    assert np.mean(recalls) >= (1.0 if kind == "exact" else 0.95)


@pytest.mark.parametrize("kind", KINDS)
def test_several_queries_are_views_of_one_thing(
    shop, indexes: Mapping[str, VectorIndex], kind: str
) -> None:
    views = photos(shop, 3, seed=5)
    with shop.connect() as connection:
        hits = find_products(connection, indexes[kind], views, 20)
    recall = shop.check(hits, views, 20, kind=kind, complete=kind == "exact")
    assert recall >= 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_there_is_gives_every_product_with_an_image_once(
    shop, indexes: Mapping[str, VectorIndex], kind: str
) -> None:
    photo = photos(shop, 1, seed=9)
    with shop.connect() as connection:
        hits = find_products(connection, indexes[kind], photo, 10_000)
    # Having seen all of it, no kind has anything left to miss.
    shop.check(hits, photo, 10_000, kind=kind)
    assert len(hits) == sum(bool(locations) for locations in shop.images.values())
    assert len(hits) < len(shop.images)


@pytest.mark.parametrize("kind", KINDS)
def test_a_product_is_left_out_on_request(
    shop, indexes: Mapping[str, VectorIndex], kind: str
) -> None:
    with shop.connect() as connection:
        for sku in [sku for sku, locations in shop.images.items() if locations][::600]:
            content = shop.images[sku][0].partition("/")[0]
            photo = shop.embeddings[content][None]
            hits = find_products(
                connection,
                indexes[kind],
                photo,
                10,
                without={product_store.product_id(connection, sku)},
            )
            shop.check(hits, photo, 10, without=sku, kind=kind, complete=kind == "exact")


@pytest.mark.parametrize("kind", KINDS)
def test_widens_past_a_product_with_hundreds_of_images(
    make_shop, drawn: Callable[..., Embedding], kind: str
) -> None:
    (photo,) = drawn(1)
    crowd = drawn(700, around=photo, spread=0.02, seed=1)
    others = drawn(40, seed=2)
    embeddings = {f"crowd{n}": row for n, row in enumerate(crowd)}
    embeddings |= {f"other{n}": row for n, row in enumerate(others)}
    images = {"CROWD": [f"crowd{n}/0.jpg" for n in range(len(crowd))]}
    images |= {f"OTHER{n}": [f"other{n}/0.jpg"] for n in range(len(others))}
    shop = make_shop(images, embeddings)
    with shop.connect() as connection:
        hits = find_products(connection, shop.build(kind), photo[None], 12)
    shop.check(hits, photo[None], 12, kind=kind, complete=kind == "exact")
    assert hits[0].sku == "CROWD"
    assert len(hits) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_a_placeholder_of_thousands_of_products_neither_starves_nor_floods(
    make_shop, drawn: Callable[..., Embedding], kind: str
) -> None:
    (placeholder,) = drawn(1)
    own = drawn(60, seed=3)
    embeddings = {"placeholder": placeholder} | {f"own{n}": row for n, row in enumerate(own)}
    images: dict[str, list[str]] = {f"BARE{n}": ["placeholder/0.jpg"] for n in range(3_000)}
    images |= {f"OWN{n}": [f"own{n}/0.jpg", "placeholder/0.jpg"] for n in range(len(own))}
    shop = make_shop(images, embeddings)
    index = shop.build(kind)
    with shop.connect() as connection:
        near_placeholder = drawn(1, around=placeholder, seed=4)
        rows_read = _count_rows(connection)
        hits = find_products(connection, index, near_placeholder, 25)
        shop.check(hits, near_placeholder, 25, kind=kind)
        # Each hit shows the placeholder as its main image before one that has it second.
        assert all(hit.sku.startswith("BARE") for hit in hits)
        assert sum(rows_read) < 500, "the placeholder's 3,000 products were all read"

        near_own = drawn(1, around=own[7], spread=0.01, seed=4)
        hits = find_products(connection, index, near_own, 25)
        shop.check(hits, near_own, 25, kind=kind)
        assert hits[0].sku == "OWN7"

        hits = find_products(connection, index, near_own, 3_060)
        shop.check(hits, near_own, 3_060, kind=kind)
        assert len(hits) == 3_060


def _count_rows(connection) -> list[int]:
    """Listens to a connection: how many rows each statement gave."""
    counts: list[int] = []

    def note(_conn, cursor, statement, parameters, _context, _many) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            again = cursor.connection.execute(statement, parameters)
            counts.append(len(again.fetchall()))

    event.listen(connection, "after_cursor_execute", note)
    return counts


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_index_gives_nothing(
    make_shop, drawn: Callable[..., Embedding], kind: str
) -> None:
    shop = make_shop({"BARE": []}, {})
    with shop.connect() as connection:
        assert find_products(connection, shop.build(kind), drawn(1, dim=8), 5) == []


@pytest.mark.parametrize("kind", KINDS)
def test_products_deleted_since_the_index_was_built_are_passed_over(
    make_shop, drawn: Callable[..., Embedding], kind: str
) -> None:
    rows = drawn(300)
    embeddings = {f"c{n}": row for n, row in enumerate(rows)}
    images = {f"P{n}": [f"c{n}/0.jpg", f"c{(n + 1) % 300}/0.jpg"] for n in range(300)}
    shop = make_shop(images, embeddings)
    index = shop.build(kind)
    photo = rows[0]
    nearest = sorted(images, key=lambda sku: -shop.true_scores(photo[None])[sku])
    gone = nearest[:120]
    with shop.connect() as connection:
        product_store.remove(connection, gone)
        hits = find_products(connection, index, photo[None], 10)
        for sku in gone:
            del shop.images[sku]
        shop.check(hits, photo[None], 10, kind=kind, complete=kind == "exact")

        product_store.remove(connection, list(shop.images))
        assert find_products(connection, index, photo[None], 10) == []


def test_equal_scores_put_main_images_first_then_the_older_product(make_shop) -> None:
    same = np.eye(8, dtype=np.float32)[0]
    other = np.eye(8, dtype=np.float32)[1]
    images: dict[str, Sequence[str]] = {
        "SECOND": ["other/0.jpg", "same/0.jpg"],
        "MAIN-A": ["same/0.jpg"],
        "MAIN-B": ["same/0.jpg"],
    }
    shop = make_shop(images, {"same": same, "other": other})
    with shop.connect() as connection:
        index = shop.build("exact")
        for k in (1, 2, 3):
            hits = find_products(connection, index, same[None], k)
            assert [hit.sku for hit in hits] == ["MAIN-A", "MAIN-B", "SECOND"][:k]


def test_products_removed_while_they_are_looked_up_leave_their_places_to_others(
    make_shop, drawn: Callable[..., Embedding], monkeypatch: pytest.MonkeyPatch
) -> None:
    embeddings = {f"c{n}": row for n, row in enumerate(drawn(30))}
    shop = make_shop({f"P{n}": [f"c{n}/0.jpg"] for n in range(30)}, embeddings)
    photo = drawn(1, seed=6)
    really_load = product_store.load
    gone: list[str] = []

    def load_late(connection, product_ids):
        if not gone:
            first = product_ids[:3]
            gone.extend(product.sku for product in really_load(connection, first).values())
            with shop.connect() as writer:
                product_store.remove(writer, gone)
                writer.commit()
        return really_load(connection, product_ids)

    monkeypatch.setattr(product_store, "load", load_late)
    with shop.connect() as connection:
        hits = find_products(connection, shop.build("exact"), photo, 10)
    assert len(gone) == 3
    for sku in gone:
        del shop.images[sku]
    shop.check(hits, photo, 10)


class _Forgetful:
    """An index that never finds one of its images among all, as an approximate one may."""

    def __init__(self, index: VectorIndex, forgotten: int) -> None:
        self._index = index
        self._forgotten = forgotten

    def __len__(self) -> int:
        return len(self._index)

    def search(self, queries: Embedding, k: int, allowed=None):
        if allowed is None:
            allowed = self._index.ids[self._index.ids != self._forgotten]
        return self._index.search(queries, k, allowed)


def test_the_picture_that_asks_is_found_whatever_the_index_misses(
    make_shop, drawn: Callable[..., Embedding]
) -> None:
    rows = drawn(50)
    embeddings = {f"c{n}": row for n, row in enumerate(rows)}
    shop = make_shop({f"P{n}": [f"c{n}/0.jpg"] for n in range(50)}, embeddings)
    index = shop.build("exact")
    with shop.connect() as connection:
        (itself,) = find_products(connection, index, rows[7][None], 1)
        forgetful = _Forgetful(index, itself.image_id)
        assert find_products(connection, forgetful, rows[7][None], 1)[0].sku != "P7"
        found = find_products(connection, forgetful, rows[7][None], 3, surely=[itself.image_id])
    assert found[0].sku == itself.sku == "P7"
    assert len({hit.sku for hit in found}) == 3
