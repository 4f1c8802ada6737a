"""``vsearch events``: in from files, out to files, counted, forgotten."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vsearch import Collection, Settings
from vsearch.events.intake.intake import EventIntake

CATALOG = Path(__file__).parents[2] / "catalog"

ROWS = (
    "event_time,event,itemid,visitorid,session\n"
    "2026-01-01 13:00,view,{sku},ann,s1\n"
    "2026-01-02 13:00,like,{sku},ann,s1\n"
    "2026-01-03 13:00,view,GONE,bob,\n"
    "never,view,{sku},ann,s1\n"
)


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("events")
    pictures = folder / "shop"
    pictures.mkdir()
    shutil.copy(CATALOG / "images" / "abacus-1f9ee.webp", pictures)
    settings = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")
    Collection.index_into(folder / "collection", pictures, settings=settings)
    return folder / "collection"


@pytest.fixture
def small(_made: Path, tmp_path: Path) -> Path:
    """A collection of one product, to be changed."""
    return shutil.copytree(_made, tmp_path / "collection")


@pytest.fixture
def rows(small: Path, tmp_path: Path) -> Path:
    with Collection.open(small, settings=Settings(device="cpu")) as opened:
        sku = opened.products(k=1).products[0].product.sku
    file = tmp_path / "events.csv"
    file.write_text(ROWS.format(sku=sku))
    return file


def test_a_file_goes_in_once(vsearch, small: Path, rows: Path, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.jsonl"
    first = vsearch("events", "import", rows, "-c", small, "--rejected", rejected)
    assert first.code == 0
    assert "stored       2" in first.out
    assert "1 like" in first.out
    skipped, hint, unknown = first.err.splitlines()
    assert skipped.startswith('skipped events.csv:5: at: "never" is no moment; write it like')
    assert hint.endswith("say which: --kind like=click")
    assert unknown.endswith("not in the catalogue: 1 events of 1 SKUs (GONE)")
    kept = json.loads(rejected.read_text())
    assert (kept["file"], kept["row"], kept["field"]) == ("events.csv", 5, "at")
    options = ("--kind", "like=click", "--timezone", "UTC", "-q", "--json")
    (again,) = vsearch("events", "import", rows, rows, "-c", small, *options).objects
    assert (again["stored"], again["known"], again["rejected"]) == (1, 5, 2)
    assert (again["unknown_skus"], again["unknown_events"], again["passed_over"]) == (1, 2, {})
    (status,) = vsearch("events", "status", "-c", small, "--json").objects
    assert status["events"] == 3
    assert status["kinds"] == {"view": 2, "click": 1, "basket": 0, "purchase": 0}
    assert status["first_at"] == "2026-01-01T13:00:00+00:00"
    assert (status["users"], status["sessions"], status["unknown_skus"]) == (2, 1, 1)
    assert "not in the catalogue" in vsearch("events", "status", "-c", small).out


def test_what_goes_out_comes_in_again(vsearch, small: Path, rows: Path, tmp_path: Path) -> None:
    vsearch("events", "import", rows, "-c", small)
    file = tmp_path / "bob.parquet"
    told = vsearch("events", "export", file, "--user", "bob", "-c", small)
    assert told.err == f"1 events written to {file}\n"
    options = ("--since", "2026-01-02", "--before", "2026-01-04T00:00", "-c", small)
    assert vsearch("events", "export", tmp_path / "some.csv", *options).err.startswith("1 events")
    removed = vsearch("events", "forget", "--user", "bob", "--yes", "--json", "-c", small)
    assert removed.objects == [{"removed": 1}]
    (back,) = vsearch("events", "import", file, "-c", small, "--json").objects
    assert (back["stored"], back["known"]) == (1, 0)
    wrong = vsearch("events", "export", tmp_path / "events.xlsx", "-c", small)
    assert 'xlsx" is no format; name the file .csv, .jsonl or .parquet' in wrong.error


def test_it_forgets_what_is_confirmed(vsearch, small: Path, rows: Path) -> None:
    vsearch("events", "import", rows, "-c", small)
    refused = vsearch("events", "forget", "--session", "s1", "-c", small, stdin=b"n\n")
    assert "remove 1 events for good?" in refused.err
    assert refused.code == 1
    agreed = vsearch("events", "forget", "--session", "s1", "-c", small, stdin=b"y\n")
    assert agreed.err.endswith("removed 1 events\n")
    nobody = vsearch("events", "forget", "--user", "ann", "-c", small)
    assert nobody.err == "removed 0 events\n"
    vsearch("events", "forget", "--older-than", "1w", "--yes", "-c", small)
    (status,) = vsearch("events", "status", "-c", small, "--json").objects
    assert (status["events"], status["first_at"]) == (0, None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["forget"], "say which: --user, --session, --before or --older-than"),
        (["forget", "--older-than", "1y"], '"1y" is no age'),
        (["forget", "--before", "soon"], '"soon" is no date'),
        (["forget", "--before", "2026-01-01", "--older-than", "1d"], "not both"),
        (["import", "x.csv", "--kind", "like"], '"like" is none of view, click'),
        (["import", "x.csv", "--kind", "view", "--kind", "click"], "give one"),
        (["import", "x.csv", "--map", "sku"], '"sku" is not COLUMN=FIELD'),
    ],
)
def test_wrong_usage_says_what_is_right(vsearch, words, told) -> None:
    outcome = vsearch("events", *words)
    assert outcome.code == 2
    assert told in " ".join(outcome.err.replace("│", " ").split())


def test_a_file_of_which_nothing_can_be_used_fails(vsearch, small: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("kind,sku,at\nview,A,never\n" + "view,A,no\n" * 30)
    outcome = vsearch("events", "import", file, "-c", small)
    assert outcome.code == 1
    assert "… and 11 more; --rejected FILE keeps them all" in outcome.err
    good = tmp_path / "good.csv"
    good.write_text("kind,sku\nview,A\n")
    missing = vsearch("events", "import", good, tmp_path / "gone.csv", "-c", small)
    assert missing.error.endswith("gone.csv: no such file or folder")
    assert "stored      1" in missing.out
    wrong = vsearch("events", "import", file, "--timezone", "Mars", "-c", small)
    assert 'timezone: "Mars" is none' in wrong.error


def test_ctrl_c_tells_what_was_stored(vsearch, small: Path, rows: Path, monkeypatch) -> None:
    read = EventIntake.file

    def interrupted(self: EventIntake, path: Path) -> None:
        read(self, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(EventIntake, "file", interrupted)
    outcome = vsearch("events", "import", rows, rows, "-c", small)
    assert outcome.code == 130
    assert "stored       2" in outcome.out
    assert outcome.err.endswith("what was stored is kept, and the same command goes on\n")
