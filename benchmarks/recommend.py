"""How well the recommender finds what shoppers take next, and what completes baskets.

Simulated shops over the sample catalogue (or a collection of yours), several amounts of data,
several seeds pooled; the model of the shop stands in vsearch/recommender_evaluation/simulation.
In the first shop tastes are about what vsearch reads of products, category and brand; in the last
they show nowhere but in what shoppers do. The baselines are made as well as they usually are. A
figure is nDCG@10 with its 95% interval over the shoppers (or baskets) of all seeds; `against` is
the difference to the baseline that is best on the same cases, paired. Above all of them stands
one who knows everybody's tastes: what is drawn can't be foreseen much better.

    python benchmarks/recommend.py --seeds 100 101 102 103 104 --shoppers 50 150 500 1500
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from machine import print_heading

from vsearch import Collection
from vsearch.evaluation.interval import bootstrap
from vsearch.evaluation.paired import compare_paired
from vsearch.recommender_evaluation.evaluate import VSEARCH, evaluate_recommender
from vsearch.recommender_evaluation.event_columns import as_columns
from vsearch.recommender_evaluation.gallery import Gallery
from vsearch.recommender_evaluation.measured import Question, RecommenderEvaluation
from vsearch.recommender_evaluation.measures import NDCG, RECALL
from vsearch.recommender_evaluation.rankers import Ranker
from vsearch.recommender_evaluation.simulation.knowing import KNOWING, knowing_ranker
from vsearch.recommender_evaluation.simulation.options import (
    BY_BRAND,
    BY_COLOUR,
    BY_THEME,
    ShopOptions,
    TasteModel,
)
from vsearch.recommender_evaluation.simulation.shop import SimulatedShop

#: How many recommendations are asked for.
DEPTH = 20

CATALOG = Path(__file__).parents[1] / "catalog"

TASTES = {
    "category": TasteModel(),
    "brand": BY_BRAND,
    "colour": BY_COLOUR,
    "theme": BY_THEME,
}

#: Parts of the cases that are shown by themselves.
PARTS = ("1 to 4 products known", "cold: product without events")


def main() -> None:
    options = arguments()
    print_heading("What shoppers take next, and what completes a basket")
    with opened(options.collection) as collection:
        products = [one.product for one in collection.export()]
        gallery = Gallery.of(collection)
        print(f"{len(products):,} products; seeds {options.seeds}; {options.days} days\n")
        for question in map(Question, options.questions):
            for name in options.tastes:
                print(f"{question.value}: tastes by {name}")
                for shoppers in options.shoppers:
                    found = []
                    started = time.perf_counter()
                    for seed in options.seeds:
                        options_of_shop = ShopOptions(
                            shoppers,
                            options.days,
                            seed,
                            tastes=TASTES[name],
                            rules_by_theme=name == "theme",
                        )
                        shop = SimulatedShop(products, options_of_shop)
                        found.append(
                            evaluate_recommender(
                                collection,
                                question=question,
                                events=[as_columns(shop.events())],
                                also=also(question, shop, gallery),
                                gallery=gallery,
                                depth=DEPTH,
                                most_cases=options.cases,
                                seed=seed,
                            )
                        )
                    show(shoppers, found, time.perf_counter() - started)
                print()


def show(shoppers: int, found: Sequence[RecommenderEvaluation], seconds: float) -> None:
    """Print what the seeds of one amount of data come to, taken together."""
    cases = sum(len(one.cases) for one in found)
    events = int(np.mean([one.training_events for one in found]))
    print(f"  {shoppers:,} shoppers, {events:,} events learned from, {cases:,} cases,", end=" ")
    print(f"{seconds:.0f} s")
    # Where too little was there to learn from, the recommender that has learned is the other one.
    names = [one.name for one in max(found, key=lambda one: len(one.measured)).measured]
    places = {name: [place_of(name, one) for one in found] for name in names}
    values = {
        name: {
            key: np.concatenate(
                [one.measured[at].values[key] for one, at in zip(found, places[name], strict=True)]
            )
            for key in (NDCG, RECALL)
        }
        for name in names
    }
    baselines = [name for name in names if not name.startswith((VSEARCH, KNOWING))]
    best = max(baselines, key=lambda name: values[name][NDCG].mean())
    for name in names:
        measured = [one.measured[at] for one, at in zip(found, places[name], strict=True)]
        gain, recall = bootstrap(values[name][NDCG]), values[name][RECALL].mean()
        coverage = np.mean([one.coverage for one in measured])
        novelty = np.mean([one.figures["novelty"].mean for one in measured])
        bias = np.mean([one.figures["popularity_bias"].mean for one in measured])
        parts = "  ".join(part_mean(found, part, places[name]) for part in PARTS)
        print(
            f"    {name:20} {gain.mean:.3f} ({gain.low:.3f}-{gain.high:.3f})  R@10 {recall:.3f}"
            f"  coverage {coverage:.2f}  novelty {novelty:.1f}  bias {bias:+.2f}  {parts}"
        )
    one = compare_paired(values[best][NDCG], values[names[0]][NDCG])
    gap = one.difference
    print(
        f"    against {best}: {gap.mean:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}),"
        f" p = {one.p_value:.4f}",
        flush=True,
    )


def also(question: Question, shop: SimulatedShop, gallery: Gallery) -> tuple[Ranker, ...]:
    """What could be reached at best, where that can be told."""
    return (knowing_ranker(shop, gallery),) if question is Question.NEXT else ()


def place_of(name: str, evaluation: RecommenderEvaluation) -> int:
    """Where a system stands among the measured; the recommender for one that isn't there."""
    names = [one.name for one in evaluation.measured]
    return names.index(name) if name in names else 0


def part_mean(found: Sequence[RecommenderEvaluation], part: str, places: Sequence[int]) -> str:
    """nDCG@10 over the cases of one part, with how many there are."""
    parts = [
        (each.cases, each.figures[at][NDCG].mean)
        for one, at in zip(found, places, strict=True)
        for each in one.slices
        if each.name == part
    ]
    cases = sum(count for count, _ in parts)
    if not cases:
        return ""
    mean = sum(count * each for count, each in parts) / cases
    return f"{part.partition(':')[0]} {mean:.3f} (n {cases})"


@contextmanager
def opened(folder: Path | None) -> Iterator[Collection]:
    """The collection in a folder, or one made of the sample catalogue."""
    with tempfile.TemporaryDirectory() as made:
        if folder is None:
            folder = Path(made) / "collection"
            Collection.index_into(folder, CATALOG)
        with Collection.open(folder) as collection:
            yield collection


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--collection", type=Path, help="default: the sample catalogue")
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102, 103, 104])
    parser.add_argument("--shoppers", type=int, nargs="+", default=[50, 150, 500, 1500])
    parser.add_argument("--tastes", nargs="+", choices=TASTES, default=[*TASTES])
    questions = [one.value for one in Question]
    parser.add_argument("--questions", nargs="+", choices=questions, default=questions)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--cases", type=int, default=300, help="of one seed, at most")
    return parser.parse_args()


if __name__ == "__main__":
    main()
