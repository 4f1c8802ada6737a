"""Learns what goes with what from baskets: one product left out, the others ask for it.

The loss is a softmax over the whole assortment. Where that is large, over a sample of it: the
batch's own products, which are drawn as often as they are bought, and others drawn evenly, each
counted as many times as it stands for (Bengio and Senécal, "Adaptive Importance Sampling to
Accelerate Training of a Neural Probabilistic Language Model", 2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import pad

from vsearch.encoder.interface import Embeddings
from vsearch.recommending.goes_with.assortment import NONE, Assortment, Codes
from vsearch.recommending.goes_with.model import GoesWithModel, Matching, log_popularity

#: Of a larger basket so many others ask, drawn anew each time.
_MOST_ASKING = 12

_BATCH = 256
_FEWEST_STEPS, _MOST_STEPS = 200, 3_000
_PASSES = 10

#: Standard deviation of the weights at first.
_FIRST = 0.05
#: Of what is the same about products: category, brand, price; and of popularity.
_FIRST_MATCHING = (-0.5, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How a model is fitted; everything here, the products and the baskets determine it."""

    strictness: float = 10.0
    """Inverse variance that weights are expected to have: more keeps them nearer to 0."""
    dim: int = 32
    """Length of a product's place."""
    all_up_to: int = 4_096
    """So many products are all told from what is missing at each step; of more a sample."""
    evenly_drawn: int = 2_048
    """Of that sample; the others are what is missing elsewhere in the batch."""
    rate: float = 0.02
    seed: int = 0


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in this thread: for matrices this small others cost more than they help."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@_one_thread()
def fit(
    assortment: Assortment,
    looks: Embeddings,
    baskets: Sequence[Codes],
    encoder: str,
    options: FitOptions,
    advance: Callable[[int], object],
) -> GoesWithModel:
    """Fit a model to baskets; the same input gives the same model.

    Args:
        assortment: n products.
        looks: (n, dim) float32, L2-normalised; zeros without a picture.
        baskets: rows of the products of each, two at least, each product once.
        encoder: the fingerprint of what made the looks.
        options: how.
        advance: told of each step; there are ``steps(baskets)``.
    """
    lessons = _Lessons(assortment, baskets, options.seed)
    task = _Task(assortment, looks, lessons, options)
    optimiser = torch.optim.Adam([*task.weights, task.matching], lr=options.rate)
    total = steps(baskets)
    slowing = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, total)
    for _ in range(total):
        loss = task.loss(*lessons.draw(_BATCH))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        slowing.step()
        advance(1)
    return task.model(encoder)


def steps(baskets: Sequence[Codes]) -> int:
    """How many steps a fit takes."""
    lessons = sum(map(len, baskets))
    return min(_MOST_STEPS, max(_FEWEST_STEPS, lessons * _PASSES // _BATCH))


class _Lessons:
    """Each product of each basket, left out in turn."""

    def __init__(self, assortment: Assortment, baskets: Sequence[Codes], seed: int) -> None:
        self._items = np.concatenate([*baskets])
        sizes = np.array([len(basket) for basket in baskets])
        self._starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
        self._sizes = np.repeat(sizes, sizes)
        self._random = np.random.default_rng(seed)
        self.count = len(self._items)
        counts = np.bincount(self._items, minlength=len(assortment)).astype(np.float64)
        self.shares = counts / counts.sum()
        self.popularity = log_popularity(counts, assortment)
        # The basket that is asked about mustn't tell how popular its missing product is.
        self.own_popularity = log_popularity(np.maximum(counts - 1, 0), assortment)

    def draw(self, size: int) -> tuple[Codes, Codes]:
        """Lessons: (b, a) rows of the asking products, ``NONE`` past the last, and (b,) missing."""
        chosen = self._random.integers(self.count, size=min(size, self.count))
        sizes = self._sizes[chosen]
        places = np.arange(min(int(sizes.max()) - 1, _MOST_ASKING))
        # From a random place on, around the basket and past the product that is left out.
        own = chosen - self._starts[chosen]
        shift = np.where(
            sizes - 1 > len(places), self._random.integers(np.maximum(1, sizes - 1)), 0
        )
        steps_on = 1 + (places + shift[:, None]) % np.maximum(1, sizes - 1)[:, None]
        asking = self._items[
            self._starts[chosen, None] + (own[:, None] + steps_on) % sizes[:, None]
        ]
        asking[places >= (sizes - 1)[:, None]] = NONE
        return asking, self._items[chosen]


class _Task:
    """The weights that learn, and what they are asked to get right."""

    def __init__(
        self, assortment: Assortment, looks: Embeddings, lessons: _Lessons, options: FitOptions
    ) -> None:
        self._assortment = assortment
        self._options = options
        self._cost = options.strictness / 2 / lessons.count
        self._random = np.random.default_rng([options.seed, 1])
        self._shares = lessons.shares
        is_seen = looks.any(axis=1, keepdims=True)
        # What has no picture is all zeros.
        self._centre = looks.sum(axis=0) / np.float32(max(1, is_seen.sum()))
        self._looks = torch.from_numpy(np.where(is_seen, looks - self._centre, 0))
        self._levels = torch.from_numpy(assortment.levels)
        self._codes = [
            torch.from_numpy(codes) for codes in (assortment.categories, assortment.brands)
        ]
        self._prices = torch.from_numpy(assortment.prices)
        self._popularity = torch.from_numpy(lessons.popularity)
        self._own_popularity = torch.from_numpy(lessons.own_popularity)
        draw = torch.Generator().manual_seed(options.seed)
        inputs = looks.shape[1] + len(assortment.category_names)
        asking, offered = (
            torch.randn((inputs, options.dim), generator=draw) * _FIRST for _ in range(2)
        )
        self.weights = [
            weight.requires_grad_() for weight in (asking, offered, torch.zeros((inputs, 1)))
        ]
        self.matching = torch.tensor(_FIRST_MATCHING, requires_grad=True)

    def loss(self, asking: Codes, missing: Codes) -> torch.Tensor:
        """Mean negative log-likelihood of what is missing, and what the weights themselves cost.

        Args:
            asking: (b, a) rows, ``NONE`` past the last.
            missing: (b,) rows.
        """
        wanted = torch.from_numpy(missing)
        others, stand_for = self._others(missing)
        asked = torch.from_numpy(asking)
        is_asked = asked != NONE
        others_score, own_score = (
            self._scores(asked.clamp(min=0), is_asked / is_asked.sum(1, keepdim=True), rows)
            for rows in (others, wanted)
        )
        own = own_score.diagonal() + self.matching[3] * self._own_popularity[wanted]
        rest = others_score + self.matching[3] * self._popularity[others] + stand_for
        is_no_answer = torch.zeros((len(asked), len(self._assortment)), dtype=torch.bool)
        is_no_answer.scatter_(1, torch.where(is_asked, asked, wanted[:, None]), value=True)
        is_no_answer.scatter_(1, wanted[:, None], value=True)
        rest = rest.masked_fill(is_no_answer[:, others], -torch.inf)
        every = torch.cat([own[:, None], rest], dim=1)
        surprise = (torch.logsumexp(every, dim=1) - own).mean()
        return surprise + self._cost * sum((weight**2).sum() for weight in self.weights)

    def model(self, encoder: str) -> GoesWithModel:
        """What was learned."""
        category, brand, price, popularity = self.matching.tolist()
        asking, offered, bias = (weight.detach().numpy() for weight in self.weights)
        return GoesWithModel(
            encoder=encoder,
            categories=self._assortment.category_names,
            centre=self._centre,
            asking=asking,
            offered=offered,
            bias=bias[:, 0],
            matching=Matching(category, brand, price, popularity),
        )

    def _others(self, missing: Codes) -> tuple[torch.Tensor, torch.Tensor]:
        """(m,) rows to tell the missing products from, and for how many each stands: logarithms."""
        count = len(self._assortment)
        if count <= self._options.all_up_to:
            return torch.arange(count), torch.zeros(count)
        drawn = min(self._options.evenly_drawn, count)
        even = self._random.choice(count, drawn, replace=False)
        rows = np.union1d(missing, even)
        missed = (1 - self._shares[rows]) ** len(missing) * (1 - drawn / count)
        return torch.from_numpy(rows), torch.from_numpy(-np.log1p(-missed).astype(np.float32))

    def _scores(
        self, asked: torch.Tensor, shares: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        """(b, m): how well rows go with what asks, popularity aside."""
        asking, offered, bias = self.weights
        unique, back = torch.unique(asked, return_inverse=True)
        places = torch.einsum("ba,bad->bd", shares, self._mapped(asking, unique)[back])
        scores = places @ self._mapped(offered, rows).T + self._mapped(bias, rows)[:, 0]
        for weight, codes in zip(self.matching[:2], self._codes, strict=True):
            alike = torch.zeros((len(asked), int(codes.max()) + 2))
            alike.scatter_add_(1, codes[asked] + 1, shares * (codes[asked] != NONE))
            scores = scores + weight * alike[:, codes[rows] + 1]
        known = shares * ~self._prices[asked].isnan()
        usual = (known * self._prices[asked].nan_to_num()).sum(1) / known.sum(1)
        gaps = (self._prices[rows] - usual[:, None]).abs().nan_to_num()
        return scores + self.matching[2] * gaps

    def _mapped(self, weight: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        dim = self._looks.shape[1]
        levels = self._levels[rows]
        # Past the last category stands one that adds nothing.
        of_categories = pad(weight[dim:], (0, 0, 0, 1))
        added = of_categories[torch.where(levels == NONE, len(weight) - dim, levels)].sum(-2)
        return self._looks[rows] @ weight[:dim] + added
