"""``vsearch evaluate``: the table, JSON, the page and files; what goes wrong; Ctrl-C."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

LABELS = Path("queries") / "labels.csv"


@pytest.fixture
def labels(catalog: Path, tmp_path: Path) -> Path:
    """A table of eight pictures: seven of the catalogue itself, which find their own product,
    and one that is said to show another one."""
    rows = (catalog / LABELS).read_text().splitlines()[1:9]
    lines = ["query,sku"]
    for number, row in enumerate(rows):
        name, skus = row.split(",")
        picture = catalog / "images" / Path(name).with_suffix(".webp").name
        (tmp_path / picture.name).write_bytes(picture.read_bytes())
        lines.append(f"{picture.name},{'GRO-APL-001' if number == 7 else skus}")
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


def test_the_table(vsearch, labels: Path, collection: Path) -> None:
    outcome = vsearch("evaluate", labels, "-c", collection)
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    figures = {line.split()[0]: line.split()[1:] for line in lines[1:8]}
    assert list(figures) == ["R@1", "R@5", "R@10", "mAP", "MRR", "nDCG@10", "P@10"]
    assert figures["R@1"][0] == "0.875"
    assert figures["R@1"][1].startswith("(0.")
    assert lines[0].split() == [collection.name]
    assert any(line.startswith("Books & Stationery") for line in lines)
    assert "its search is exact" in outcome.err
    assert "8 queries, each for the first 100 of 229 products" in outcome.err


def test_json_is_one_object_a_line(vsearch, labels: Path, collection: Path) -> None:
    outcome = vsearch("evaluate", labels, "-c", collection, "--json", "--depth", "10")
    assert (outcome.code, outcome.err) == (0, "")
    (record,) = outcome.objects
    assert record["name"] == collection.name
    assert record["recall_at_1"]["mean"] == 0.875
    assert record["recall_at_1"]["low"] <= 0.875 <= record["recall_at_1"]["high"]
    assert (record["queries"], record["products"], record["depth"]) == (8, 229, 10)
    assert (record["index"], record["index_recall_at_10"]) == ("exact", 1.0)
    assert set(record["latency"]) == {"p50_ms", "p95_ms", "p99_ms"}
    assert sum(group["queries"] for group in record["categories"]) == 8
    assert (record["skipped"], record["interrupted"]) == (0, False)


def test_two_searches(vsearch, labels: Path, collection: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.run", tmp_path / "second.run"
    option = ("--against-option", "where=category:Electronics/*")
    outcome = vsearch(
        *("evaluate", labels, "-c", collection, *option),
        *("--run", first, "--run", second, "--json"),
    )
    assert outcome.code == 0, outcome.err
    plain, filtered, change = outcome.objects
    assert change["difference"] == [filtered["name"], plain["name"]]
    assert filtered["name"] == f"{collection.name} where=category:Electronics/*"
    # Neither a book nor an apple is among the electronics.
    assert filtered["recall_at_10"]["mean"] == 0
    assert change["recall_at_1"]["mean"] == -0.875
    assert (change["recall_at_1"]["better"], change["recall_at_1"]["worse"]) == (0, 7)
    assert change["recall_at_1"]["p_value"] == pytest.approx(2 / 2**7)
    assert len(first.read_text().splitlines()) == 8 * 100
    assert "STA-BOO" not in second.read_text()
    table = vsearch("evaluate", labels, "-c", collection, "--against", collection)
    assert table.code == 0, table.err
    assert "+0.000 (+0.00 to +0.00)" in table.out


def test_the_page_and_the_files(vsearch, labels: Path, collection: Path, tmp_path: Path) -> None:
    page, run, qrels = tmp_path / "page.html", tmp_path / "our.run", tmp_path / "our.qrels"
    outcome = vsearch(
        *("evaluate", labels, "-c", collection, "--html", page),
        *("--run", run, "--qrels", qrels),
    )
    assert outcome.code == 0, outcome.err
    for name, file in (("report", page), ("run", run), ("qrels", qrels)):
        assert f"{name}: {file}" in outcome.err
    html = page.read_text(encoding="utf-8")
    assert html.count('<article class="card case">') == 1
    assert html.count("data:image/") == 1 + 1 + 5
    assert run.read_text().startswith("blue-book-1f4d8.webp Q0 STA-BOO-001 1 ")
    assert "blue-book-1f4d8.webp 0 STA-BOO-004 1\n" in qrels.read_text()


def test_what_is_skipped_is_named(vsearch, labels: Path, collection: Path) -> None:
    with labels.open("a") as table:
        table.write("gone.webp,STA-BOO-001\nblue-book-1f4d8.webp,NOT-1\n")
        table.writelines(f"gone{number}.webp,STA-BOO-001\n" for number in range(30))
    outcome = vsearch("evaluate", labels, "-c", collection)
    assert outcome.code == 0
    assert f'skipped {labels}:10: "gone.webp": no such file' in outcome.err
    assert outcome.err.count("skipped ") == 20
    assert "and 12 more are skipped" in outcome.err


def test_a_catalogues_folder(vsearch, collection: Path, catalog: Path) -> None:
    (record,) = vsearch("evaluate", catalog, "-c", collection, "--json").objects
    assert record["queries"] == 246


def test_what_can_not_be_done(vsearch, labels: Path, collection: Path, tmp_path: Path) -> None:
    error = vsearch("evaluate", tmp_path / "none.csv", "-c", collection).error
    assert error.startswith(f"{tmp_path / 'none.csv'}: no such file or folder; give a CSV")
    error = vsearch("evaluate", labels, "-c", tmp_path / "none").error
    assert "no collection here" in error
    error = vsearch("evaluate", labels, "-c", collection, "--against", tmp_path / "none").error
    assert f"{tmp_path / 'none'}: no collection here" in error
    error = vsearch("evaluate", labels, "-c", collection, "--option", "size=3").error
    assert error.startswith('option "size=3": write NAME=VALUE')
    error = vsearch("evaluate", labels, "-c", collection, "--html", tmp_path / "no" / "a").error
    assert "its folder does not exist" in error
    labels.write_text("query,sku\nblue-book-1f4d8.webp,NOT-1\n")
    outcome = vsearch("evaluate", labels, "-c", collection)
    assert "no query has something right in the collection; the first: " in outcome.error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "QUERIES"),
        (("labels.csv", "--depth", "9"), "--depth"),
        (("labels.csv", "--run", "a", "--run", "b"), "--run: one FILE"),
        (("labels.csv", "--cases", "-1"), "--cases"),
    ],
)
def test_wrong_usage(vsearch, arguments: tuple[str, ...], said: str) -> None:
    outcome = vsearch("evaluate", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in " ".join(outcome.err.replace("│", " ").split())


def test_ctrl_c_shows_what_was_measured_by_then(start, labels: Path, collection: Path) -> None:
    rows = labels.read_text().splitlines()
    broken = labels.with_name("broken.webp")
    broken.write_bytes(b"nothing")
    # Naming the broken picture tells that it has come so far; thousands are left.
    endless = [f"{'./' * number}blue-book-1f4d8.webp,STA-BOO-001" for number in range(1, 1500)]
    labels.write_text("\n".join([*rows, f"{broken.name},STA-BOO-001", *endless]) + "\n")
    process = start(
        *("evaluate", labels, "-c", collection, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    first = process.stderr.readline().decode()
    assert first.startswith(f"skipped {labels}:10: broken.webp: ")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err.decode()
    assert b"Traceback" not in err
    assert b"error: interrupted; these are the figures of " in err
    assert b'"interrupted": true' in out
    assert out.count(b"\n") == 1
