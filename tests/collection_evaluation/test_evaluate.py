"""Labelled queries through a collection: figures, what is left out, two settings, Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from vsearch import Collection, Settings
from vsearch.collection_evaluation.evaluate import evaluate
from vsearch.collection_evaluation.measured import Evaluation
from vsearch.collection_evaluation.setting import Setting, search_setting
from vsearch.errors import EvaluationError, QueryError
from vsearch.evaluation.interval import Interval
from vsearch.evaluation.labelled_queries import read_queries
from vsearch.searching.result import Hit

OWN = (
    "query,sku",
    "blue-book-1f4d8.webp,BLUE",
    "blue-book-open-1f4d6.webp,BLUE",
    "green-book-1f4d7.webp,GREEN",
    "notepad-1f5d2.webp,PAD",
    "red-apple-1f34e.webp,APPLE",
    "pear-1f350.webp,PEAR",
)

PERFECT = Interval(1.0, 1.0, 1.0)


def plain(collection: Collection, name: str = "plain") -> Setting:
    return search_setting(name, collection, Settings(device="cpu"))


def backwards(collection: Collection) -> Setting:
    """The same search, the last hit first."""

    def ask(path: Path, k: int) -> Sequence[Hit]:
        hits = collection.query(image=path, k=k)[::-1]
        return [replace(hit, rank=rank) for rank, hit in enumerate(hits, 1)]

    return replace(plain(collection, "backwards"), ask=ask)


def run(table: Path, *settings: Setting, told: list[str] | None = None) -> Evaluation:
    return evaluate(
        read_queries(table), settings, on_refused=(told if told is not None else []).append
    )


def test_every_picture_of_the_catalogue_finds_its_own_product(collection, label) -> None:
    found = run(label(OWN), plain(collection))
    (one,) = found.measured
    for key in ("recall_at_1", "recall_at_10", "mean_average_precision", "ndcg_at_10"):
        assert one.figures[key] == PERFECT
    # Of ten places, the one right product fills one.
    assert one.figures["precision_at_10"].mean == pytest.approx(0.1)
    assert (one.products, one.index_kind, one.index_recall_at_10) == (7, "exact", 1.0)
    assert 0 < one.latency.p50_ms <= one.latency.p95_ms <= one.latency.p99_ms
    assert (found.refused, found.notes, found.is_interrupted) == ((), (), False)
    assert [one.first_right(query) for query in range(6)] == [1] * 6


def test_the_ranking_is_that_of_the_collections_own_search(collection, label, shop: Path) -> None:
    found = run(label(["query,sku", "pear-1f350.webp,APPLE"]), plain(collection))
    (one,) = found.measured
    hits = collection.query(image=shop / "pear-1f350.webp", k=100)
    assert one.answers[0].skus == tuple(hit.sku for hit in hits)
    assert one.answers[0].scores.tolist() == pytest.approx([hit.score for hit in hits])
    place = [hit.sku for hit in hits].index("APPLE") + 1
    assert one.first_right(0) == place > 1
    assert one.figures["mean_reciprocal_rank"].mean == pytest.approx(1 / place)
    assert one.figures["mean_average_precision"].mean == pytest.approx(1 / place)


def test_a_category_is_right_for_what_is_in_it_or_below(collection, label) -> None:
    table = label(
        [
            "query,category",
            "pear-1f350.webp,Food > Fruit",
            "pear-1f350.webp,Paper > Pads",
            "red-apple-1f34e.webp,Food",
            "notepad-1f5d2.webp,Books",
        ]
    )
    (one,) = run(table, plain(collection)).measured
    fruit = {"APPLE", "PEAR", "GHOST"}
    assert one.right == (fruit | {"PAD"}, fruit, {"BLUE", "GREEN"})


def test_a_label_is_a_sku_or_else_a_category(collection, label) -> None:
    table = label(["image,label", "pear-1f350.webp,PEAR", "notepad-1f5d2.webp,Paper"])
    (one,) = run(table, plain(collection)).measured
    assert one.right == ({"PEAR"}, {"BLUE", "GREEN", "PAD"})


def test_what_the_collection_does_not_have_is_named(collection, label, tmp_path: Path) -> None:
    table = label(
        [
            "query,sku,category",
            "pear-1f350.webp,PEAR|PLUM,",
            "notepad-1f5d2.webp,PLUM,",
            "red-apple-1f34e.webp,,Toys",
            "broken.webp,CAKE,",
            "gone.webp,CAKE,",
            "doughnut-1f369.webp,CAKE,",
        ]
    )
    (tmp_path / "broken.webp").write_bytes(b"RIFF no picture")
    told: list[str] = []
    found = run(table, plain(collection), told=told)
    assert [query.name for query in found.queries] == ["pear-1f350.webp", "doughnut-1f369.webp"]
    assert found.measured[0].right == ({"PEAR"}, {"CAKE"})
    assert told == list(found.refused)
    starts = [
        f'{table}:6: "gone.webp": no such file',
        f'{table}:2: no product has the SKU "PLUM"',
        f'{table}:3: no product has the SKU "PLUM"',
        f'{table}:4: no product has the category "Toys"',
        f"{table}:5: broken.webp: ",
    ]
    assert len(told) == len(starts)
    assert all(one.startswith(start) for one, start in zip(told, starts, strict=True))


def test_products_without_a_picture_count_as_not_found_and_are_told_of(collection, label) -> None:
    table = label(["query,sku", "pear-1f350.webp,GHOST", "red-apple-1f34e.webp,APPLE"])
    found = run(table, plain(collection))
    assert found.measured[0].figures["recall_at_10"].mean == 0.5
    assert found.measured[0].first_right(0) is None
    (note,) = found.notes
    assert note.startswith("plain: 1 queries look for products without a usable image")


def test_queries_are_counted_under_the_category_of_what_they_want(collection, label) -> None:
    table = label(
        [
            *OWN,
            "doughnut-1f369.webp,CAKE",
        ]
    )
    groups = run(table, plain(collection)).groups
    assert groups == ("Paper", "Paper", "Paper", "Paper", "Food", "Food", "several or none")
    # Where all is in one, what is below it.
    narrow = ["query,sku", "blue-book-1f4d8.webp,BLUE|GREEN", "notepad-1f5d2.webp,PAD|BLUE"]
    groups = run(label([*narrow, "green-book-1f4d7.webp,GREEN"]), plain(collection)).groups
    assert groups == ("Paper > Books", "Paper", "Paper > Books")


def test_a_search_against_itself_differs_in_nothing(collection, label) -> None:
    found = run(label(OWN), plain(collection), plain(collection, "again"))
    assert len(found.measured) == 2
    for change in found.differences.values():
        assert (change.difference, change.p_value) == (Interval(0.0, 0.0, 0.0), 1.0)


def test_a_search_against_its_reverse(collection, label) -> None:
    found = run(label(OWN), backwards(collection), plain(collection))
    change = found.differences["recall_at_1"]
    assert change.difference == PERFECT
    assert (change.better, change.worse) == (6, 0)
    # Of the 64 ways to change sides, two give as much.
    assert change.p_value == 2 / 64
    # Six products have a picture, and the right one comes last.
    assert found.measured[0].figures["mean_reciprocal_rank"].mean == pytest.approx(1 / 6)


def test_two_encoders(make_collection: Callable[..., Collection], label) -> None:
    table = label(["query,sku", "pear-1f350.webp,APPLE", "blue-book-1f4d8.webp,PAD"])
    collections = [make_collection(), make_collection(weights="random:1")]
    found = run(table, *(plain(one, str(place)) for place, one in enumerate(collections)))
    first, second = found.measured
    assert first.answers[0].scores.tolist() != second.answers[0].scores.tolist()
    expected = second.per_query["mean_reciprocal_rank"] - first.per_query["mean_reciprocal_rank"]
    difference = found.differences["mean_reciprocal_rank"].difference
    assert difference.mean == pytest.approx(expected.mean())


def test_collections_of_different_products_are_told_of(
    collection, label, shop: Path, tmp_path: Path
) -> None:
    feed = shop / "half.csv"
    rows = (shop / "products.csv").read_text().splitlines()
    feed.write_text("\n".join(row for row in rows if "APPLE" not in row) + "\n")
    folder = tmp_path / "half"
    settings = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")
    Collection.index_into(folder, feed, settings=settings)
    with Collection.open(folder, settings=settings) as half:
        found = run(label(OWN), plain(collection), plain(half, "half"))
    assert [query.name for query in found.queries] == [
        line.split(",")[0] for line in OWN[1:] if "APPLE" not in line
    ]
    assert any("don't hold the same products" in note for note in found.notes)
    assert any('no product has the SKU "APPLE"' in one for one in found.refused)


def test_ctrl_c_leaves_what_was_measured_by_then(collection, label) -> None:
    search = plain(collection)
    asked: list[Path] = []

    def ask(path: Path, k: int) -> Sequence[Hit]:
        asked.append(path)
        if len(asked) == 5:  # The first is the warm-up.
            raise KeyboardInterrupt
        return search.ask(path, k)

    found = run(label(OWN), replace(search, ask=ask))
    assert found.is_interrupted
    assert len(found.queries) == 3
    assert found.measured[0].figures["recall_at_1"] == PERFECT
    assert found.measured[0].index_recall_at_10 is None


def test_ctrl_c_before_anything_was_measured(collection, label) -> None:
    def ask(path: Path, k: int) -> Sequence[Hit]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(label(OWN), replace(plain(collection), ask=ask))


def test_where_nothing_can_be_measured(collection, label, tmp_path: Path) -> None:
    table = label(["query,sku", "pear-1f350.webp,PLUM"])
    with pytest.raises(EvaluationError, match=r"the first: .*labels.csv:2: no product has the SKU"):
        run(table, plain(collection))
    table = label(["query,sku", "pear-1f350.webp,PEAR"])
    (tmp_path / "pear-1f350.webp").write_bytes(b"")
    with pytest.raises(EvaluationError, match=r"none of 1 query pictures can be read; the first:"):
        run(table, plain(collection))
    with pytest.raises(ValueError, match="depth 9"):
        evaluate(read_queries(table), [plain(collection)], depth=9)


def test_options_of_the_query(collection, label) -> None:
    settings = Settings(device="cpu")
    fruit = search_setting("shop", collection, settings, ["where=category:Food/*"])
    assert fruit.name == "shop where=category:Food/*"
    found = run(label(OWN), fruit)
    assert {sku for answer in found.measured[0].answers for sku in answer.skus} == {"APPLE", "PEAR"}
    for option, problem in (
        ("colour=red", 'option "colour=red": write NAME=VALUE with a name of where, diversity'),
        ("diversity", 'option "diversity": write NAME=VALUE'),
        ("diversity=much", '"much" is not a number'),
        ("diversity=2", "diversity = 2.0"),
    ):
        with pytest.raises(QueryError, match=problem):
            search_setting("shop", collection, settings, [option])
