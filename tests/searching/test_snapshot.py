"""Readers while a writer publishes: they see the new index, and never half of one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vsearch import Collection, CollectionDamaged, CollectionNotFound, Settings
from vsearch.searching import snapshot as snapshot_module
from vsearch.searching.snapshot import CurrentSnapshot

Draw = Callable[..., np.ndarray]

_PRODUCTS = 60


@pytest.fixture
def published(make_shop, drawn: Draw):
    """A shop of 60 products with an image each, in its first generation."""
    embeddings = {f"c{n}": row for n, row in enumerate(drawn(_PRODUCTS))}
    shop = make_shop({f"P{n}": [f"c{n}/0.jpg"] for n in range(_PRODUCTS)}, embeddings)
    shop.publish()
    return shop


def opened(shop) -> Collection:
    return Collection.open(shop.layout.folder, settings=Settings())


def skus(collection: Collection, k: int = _PRODUCTS) -> set[str]:
    return {hit.sku for hit in collection.query(sku="P0", k=k)}


def test_a_reader_sees_a_new_generation_without_opening_again(published) -> None:
    with opened(published) as reader, opened(published) as writer:
        assert skus(reader) == {f"P{n}" for n in range(1, _PRODUCTS)}
        assert reader.manifest.generation == 1
        writer.remove(["P1", "P2"])
        assert skus(reader) == {f"P{n}" for n in range(3, _PRODUCTS)}
        assert reader.manifest.generation == 2
        assert reader.manifest.index_size == _PRODUCTS - 2


def test_an_unchanged_collection_is_not_opened_again(published) -> None:
    current = CurrentSnapshot(published.layout)
    assert current.get() is current.get()


def test_before_the_first_generation_a_query_finds_nothing(make_shop, drawn: Draw) -> None:
    shop = make_shop({"P0": ["c0/0.jpg"], "P1": ["c0/0.jpg"]}, {"c0": drawn(1)[0]})
    with opened(shop) as reader:
        assert reader.query(sku="P0") == []
        shop.publish()
        assert skus(reader) == {"P1"}


def test_whoever_holds_an_old_generation_goes_on_searching_it(published, drawn: Draw) -> None:
    current = CurrentSnapshot(published.layout)
    old = current.get()
    assert old.index is not None
    photo = drawn(1, seed=8)
    before = old.index.search(photo, 10)
    for _ in range(4):
        published.publish()
    folder = published.layout.folder / "index" / f"{old.manifest.generation:08d}"
    assert not folder.exists(), "the old generation is to be gone from the disk"
    after = old.index.search(photo, 10)
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])
    assert current.get().manifest.generation == old.manifest.generation + 4


def test_a_generation_that_is_replaced_while_it_is_opened_is_no_fault(
    published, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = snapshot_module.open_generation
    overtaken = []

    def open_late(folder: Path, manifest):
        if not overtaken:
            overtaken.append(manifest.generation)
            published.publish()
            published.publish()
        return really_open(folder, manifest)

    monkeypatch.setattr(snapshot_module, "open_generation", open_late)
    snapshot = CurrentSnapshot(published.layout).get()
    assert overtaken == [1]
    assert snapshot.manifest.generation == 3
    assert snapshot.index is not None
    assert len(snapshot.index) == _PRODUCTS


def test_a_generation_that_is_gone_for_good_is_named_with_the_remedy(published) -> None:
    for file in (published.layout.folder / "index" / "00000001").iterdir():
        file.unlink()
    with pytest.raises(CollectionDamaged, match=r"00000001.*vsearch index --rebuild"):
        CurrentSnapshot(published.layout)


def test_a_collection_that_is_moved_away_is_missed_at_the_next_query(published) -> None:
    with opened(published) as reader:
        published.layout.manifest.unlink()
        with pytest.raises(CollectionNotFound, match="no collection here"):
            reader.query(sku="P0")


def test_eight_threads_query_while_generations_are_published(published) -> None:
    threads, generations = 8, 6
    answered = [0] * threads
    faults: list[BaseException] = []
    short: list[int] = []
    seen: list[set[int]] = [set() for _ in range(threads)]
    progress = threading.Condition()
    stop = threading.Event()

    with opened(published) as reader, opened(published) as writer:

        def ask(number: int) -> None:
            try:
                while not stop.is_set():
                    hits = reader.query(sku=f"P{number}", k=40)
                    if len({hit.sku for hit in hits}) != 40:
                        short.append(len(hits))
                    seen[number].add(reader.manifest.generation)
                    with progress:
                        answered[number] += 1
                        progress.notify_all()
            except BaseException as fault:  # noqa: BLE001 (handed to the main thread)
                faults.append(fault)
                with progress:
                    progress.notify_all()

        def all_have_answered_again() -> None:
            goal = [count + 2 for count in answered]
            with progress:
                assert progress.wait_for(
                    lambda: (
                        bool(faults)
                        or all(now >= then for now, then in zip(answered, goal, strict=True))
                    ),
                    timeout=60,
                )

        workers = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
        for worker in workers:
            worker.start()
        try:
            for generation in range(generations):
                all_have_answered_again()
                writer.remove([f"P{_PRODUCTS - 1 - generation}"])
            all_have_answered_again()
        finally:
            stop.set()
            for worker in workers:
                worker.join(60)
    assert faults == []
    assert short == []
    assert all(numbers == set(range(1, generations + 2)) for numbers in seen)
