"""What shoppers met together as something to learn from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from typer.testing import CliRunner

from vsearch import Collection, Product, Settings
from vsearch.cli.app import app
from vsearch.encoder.encoder_file import read_encoder_file
from vsearch.errors import TrainingError
from vsearch.events.columns import EventColumns
from vsearch.events.event import Event, EventKind
from vsearch.progress import Silence
from vsearch.training.catalogue import Catalogue
from vsearch.training.examples import Examples
from vsearch.training.head_search import Trial
from vsearch.training.meetings import Meetings, Shown, sessions_of
from vsearch.training.tune_events import NEW_PAIRS, OTHER_PICTURES, AskedByPicture, tune_by_events
from vsearch.training.tune_request import TuneRequest

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def catalogue() -> Catalogue:
    """Two boots with two pictures each, a lamp that looks like the first boot, one unlike."""
    products = [
        Product("a", "a", category=("Shoes", "Boots")),
        Product("b", "b", category=("Shoes", "Boots")),
        Product("c", "c", category=("Lamps",)),
        Product("d", "d", category=("Lamps",)),
        Product("e", "without a picture"),
    ]
    embeddings = np.eye(4, dtype=np.float32)[[0, 1, 1, 2, 0, 3]]
    pictures = [SimpleNamespace(content_hash=f"{row:064x}") for row in range(6)]
    return cast(
        "Catalogue",
        SimpleNamespace(
            products=products,
            product_of=np.array([0, 0, 1, 1, 2, 3]),
            pictures=pictures,
            embeddings=embeddings,
        ),
    )


def shown(catalogue: Catalogue) -> Shown:
    found = Shown.of(catalogue, catalogue.embeddings, 0)
    return Shown(found.categories, found.rows, found.embeddings, 0.9)


def views(*sessions: str) -> EventColumns:
    rows = [
        (number, "view", sku, START + timedelta(hours=number), "", f"s{number}", "", 0, 0)
        for number, session in enumerate(sessions)
        for sku in session
    ]
    return EventColumns.of([(place, *row[1:]) for place, row in enumerate(rows, start=1)])


def test_sessions_hold_products_with_pictures_the_oldest_first(catalogue: Catalogue) -> None:
    events = [views("ab", "ae", "xcd", "a")]
    found = sessions_of(events, catalogue, shown(catalogue))
    assert [one.tolist() for one in found] == [[0, 1], [2, 3]]


def test_only_what_is_alike_counts(catalogue: Catalogue) -> None:
    """Boots by their category, boot and lamp by their looks; unlike lamps by their category."""
    sessions = [np.array([0, 1, 2, 3])]
    met = Meetings.of(sessions, shown(catalogue), surely=False)
    assert [*zip(met.one.tolist(), met.other.tolist(), strict=True)] == [(0, 1), (0, 2), (2, 3)]


def test_chance_does_not_count_where_it_must_be_sure(catalogue: Catalogue) -> None:
    often = [np.array([0, 1])] * 3 + [np.array([2, 3])]
    met = Meetings.of(often, shown(catalogue), surely=True)
    assert [*zip(met.one.tolist(), met.other.tolist(), strict=True)] == [(0, 1)]
    # In every session: each would be met with the other whatever shoppers look for.
    assert not len(Meetings.of([np.array([0, 1])] * 3, shown(catalogue), surely=True))


def test_pairs_that_were_met_before_are_not_new(catalogue: Catalogue) -> None:
    before = Meetings.of([np.array([0, 1])], shown(catalogue), surely=False)
    after = Meetings.of([np.array([1, 0, 2])], shown(catalogue), surely=False)
    new = after.without(before)
    assert [*zip(new.one.tolist(), new.other.tolist(), strict=True)] == [(0, 2)]


def test_a_product_asks_for_what_it_was_met_with_and_not_for_itself(catalogue: Catalogue) -> None:
    nothing = np.empty(0, np.int64)
    asked = AskedByPicture(
        queries=np.array([0, 0]),
        gallery=np.array([0, 2, 4, 5]),
        relevant=[np.array([2]), np.array([3])],
        excluded=[np.array([0]), nothing],
        products=1,
    )
    examples = cast("Examples", SimpleNamespace(embeddings=catalogue.embeddings))
    figures = asked.judge(examples, lambda embeddings: embeddings)
    # Row 4 is the same as row 0, which the first query doesn't find; the second finds both first.
    assert figures.recall.tolist() == [1.0, 0.0]


def test_too_few_pairs_say_what_is_needed(copy_sample: Callable[[], Path], tmp_path: Path) -> None:
    folder = copy_sample()
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        skus = [one.product.sku for one in opened.export()][:4]
        opened.events.add(
            [
                Event(EventKind.VIEW, sku, START, session_id=f"s{n}")
                for sku in skus
                for n in range(4)
            ]
        )
    settings = Settings(device="cpu")
    request = TuneRequest(folder, settings, tmp_path / "head.safetensors", tmp_path, events=True)
    with pytest.raises(TrainingError, match=r"4 sessions .* at least 50 pairs are needed"):
        tune_by_events(request, Silence(), lambda _trial: None)
    assert not request.output.exists()


def test_events_go_with_no_other_rule(tmp_path: Path) -> None:
    output = str(tmp_path / "head.safetensors")
    arguments = ["train", "tune", "-o", output, "--events", "--positives", "brand"]
    told = CliRunner().invoke(app, arguments)
    assert told.exit_code == 2
    assert "leave out --positives" in " ".join(told.stderr.replace("│", " ").split())


def test_what_shoppers_look_for_is_learned(
    copy_sample: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They look for one widest category a session: a rule that holds for pairs not met yet."""
    # One strength is enough to see that it learns; each takes a second.
    monkeypatch.setattr("vsearch.training.head_search._STRENGTHS", ((0.9, 0.0),))
    folder = copy_sample()
    with Collection.open(folder, settings=Settings(device="cpu")) as opened:
        by_category: dict[str, list[str]] = {}
        for one in opened.export():
            by_category.setdefault(one.product.category[0], []).append(one.product.sku)
        random = np.random.default_rng(0)
        names = sorted(name for name, skus in by_category.items() if len(skus) > 12)
        opened.events.add(
            [
                Event(EventKind.VIEW, str(sku), START + timedelta(hours=n), session_id=f"s{n}")
                for n in range(200)
                for sku in random.choice(by_category[names[n % len(names)]], 5, replace=False)
            ]
        )
    output = tmp_path / "head.safetensors"
    request = TuneRequest(
        folder, Settings(device="cpu"), output, tmp_path, events=True, refit=False
    )
    told: list[Trial] = []
    result = tune_by_events(request, Silence(), told.append)
    assert len(told) == 1
    new, pictures = result.judged[:2]
    assert (new.set, pictures.set) == (NEW_PAIRS, OTHER_PICTURES)
    assert new.difference.mean_average_precision.mean > 0.02
    assert read_encoder_file(output).training["configuration"]["positives"] == "events"
