"""What is kept of the catalogue is what a reader would find there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from sqlalchemy import Connection, update

from vsearch import Settings
from vsearch.catalog import product_store, schema
from vsearch.catalog.opening import writing_engine
from vsearch.catalog.product import Product
from vsearch.index.manifest import read_manifest
from vsearch.searching import records as records_module
from vsearch.searching.records import KeptRecords, Records

_PRODUCTS = 40


@pytest.fixture
def shop(make_shop, drawn):
    """Forty products of six groups with two images each, some of them shared."""
    embeddings = {f"c{n}": row for n, row in enumerate(drawn(60))}
    images = {f"P{n}": [f"c{n}/0.jpg", f"c{(n * 7) % 60}/1.jpg"] for n in range(_PRODUCTS)}
    facts = {f"P{n}": {"item_group": f"G{n % 6}" if n % 3 else ""} for n in range(_PRODUCTS)}
    return make_shop(images, embeddings, facts)


@pytest.fixture
def writer(shop) -> Iterator[Connection]:
    catalogue_id = read_manifest(shop.layout.folder).catalogue_id
    with (
        writing_engine(shop.layout, Settings(), catalogue_id) as engine,
        engine.connect() as connection,
    ):
        yield connection


@pytest.mark.parametrize("most_views", [1, 2, 200])
def test_kept_records_follow_every_change(
    shop, writer: Connection, monkeypatch: pytest.MonkeyPatch, most_views: int
) -> None:
    monkeypatch.setattr(records_module, "_MOST_VIEWS", most_views)
    conditions = [None, schema.products.c.item_group != "", schema.products.c.id <= 20]
    random = np.random.default_rng(7)
    kept = KeptRecords()
    everything = list(range(1, 45))
    left = [f"P{n}" for n in range(_PRODUCTS)]
    with shop.connect() as reader:
        for _ in range(25):
            for _ in range(6):
                records, anew = kept.of(reader), Records(reader)
                some = random.choice(everything, random.choice([2, 30]), replace=False).tolist()
                asked = {
                    "each": int(random.integers(1, 5)),
                    "by_group": bool(random.integers(2)),
                    "condition": conditions[random.integers(3)],
                }
                assert records.views_of_images(some, **asked) == anew.views_of_images(some, **asked)
                assert records.products(some) == anew.products(some)
            if random.random() < 0.5:
                product_store.remove(writer, [left.pop(int(random.integers(len(left))))])
            else:
                title = {"title": f"title {random.integers(1000)}"}
                sku = left[int(random.integers(len(left)))]
                writer.execute(
                    update(schema.products).where(schema.products.c.sku == sku).values(title)
                )
            writer.commit()
            reader.rollback()


def test_what_is_known_is_not_read_again(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, read = KeptRecords(), []
    really_load = product_store.load
    monkeypatch.setattr(
        product_store, "load", lambda of, ids: read.append(list(ids)) or really_load(of, ids)
    )
    with shop.connect() as connection:
        assert len(kept.of(connection).products([1, 2, 3])) == 3
        assert len(kept.of(connection).products([2, 3, 4])) == 3
    assert read == [[1, 2, 3], [4]]


@pytest.mark.parametrize(("known_before", "found"), [([], 0), ([1], 0), ([1, 2], 2)])
def test_a_change_meanwhile_shows_in_all_of_an_answer_or_in_nothing(
    shop,
    writer: Connection,
    monkeypatch: pytest.MonkeyPatch,
    known_before: list[int],
    found: int,
) -> None:
    """Both products are removed at once, when the reader has seen what is known of them."""
    kept = KeptRecords()
    really_load = product_store.load

    def load_late(of: Connection, ids: Sequence[int]) -> dict[int, Product]:
        monkeypatch.undo()
        product_store.remove(writer, ["P0", "P1"])
        writer.commit()
        return really_load(of, ids)

    with shop.connect() as connection:
        kept.of(connection).products(known_before)
        monkeypatch.setattr(product_store, "load", load_late)
        assert len(kept.of(connection).products([1, 2])) == found
        if not found:
            assert kept.of(connection).products([1, 2, 3]).keys() == {3}
