"""A collection that many threads ask at once gives the answers that it gives one of them."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from vsearch import Collection, EncoderError, ImageRejected, Query, Settings
from vsearch.images.box import Box
from vsearch.images.load import open_image
from vsearch.searching.embedding_cache import EmbeddingCache
from vsearch.searching.serving import ServingOptions

_QUERIES = Path(__file__).parents[2] / "catalog" / "queries"
_SOON_S = 30


class Heard:
    """What a collection tells of its work."""

    def __init__(self) -> None:
        self.stages: Counter[str] = Counter()
        self.encoded = 0
        self.cached: Counter[bool] = Counter()
        self._gate = threading.Lock()

    def stage(self, stage: str, seconds: float) -> None:
        assert seconds >= 0
        with self._gate:
            self.stages[stage] += 1

    def batch(self, pictures: int, _waiting: int) -> None:
        with self._gate:
            self.encoded += pictures

    def looked_up(self, found: bool) -> None:
        with self._gate:
            self.cached[found] += 1

    def options(self, **options: int) -> ServingOptions:
        return ServingOptions(
            observe=self.stage,
            observe_batch=self.batch,
            observe_cached=self.looked_up,
            lanes=2,
            **options,
        )


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(device="cpu")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def shared(sample_collection: Path, settings: Settings, heard: Heard) -> Iterator[Collection]:
    options = heard.options()
    with Collection.open(sample_collection, settings=settings, serving=options) as collection:
        yield collection


def photo(seed: int = 0) -> bytes:
    file = sorted(_QUERIES.iterdir())[seed]
    data = io.BytesIO()
    open_image(file, max_pixels=10**7).resize((240, 240)).save(data, "JPEG", quality=90)
    return data.getvalue()


def test_many_at_once_get_the_answers_of_one_alone(
    trained: Collection, shared: Collection, heard: Heard
) -> None:
    slow = [Query(image=photo(2), k=5, rerank=True), Query(image=photo(0), k=3, regions=2)]
    quick = [
        *(Query(image=photo(seed), k=5) for seed in range(3)),
        Query(image=photo(1), box=Box(0.1, 0.1, 0.8, 0.8), k=5, facets=("category",)),
        Query(image=photo(0), words="guitar", k=5),
        Query(image=photo(1), k=5, where="category:*"),
    ]
    expected = [trained.search(query) for query in (*slow, *quick)]
    with ThreadPoolExecutor(16) as threads:
        found = [*threads.map(shared.search, [*slow, *quick, *quick])]
    for one, other in zip(found, [*expected, *expected[len(slow) :]], strict=True):
        assert [hit.sku for hit in one.hits] == [hit.sku for hit in other.hits]
        assert [hit.score for hit in one.hits] == pytest.approx(
            [hit.score for hit in other.hits], abs=2e-3
        )
        assert one.nothing_alike == other.nothing_alike
        assert one.facets == other.facets
        assert len(one.regions) == len(other.regions)
    assert set(heard.stages) == {"decode", "queue", "encode", "search"}
    assert heard.stages["queue"] == heard.stages["encode"] == heard.encoded


def test_the_same_file_is_encoded_once_for_each_part_of_it(
    shared: Collection, heard: Heard
) -> None:
    same = photo()
    first = shared.search(Query(image=same))
    assert (heard.encoded, heard.cached) == (1, {False: 1})
    assert shared.search(Query(image=bytes(same))) == first
    assert (heard.encoded, heard.cached) == (1, {False: 1, True: 1})
    shared.search(Query(image=same, box=Box(0, 0, 0.5, 0.5)))
    assert heard.encoded == 2
    # What it was asked with beside it doesn't matter.
    shared.search(Query(image=same, words="guitar", k=1))
    assert heard.encoded == 2
    shared.search(Query(image=np.full((64, 64, 3), 90, np.uint8)))
    assert (heard.encoded, heard.cached.total()) == (3, 4), "only files are looked up"


def test_who_sends_the_same_at_the_same_time_waits_for_the_first(
    shared: Collection, heard: Heard
) -> None:
    with ThreadPoolExecutor(12) as threads:
        answers = [*threads.map(lambda _: shared.search(Query(image=photo())), range(12))]
    assert heard.encoded == 1
    assert all(answer == answers[0] for answer in answers)


def test_a_damaged_picture_fails_alone_each_time(shared: Collection, heard: Heard) -> None:
    good, bad = photo(), photo()[:900]
    with ThreadPoolExecutor(8) as threads:
        asked = [
            threads.submit(shared.search, Query(image=image)) for image in [good, bad, good, bad]
        ]
    for number in (0, 2):
        assert asked[number].result().hits
    for number in (1, 3):
        with pytest.raises(ImageRejected, match="the photo: truncated JPEG"):
            asked[number].result()
    with pytest.raises(ImageRejected):
        shared.search(Query(image=bad))
    assert heard.encoded == 1


def test_closing_ends_the_threads_that_encode(
    sample_collection: Path, settings: Settings, heard: Heard
) -> None:
    before = set(threading.enumerate())
    with Collection.open(
        sample_collection, settings=settings, serving=heard.options()
    ) as collection:
        collection.search(Query(image=photo()))
        assert set(threading.enumerate()) - before
    assert not set(threading.enumerate()) - before
    with pytest.raises(EncoderError, match="is closed"):
        collection.search(Query(image=photo(1)))


def test_the_cache_keeps_what_was_asked_for_last() -> None:
    made: list[str] = []
    told: list[bool] = []
    cache = EmbeddingCache(2, told.append)

    def get(key: str) -> float:
        def make() -> np.ndarray:
            made.append(key)
            return np.full((1, 1), ord(key), np.float32)

        return float(cache.get(key, make)[0, 0])

    assert [get(key) for key in "abacab"] == [ord(key) for key in "abacab"]
    assert "".join(made) == "abcb", "c took the place of b, which had waited longest"
    assert told == [False, False, True, False, True, False]
    with pytest.raises(ValueError, match="read-only"):
        cache.get("a", lambda: np.zeros((1, 1), np.float32))[0] = 0


def test_a_cache_of_nothing_makes_everything_anew() -> None:
    told: list[bool] = []
    cache = EmbeddingCache(0, told.append)
    made = [cache.get("a", lambda: np.zeros((1, 1), np.float32)) for _ in range(2)]
    assert made[0] is not made[1]
    assert told == []


def test_who_waited_for_one_that_failed_tries_for_himself() -> None:
    cache = EmbeddingCache(2, lambda _found: None)
    waiting, may_fail = threading.Event(), threading.Event()

    def fails() -> np.ndarray:
        waiting.set()
        assert may_fail.wait(_SOON_S)
        raise OSError("the first one had no luck")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.get, "a", fails)
        assert waiting.wait(_SOON_S)
        second = threads.submit(cache.get, "a", lambda: np.ones((1, 1), np.float32))
        may_fail.set()
        assert second.result(_SOON_S).tolist() == [[1.0]]
        with pytest.raises(OSError, match="no luck"):
            first.result(_SOON_S)
