"""What may follow the backbone: a map of its embedding, linear or a little more, then unit length.

The little more are waves: cosines of random projections, on which a linear map can do what a
Gaussian kernel does (Rahimi and Recht, "Random Features for Large-Scale Kernel Machines", NIPS
2007). That keeps a head two matrix products, whatever it was trained with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from vsearch.encoder.interface import Embeddings
from vsearch.encoder.unit_length import unit_length

PREFIX = "vsearch_head."
"""Of the head's tensors in an encoder file."""

_WEIGHT = f"{PREFIX}weight"
_BIAS = f"{PREFIX}bias"
_WAVE_WEIGHT = f"{PREFIX}wave_weight"
_WAVE_BIAS = f"{PREFIX}wave_bias"

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Waves:
    """Cosines of projections of an embedding, beside the embedding itself."""

    weight: Array
    """(waves, in_dim) float32: the projections."""

    bias: Array
    """(waves,) float32: the phases, in radians."""

    def apply(self, embeddings: Array) -> Array:
        """(n, in_dim) float32 to (n, waves) float32 in -1..1."""
        waves: Array = np.cos(embeddings @ self.weight.T + self.bias)
        return waves


@dataclass(frozen=True, eq=False)
class Head:
    """A map of a backbone's embedding. NumPy alone: it costs microseconds and no torch.

    It takes the L2-normalised embedding, which is what a collection stores: another head on
    the same backbone needs no picture and no network.

    Raises:
        ValueError: a shape or dtype is another, or a value isn't finite.
    """

    weight: Array
    """(out_dim, in_dim) float32; with waves (out_dim, in_dim + waves), theirs last."""

    bias: Array | None = None
    """(out_dim,) float32, if any."""

    waves: Waves | None = None
    """What the map takes beside the embedding, if anything."""

    def __post_init__(self) -> None:
        if self.weight.ndim != 2 or not self.weight.size:
            raise ValueError(f"the head's weight is {self.weight.shape}, not (out_dim, in_dim)")
        if self.bias is not None and self.bias.shape != (self.out_dim,):
            raise ValueError(f"the head's bias is {self.bias.shape}, not {(self.out_dim,)}")
        if self.waves is not None:
            self._require_waves_fit(self.waves)
        for name, values in self.to_tensors().items():
            name = name.removeprefix(PREFIX)
            if values.dtype != np.float32:
                raise ValueError(f"the head's {name} is {values.dtype}, not float32")
            if not np.isfinite(values).all():
                raise ValueError(f"the head's {name} has values that are not finite")

    def _require_waves_fit(self, waves: Waves) -> None:
        shape = waves.weight.shape
        if len(shape) != 2 or waves.bias.shape != shape[:1] or sum(shape) != self.weight.shape[1]:
            raise ValueError(
                f"the head's waves are {shape} and {waves.bias.shape}, not (waves, in_dim) and"
                f" (waves,) with waves + in_dim = {self.weight.shape[1]}"
            )

    @property
    def in_dim(self) -> int:
        """Length of the backbone's embedding."""
        return int(self.weight.shape[1] if self.waves is None else self.waves.weight.shape[1])

    @property
    def out_dim(self) -> int:
        """Length of an embedding after the head."""
        return int(self.weight.shape[0])

    @cached_property
    def digest(self) -> str:
        """SHA-256 over shapes and values, 64 hex digits."""
        digest = hashlib.sha256()
        for name, values in sorted(self.to_tensors().items()):
            digest.update(f"{name} {values.shape}\n".encode())
            digest.update(np.ascontiguousarray(values).data)
        return digest.hexdigest()

    def fingerprint_on(self, backbone: str) -> str:
        """The fingerprint of an encoder with this head, 32 hex digits.

        Args:
            backbone: the fingerprint of the backbone alone.
        """
        return hashlib.sha256(f"{backbone} {self.digest}".encode()).hexdigest()[: len(backbone)]

    def apply(self, embeddings: Embeddings) -> Embeddings:
        """Map embeddings.

        Args:
            embeddings: (n, in_dim) float32, L2-normalised, of the backbone.

        Returns:
            (n, out_dim) float32, L2-normalised; what the map sends to zero stays zero.

        Raises:
            ValueError: they are of another length.
        """
        if embeddings.ndim != 2 or embeddings.shape[1] != self.in_dim:
            raise ValueError(f"(n, {self.in_dim}) embeddings are needed, not {embeddings.shape}")
        mapped = embeddings @ self.weight[:, : self.in_dim].T
        if self.waves is not None:
            mapped += self.waves.apply(embeddings) @ self.weight[:, self.in_dim :].T
        if self.bias is not None:
            mapped += self.bias
        return unit_length(mapped)

    def to_tensors(self) -> dict[str, Array]:
        """Give the tensors of an encoder file."""
        tensors = {_WEIGHT: self.weight}
        if self.bias is not None:
            tensors[_BIAS] = self.bias
        if self.waves is not None:
            tensors |= {_WAVE_WEIGHT: self.waves.weight, _WAVE_BIAS: self.waves.bias}
        return tensors

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[np.floating]]) -> Head | None:
        """Read a head out of an encoder file's tensors; None where it has none.

        Raises:
            ValueError: they don't make a head.
        """
        ours = {name: values for name, values in tensors.items() if name.startswith(PREFIX)}
        if not ours:
            return None
        unknown = ours.keys() - {_WEIGHT, _BIAS, _WAVE_WEIGHT, _WAVE_BIAS}
        has_half_waves = (_WAVE_WEIGHT in ours) != (_WAVE_BIAS in ours)
        if unknown or _WEIGHT not in ours or has_half_waves:
            named = ", ".join(f'"{name}"' for name in sorted(unknown or ours))
            raise ValueError(f"{named}: not the tensors of a head, {_WEIGHT} and {_BIAS}")
        arrays = {name: np.ascontiguousarray(values, np.float32) for name, values in ours.items()}
        waves = Waves(arrays[_WAVE_WEIGHT], arrays[_WAVE_BIAS]) if _WAVE_WEIGHT in arrays else None
        return cls(arrays[_WEIGHT], arrays.get(_BIAS), waves)
