from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# How far a score may be from the true cosine: ivf keeps float16.
TOLERANCE = {"exact": 1e-6, "hnsw": 1e-6, "ivf": 5e-4}


def normalised(embeddings: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return (embeddings / norms).astype(np.float32)


class Oracle:
    """A dict, searched by sorting everything."""

    def __init__(self, ids: np.ndarray, embeddings: np.ndarray) -> None:
        self.embeddings = dict(zip(ids.tolist(), embeddings, strict=True))

    def scores(self, query: np.ndarray, allowed: np.ndarray | None = None) -> dict[int, float]:
        wanted = None if allowed is None else set(allowed.tolist())
        return {
            id_: float(query.astype(np.float64) @ embedding.astype(np.float64))
            for id_, embedding in self.embeddings.items()
            if wanted is None or id_ in wanted
        }

    def check(
        self,
        answer: tuple[np.ndarray, np.ndarray],
        queries: np.ndarray,
        k: int,
        allowed: np.ndarray | None = None,
        *,
        kind: str,
        complete: bool = True,
    ) -> float:
        """Assert all that must hold of any index; return recall, ties counting as found.

        complete: assert too that no better hit was missed.
        """
        tolerance = TOLERANCE[kind]
        scores, ids = answer
        assert scores.shape == ids.shape == (len(queries), k)
        assert scores.dtype == np.float32
        assert ids.dtype == np.int64
        found = 0
        possible = 0
        for query, row, hits in zip(queries, scores, ids, strict=True):
            true = self.scores(query, allowed)
            best = sorted(true.values(), reverse=True)[:k]
            here = hits[: len(best)].tolist()
            assert (hits[len(best) :] == -1).all()
            assert (row[len(best) :] == -np.inf).all()
            assert len(set(here)) == len(here)
            assert set(here) <= set(true)
            assert (np.diff(row[: len(best)]) <= 0).all()
            np.testing.assert_allclose(
                row[: len(best)], [true[id_] for id_ in here], atol=tolerance
            )
            assert (np.abs(row[: len(best)]) <= 1).all()
            if complete:
                np.testing.assert_allclose(row[: len(best)], best, atol=tolerance)
            if best:
                found += sum(true[id_] >= best[-1] - tolerance for id_ in here)
                possible += len(best)
        return found / possible if possible else 1.0


@pytest.fixture
def oracle() -> type[Oracle]:
    return Oracle


Clustered = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture
def clustered() -> Clustered:
    """Embeddings in blurred clusters, as those of products are, and queries from the same."""

    def draw(
        size: int, dim: int, *, queries: int = 50, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        centres = normalised(random.standard_normal((max(1, size // 40), dim)))

        def around(count: int) -> np.ndarray:
            noise = random.standard_normal((count, dim)) / np.sqrt(dim)
            return normalised(centres[random.integers(0, len(centres), count)] + noise)

        return around(size) if size else np.empty((0, dim), np.float32), around(queries)

    return draw


@pytest.fixture
def fill_disk_after() -> Callable[[int], AbstractContextManager[None]]:
    """Let every file that is opened for writing share a disk of so many bytes."""

    @contextmanager
    def fill(room: int) -> Iterator[None]:
        left = room
        really_open = Path.open

        def opened(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
            file = really_open(path, mode, *args, **options)
            if "w" not in mode:
                return file
            really_write = file.write

            def write(content: Any) -> int:
                nonlocal left
                left -= len(content.encode() if isinstance(content, str) else bytes(content))
                if left < 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return int(really_write(content))

            return _Writing(file, write)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "open", opened)
            yield

    return fill


class _Writing:
    def __init__(self, file: Any, write: Callable[[Any], int]) -> None:
        self._file = file
        self.write = write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _Writing:
        return self

    def __exit__(self, *failure: object) -> None:
        self._file.close()
