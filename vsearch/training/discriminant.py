"""A head in closed form: what sets labels apart counts more, what varies within one counts less.

First shrinkage linear discriminant analysis (Fisher 1936; Ledoit and Wolf's form of shrinkage),
which keeps some of all other directions for products that are yet to come. Then the same once
more on waves, cosines of random projections, so that a Gaussian kernel's boundaries can be drawn
(Mika et al., "Fisher Discriminant Analysis with Kernels", 1999). Both make one ``Head``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.encoder.head import Head, Waves
from vsearch.encoder.interface import Embeddings

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeadOptions:
    """How a head is fitted; everything here and the examples determine it."""

    shrinkage: float = 0.1
    """Share of the mean variance in the scatter within labels, 0..1: more trusts it less."""

    other_directions: float = 0.5
    """How much of a direction in which labels don't differ is kept, 0..1."""

    wave_share: float = 0.8
    """How much of a similarity comes from the waves, 0..1; 0 makes the head linear."""

    waves: int = 1000

    bandwidth: float = 0.5
    """Standard deviation of the projections; more draws finer boundaries."""

    dim: int = 256
    """Length of an embedding afterwards, at most the backbone's own."""

    seed: int = 0


@dataclass(frozen=True)
class _Affine:
    """x -> (x - centre) @ weight.T."""

    weight: _Array
    centre: _Array

    def apply(self, values: _Array) -> _Array:
        return (values - self.centre) @ self.weight.T

    def scaled_for(self, values: _Array) -> _Affine:
        """The same with results of mean square length 1 for these values."""
        length = np.sqrt(np.mean(np.sum(self.apply(values) ** 2, axis=1)))
        return _Affine(self.weight / max(length, 1e-12), self.centre)


def fit_head(
    embeddings: Embeddings,
    labels: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float32],
    options: HeadOptions,
) -> Head:
    """Fit a head to labelled embeddings; the same input gives the same head.

    Args:
        embeddings: (n, dim) float32, L2-normalised, of the backbone.
        labels: (n,) at least two different ones, one of them at least twice.
        weights: (n,) > 0, how much each counts.
        options: how.
    """
    x = embeddings.astype(np.float64)
    _, places = np.unique(labels, return_inverse=True)
    share = weights.astype(np.float64) / weights.sum()
    linear = _discriminant(x, places, share, options.shrinkage, options.other_directions)
    linear = linear.scaled_for(x)
    if not options.wave_share:
        return _folded(linear, None, None, options, x)
    random = np.random.default_rng(options.seed)
    projections = random.normal(0, options.bandwidth, (options.waves, len(linear.weight)))
    phases = random.uniform(0, 2 * np.pi, options.waves)
    # cos(projections @ linear(x) + phases), as waves of x itself.
    of_embedding = projections @ linear.weight
    waves = Waves(
        of_embedding.astype(np.float32),
        (phases - of_embedding @ linear.centre).astype(np.float32),
    )
    features = _features(linear.apply(x), embeddings, waves)
    upper = _discriminant(features, places, share, options.shrinkage, None)
    return _folded(linear, upper.scaled_for(features), waves, options, x)


def _features(linear: _Array, embeddings: Embeddings, waves: Waves) -> _Array:
    # Scaled so that the waves together weigh as much as the linear part.
    return np.concatenate([linear, waves.apply(embeddings) * _wave_scale(waves)], axis=1)


def _wave_scale(waves: Waves) -> float:
    return float(np.sqrt(2 / len(waves.bias)))


def _discriminant(
    x: _Array, places: npt.NDArray[np.intp], share: _Array, shrinkage: float, others: float | None
) -> _Affine:
    """Whiten the scatter within labels, then keep the directions in which labels differ.

    Args:
        x: (n, dim).
        places: (n,) the label of each, from 0.
        share: (n,) weights that sum to 1.
        shrinkage: of the scatter, 0..1.
        others: how much of all other directions is kept; None drops them.
    """
    count, dim = places.max() + 1, x.shape[1]
    centre = share @ x
    mass = np.bincount(places, share, count)
    means = np.zeros((count, dim))
    np.add.at(means, places, share[:, None] * x)
    means /= mass[:, None]
    within = x - means[places]
    scatter = (within * share[:, None]).T @ within
    middle = max(np.trace(scatter) / dim, 1e-12)
    scatter = (1 - shrinkage) * scatter + shrinkage * middle * np.eye(dim)
    variances, axes = np.linalg.eigh(scatter)
    whiten = axes / np.sqrt(np.maximum(variances, 1e-9 * middle))
    between = (means - centre) @ whiten * np.sqrt(mass)[:, None]
    _, directions = np.linalg.eigh(between.T @ between)
    kept = directions[:, ::-1][:, : min(count - 1, dim)]
    if others is None:
        return _Affine((whiten @ kept).T, centre)
    every = others * np.eye(dim) + (1 - others) * kept @ kept.T
    return _Affine((whiten @ every).T, centre)


def _folded(
    linear: _Affine, upper: _Affine | None, waves: Waves | None, options: HeadOptions, x: _Array
) -> Head:
    """Put both parts side by side, turn them to their main axes and keep the first."""
    dim = min(options.dim, x.shape[1])
    weight, bias = linear.weight, -linear.weight @ linear.centre
    embeddings = x.astype(np.float32)
    given = [x]
    if upper is not None and waves is not None:
        own = len(linear.weight)
        # upper sees (linear(x), scaled waves): what it makes of the former is linear in x, too.
        of_linear, of_waves = upper.weight[:, :own], upper.weight[:, own:] * _wave_scale(waves)
        upper_bias = of_linear @ bias - upper.weight @ upper.centre
        share = options.wave_share
        rest = np.sqrt(1 - share)
        of_waves = np.concatenate([np.sqrt(share) * of_waves, np.zeros((own, len(waves.bias)))])
        weight = np.concatenate([np.sqrt(share) * of_linear @ weight, rest * weight])
        bias = np.concatenate([np.sqrt(share) * upper_bias, rest * bias])
        weight = np.concatenate([weight, of_waves], axis=1)
        given.append(waves.apply(embeddings).astype(np.float64))
    mapped = np.concatenate(given, axis=1) @ weight.T + bias
    # Turning changes no similarity; what is left out is where the pictures differ least.
    _, axes = np.linalg.eigh(mapped.T @ mapped)
    main = axes[:, ::-1][:, :dim].T
    return Head((main @ weight).astype(np.float32), (main @ bias).astype(np.float32), waves)
