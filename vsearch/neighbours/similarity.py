"""Many inner products at once, on whatever this processor multiplies quickest."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vsearch.index.interface import Embeddings

Codes = npt.NDArray[Any]
"""(n, dim) int8 or float32."""

_MOST = 127

#: So many standard deviations of a rounded product's error are allowed for.
_DEVIATIONS = 6.0

#: What the two ways are compared on: (queries, embeddings).
_TRIAL = (1_024, 1_024)
_TRIALS = 5

_SEED = 20240229


@dataclass(frozen=True, slots=True)
class Similarity:
    """Embeddings as they are multiplied, rounded to int8 or not."""

    rotation: Embeddings | None
    """(dim, dim) what embeddings are turned and scaled by before they are rounded; None where
    they aren't. Turned, no dimension is much larger than the others, which a round number
    would have to hold."""
    scale: float
    error: float
    """By how much a cosine may be off, rounding errors of float32 left out."""

    @property
    def kind(self) -> npt.DTypeLike:
        """What codes are made of."""
        return np.float32 if self.rotation is None else np.int8

    def codes(self, embeddings: Embeddings) -> Codes:
        """Round (n, dim) float32."""
        if self.rotation is None:
            return embeddings
        turned = inner_products(np.ascontiguousarray(embeddings), self.rotation)
        return np.clip(np.rint(turned, out=turned), -_MOST, _MOST, out=turned).astype(np.int8)

    def cosines(self, products: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The cosines of products, up to ``error``."""
        return products / np.float32(self.scale * self.scale)


class Multiplier:
    """Multiplies codes into the same memory again and again: new memory takes longer to be had
    than to be filled.
    """

    def __init__(self, similarity: Similarity, most: int) -> None:
        """Make room for ``most`` products at a time."""
        self._is_rounded = similarity.rotation is not None
        self._whole = torch.empty(most if self._is_rounded else 0, dtype=torch.int32)
        self._found = torch.empty(most, dtype=torch.float32)

    def products(self, queries: Codes, codes: Codes) -> npt.NDArray[np.float32]:
        """(q, n) float32, which order as cosines do; ``Similarity.cosines`` makes them such.

        They hold until the next call.
        """
        some, more = torch.from_numpy(queries), torch.from_numpy(codes)
        shape = len(queries), len(codes)
        found = self._found[: shape[0] * shape[1]].view(shape)
        if self._is_rounded:
            whole = self._whole[: shape[0] * shape[1]].view(shape)
            # The one int8 product with int32 sums that torch has; without a promise, hence the
            # trial below.
            torch._int_mm(some, more.T, out=whole)
            found.copy_(whole)
        else:
            torch.mm(some, more.T, out=found)
        return _numpy(found)


def in_full() -> Similarity:
    """Without rounding."""
    return Similarity(None, 1.0, 0.0)


def quickest(sample: Embeddings) -> Similarity:
    """Rounded to int8 where that is right and quicker on this processor, in full elsewhere.

    With VNNI it is four times as quick. Older processors have no such instruction, or one that
    overflows.

    Args:
        sample: (n, dim) float32, L2-normalised: some of what will be multiplied.
    """
    full = in_full()
    if not len(sample):
        return full
    rounded = _rounded(sample)
    queries = np.resize(sample, (_TRIAL[0], sample.shape[1])).astype(np.float32)
    others = np.resize(sample[::-1], (_TRIAL[1], sample.shape[1])).astype(np.float32)
    some, more = rounded.codes(queries), rounded.codes(others)
    try:
        found = Multiplier(rounded, 64 * len(more)).products(some[:64], more)
    except (AttributeError, RuntimeError):
        return full
    right = some[:64].astype(np.float64) @ more.T.astype(np.float64)
    if not np.array_equal(found, right):
        return full
    return rounded if _seconds(rounded, some, more) < _seconds(full, queries, others) else full


def inner_products(queries: Embeddings, embeddings: Embeddings) -> npt.NDArray[np.float32]:
    """(q, n) float32. On a busy machine NumPy's threads wait for each other, torch's don't."""
    return _numpy(torch.mm(torch.from_numpy(queries), torch.from_numpy(embeddings).T))


def highest(values: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.int64]:
    """(n, count) where the highest of (n, m) values are, in no order; NumPy takes six times as
    long.
    """
    found = torch.topk(torch.from_numpy(values), count, dim=1, sorted=False).indices
    places: npt.NDArray[np.int64] = found.numpy()
    return places


def _rounded(sample: Embeddings) -> Similarity:
    dim = sample.shape[1]
    random = np.random.default_rng(_SEED).standard_normal((dim, dim))
    rotation = np.linalg.qr(random)[0].astype(np.float32)
    turned = sample @ rotation.T
    scale = _MOST / max(float(np.abs(turned).max()), 1e-6)
    # A product is off by the sum of both sides' rounding errors, each seen by a unit vector.
    lost = turned - np.rint(turned * scale) / scale
    deviation = float(np.sqrt(2 * (lost**2).mean()))
    return Similarity(rotation * np.float32(scale), scale, _DEVIATIONS * deviation)


def _numpy(tensor: torch.Tensor) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = tensor.numpy()
    return array


def _seconds(similarity: Similarity, queries: Codes, codes: Codes) -> float:
    """Of the processor's time: on a busy machine the clock tells of others' work."""
    multiplier = Multiplier(similarity, len(queries) * len(codes))

    def once() -> float:
        started = process_time()
        multiplier.products(queries, codes)
        return process_time() - started

    return min(once() for _ in range(_TRIALS))
