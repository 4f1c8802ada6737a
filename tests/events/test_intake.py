"""Files of events as shops have them: recognised, understood, stored once, faults named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vsearch.errors import FeedError, SettingsError
from vsearch.events.event import Event, EventKind
from vsearch.events.intake import chunk, text_file
from vsearch.events.intake.moments import moment_of
from vsearch.events.intake.options import IntakeOptions

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def written(folder: Path, text: str, name: str = "events.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def rows(shop) -> list[tuple]:
    """kind, sku, at, user, session of each."""
    table = shop.table()
    columns = ("kind", "sku", "at", "user_id", "session_id")
    return sorted(zip(*(table[name].to_pylist() for name in columns), strict=True))


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("own.csv", "kind,sku,at,user_id,session_id\nview,A,2024-05-01T12:00:00Z,ann,s\n", {}),
        (
            "retailrocket.csv",
            "timestamp,visitorid,event,itemid,transactionid\n1714564800000,ann,view,A,s\n",
            {},
        ),
        (
            "recbole.inter",
            (
                "user_id:token\titem_id:token\ttimestamp:float\tsession_id:token\n"
                "ann\tA\t1714564800.0\ts\n"
            ),
            {"kind": EventKind.VIEW},
        ),
        (
            "movielens.csv",
            "userId,movieId,rating,timestamp\nann,A,4.5,1714564800\n",
            {"kind": EventKind.VIEW},
        ),
        (
            "kaggle.csv",
            (
                "event_time,event_type,product_id,category_id,user_id,user_session\n"
                "2024-05-01 12:00:00 UTC,view,A,2103807459595387724,ann,s\n"
            ),
            {},
        ),
        (
            "german.csv",
            "Artikel;Wer;Wann;Was;Besuch\nA;ann;2024-05-01 14:00;Ansicht;s\n",
            {
                "mapping": {
                    "Artikel": "sku",
                    "Wer": "user_id",
                    "Wann": "at",
                    "Was": "kind",
                    "Besuch": "session_id",
                },
                "words": {"ansicht": EventKind.VIEW},
                "timezone": "Europe/Berlin",
            },
        ),
        (
            "lines.jsonl",
            (
                '{"event": "Product Viewed", "sku": "A", "ts": 1714564800, "user": "ann",'
                ' "session": "s"}\n'
            ),
            {},
        ),
        (
            "ga4.jsonl",
            json.dumps(
                {
                    "event_name": "view_item",
                    "event_timestamp": "1714564800000000",
                    "user_pseudo_id": "ann",
                    "event_params": [
                        {"key": "page", "value": {"string_value": "x"}},
                        {"key": "ga_session_id", "value": {"int_value": "7"}},
                    ],
                    "items": [{"item_id": "A", "item_list_index": 2}],
                }
            ),
            {},
        ),
    ],
)
def test_what_shops_export_is_understood(shop, tmp_path, name, text, options):
    summary = shop.import_files([written(tmp_path, text, name)], IntakeOptions(**options))
    assert (summary.stored, summary.rejected) == (1, 0)
    assert summary.passed_over.total() == 0
    session = {"movielens.csv": "", "ga4.jsonl": "ann:7"}.get(name, "s")
    assert rows(shop) == [("view", "A", NOON, "ann", session)]


@pytest.mark.parametrize("order", ["Order ID", "Name"])
def test_lines_of_orders_are_purchases_of_one_basket(shop, tmp_path, order):
    file = written(
        tmp_path,
        f"{order},Email,Created at,Lineitem quantity,Lineitem sku\n"
        "#1001,ann,2024-05-01 14:00:00 +0200,2,A\n"
        "#1001,ann,2024-05-01 14:00:00 +0200,1,B\n"
        "#1001,ann,2024-05-01 14:00:00 +0200,-1,B\n",
    )
    told: list[str] = []
    summary = shop.import_files([file], on_rejected=lambda *one: told.append("{}:{}".format(*one)))
    assert rows(shop) == [("purchase", sku, NOON, "ann", "#1001") for sku in "AB"]
    assert shop.table()["quantity"].to_pylist() == [2, 1]
    assert told == ["events.csv:4: quantity: -1 is not from 1 to 2,147,483,647"]
    assert "each is a purchase" in summary.notes[0]


def test_german_days_and_quantities_are_understood(shop, tmp_path):
    file = written(
        tmp_path, "order_id;sku;date;qty\n7;A;1.5.2024 14:00;1,0\n7;B;01.05.2024, 14:00;2,00\n"
    )
    summary = shop.import_files([file], IntakeOptions(timezone="Europe/Berlin"))
    assert summary.rejected == 0
    assert rows(shop) == [("purchase", sku, NOON, "", "7") for sku in "AB"]
    assert shop.table()["quantity"].to_pylist() == [1, 2]


@pytest.mark.parametrize(
    ("day", "quantity"), [("5/1/2024", "1"), ("31.4.2024", "1"), ("1.5.2024", "1,000")]
)
def test_what_may_mean_two_things_is_refused(shop, tmp_path, day, quantity):
    file = written(tmp_path, f"order_id;sku;date;qty\n7;A;{day};{quantity}\n")
    assert shop.import_files([file]).rejected == 1


def test_outfits_without_a_moment_are_stored_once(shop, tmp_path):
    file = written(tmp_path, "outfit_id,sku\no1,A\no1,B\no2,A\no1,A\n")
    options = IntakeOptions(kind=EventKind.BASKET, mapping={"outfit_id": "session_id"})
    before = datetime.now(UTC)
    summary = shop.import_files([file], options)
    assert (summary.stored, summary.known) == (3, 1)
    assert summary.notes == [f"{file}: no column for at: its events count as of now"]
    assert {row[2] >= before for row in rows(shop)} == {True}
    assert shop.import_files([file], options).stored == 0


def test_bad_rows_cost_themselves_and_no_other(shop, tmp_path):
    file = written(
        tmp_path,
        "kind,sku,at,user_id,position\n"
        "view,A,2024-05-01,ann,1\n"
        "view,,2024-05-01,ann,1\n"
        "view,A,yesterday,ann,1\n"
        "scroll,A,2024-05-01,ann,1\n"
        "scroll,,nonsense,ann,1\n"
        "view,A,2024-05-01,ann,second\n"
        f"view,A,2024-05-01,{'x' * 256},1\n"
        "view,A\n"
        ",A,2024-05-01,ann,1\n"
        "view,A,,ann,1\n"
        "view,GONE,2024-05-01,ann,\n",
    )
    told: list[str] = []
    summary = shop.import_files([file], on_rejected=lambda *one: told.append("{}:{}".format(*one)))
    assert [one[:40] for one in told[:2]] == [
        "events.csv:9: row: it has 2 cells and th",
        "events.csv:3: sku: it is empty; name the",
    ]
    assert told[2:] == [
        (
            'events.csv:4: at: "yesterday" is no moment; write it like 2026-11-01T12:00:00Z, or as'
            " seconds since 1970"
        ),
        'events.csv:7: position: "second" is no whole number',
        "events.csv:8: user_id: 256 characters; 255 are allowed",
        "events.csv:10: kind: it is empty; write view, click, basket or purchase",
        (
            "events.csv:11: at: it is empty; write it like 2026-11-01T12:00:00Z, or as seconds"
            " since 1970"
        ),
    ]
    assert (summary.stored, summary.rejected, summary.passed_over) == (2, 7, {"scroll": 2})
    assert (summary.unknown_skus, summary.unknown_events) == (["GONE"], 1)


def test_bad_lines_of_json(shop, tmp_path):
    lines = [
        '{"sku": "A", "kind": "view"}',
        "not json",
        "[1]",
        '{"kind": "view"}',
        '{"sku": "A"}',
        '{"sku": ["A"], "kind": "view"}',
        '{"sku": "A", "kind": "view", "at": null}',
        '{"sku": "A", "order_id": 7, "user": 12, "at": 1714564800.5}',
        '{"event_name": "page_view", "event_params": []}',
    ]
    told: list[str] = []
    file = written(tmp_path, "\n\n".join(lines), "events.jsonl")
    summary = shop.import_files([file], on_rejected=lambda _, one: told.append(str(one)))
    assert [one.partition(";")[0][:60] for one in told] == [
        "3: row: not JSON: Expecting value: line 1 column 1 (char 0)",
        "5: row: a JSON object is expected, not a list",
        "7: row: no column for sku",
        "9: row: no column for kind",
        "11: sku: \"['A']\" is no text or number",
        "13: at: it is empty",
    ]
    assert (summary.stored, summary.passed_over) == (2, {"page_view": 1})
    assert rows(shop)[0] == ("purchase", "A", NOON + timedelta(seconds=0.5), "12", "7")


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        ("kind,at\nview,2024-05-01\n", {}, 'no column for sku; the columns are "kind", "at"'),
        ("sku,at\nA,2024-05-01\n", {}, "no column for kind; .* with --kind view, click"),
        ("kind,sku\n", {"mapping": {"art": "sku"}}, 'no column is called "art"'),
        ("kind,sku\n", {"mapping": {"sku": "product_no"}}, 'no field is called "product_no"'),
        ("kind,sku\n", {"format": "xml"}, 'no format is called "xml"; there are csv, tsv'),
        ("", {}, "the file is empty"),
        ("[{}]", {}, "write one JSON object a line"),
        ("PAR1", {}, "not a Parquet file that can be read"),
    ],
)
def test_a_file_that_cant_be_read_says_why(shop, tmp_path, text, options, told):
    file = written(tmp_path, text)
    with pytest.raises(FeedError, match=rf"events\.csv: .*{told}"):
        shop.import_files([file], IntakeOptions(**options))


def test_a_moment_beyond_pythons_years_costs_its_row(shop):
    moments = pa.array([2**62, 1, -(2**62)], pa.timestamp("us"))
    summary = shop.add_table(pa.table({"event": ["view"] * 3, "sku": list("ABC"), "at": moments}))
    assert (summary.stored, summary.rejected) == (1, 2)


def test_a_number_isnt_taken_for_a_truth_value(shop, tmp_path):
    lines = [f'{{"event": "view", "sku": {sku}, "at": 1}}' for sku in ("true", "1", "0", "false")]
    summary = shop.import_files([written(tmp_path, "\n".join(lines), "events.jsonl")])
    assert (summary.stored, summary.rejected) == (2, 2)
    assert sorted(summary.skus) == ["0", "1"]


def test_a_time_zone_that_is_none():
    with pytest.raises(SettingsError, match='timezone: "Mars/Base" is none'):
        IntakeOptions(timezone="Mars/Base")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-05-01", NOON - timedelta(hours=12)),
        ("20240501", NOON - timedelta(hours=12)),
        ("2024-05-01 12:00", NOON),
        ("1.5.2024 14:00:00 +0200", NOON),
        ("2024-05-01T14:00:00.000+02:00", NOON),
        ("2024-05-01 12:00:00 -0000", NOON),
        ("2024-05-01 12:00:00 gmt", NOON),
        (1714564800, NOON),
        (1714564800.0, NOON),
        ("1714564800.25", NOON + timedelta(milliseconds=250)),
        (1714564800001, NOON + timedelta(milliseconds=1)),
        ("1714564800000001", NOON + timedelta(microseconds=1)),
        (1714564800000001999, NOON + timedelta(microseconds=1)),
        ((NOON - timedelta(hours=12)).date(), NOON - timedelta(hours=12)),
        ("978300760", datetime(2000, 12, 31, 22, 12, 40, tzinfo=UTC)),
    ],
)
def test_moments_as_files_write_them(value, moment):
    assert moment_of(value, UTC) == moment


@pytest.mark.parametrize("value", ["", None, True, "12:00", -5, "01/05/2024", 10**30, "inf", "٣"])
def test_what_is_no_moment(value):
    with pytest.raises(ValueError, match=r"is no moment|it is empty"):
        moment_of(value, UTC)


def test_many_chunks_are_one_file(shop, tmp_path, monkeypatch):
    for module in (chunk, text_file):
        monkeypatch.setattr(module, "CHUNK_ROWS", 7)
    lines = [f"view,A,{1714564800 + number},u{number % 5}" for number in range(50)]
    lines[20] = "view,A,never,ann"
    file = written(tmp_path, "\n".join(["kind,sku,at,user", *lines]))
    assert (shop.import_files([file]).stored, shop.count()) == (49, 49)
    # What overlaps is there once.
    more = written(tmp_path, "\n".join(["kind,sku,at,user", *lines[40:], "view,B,5,x"]), "more.csv")
    summary = shop.import_files([more, file])
    assert (summary.stored, summary.known, shop.count()) == (1, 59, 50)


def test_what_was_stored_before_an_interruption_stays(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(text_file, "CHUNK_ROWS", 10)
    lines = [f"view,A,{1714564800 + number}" for number in range(20)] + ["view,A,never"] * 10
    file = written(tmp_path, "\n".join(["kind,sku,at", *lines]))

    def interrupt(_name: str, _rejected: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.import_files([file], on_rejected=interrupt)
    assert shop.count() == 20
    assert shop.import_files([file]).known == 20


def frames() -> list:
    import pandas
    import polars

    columns = {
        "event": ["view", "basket", None],
        "item_id": [1, 2, 3],
        "timestamp": [NOON, NOON, NOON],
        "visitor": ["ann", None, "bob"],
        "qty": [None, 2.0, None],
    }
    arrow = pa.table(columns)
    kinds = pa.array(columns["event"]).dictionary_encode()
    coded = arrow.set_column(0, "event", kinds)
    return [arrow, coded, pandas.DataFrame(columns), polars.DataFrame(columns), arrow.to_reader()]


@pytest.mark.parametrize("which", range(5), ids=["arrow", "coded", "pandas", "polars", "stream"])
def test_tables_of_other_libraries(shop, which):
    options = IntakeOptions(mapping={"visitor": "user_id"})
    told: list[str] = []
    summary = shop.add_table(
        frames()[which], options, on_rejected=lambda *one: told.append("{}:{}".format(*one))
    )
    assert told == ["table:3: kind: it is empty; write view, click, basket or purchase"]
    assert summary.stored == 2
    assert rows(shop) == [("basket", "2", NOON, "", ""), ("view", "1", NOON, "ann", "")]
    assert shop.table()["quantity"].to_pylist() == [None, 2]


def test_the_table_goes_to_other_libraries(shop):
    import pandas
    import polars

    shop.add([Event(EventKind.VIEW, "A", at=NOON, user_id="ann", position=3)])
    table = shop.table()
    frame = polars.from_arrow(table)
    assert frame.row(0) == ("view", "A", NOON, "ann", "", "", 3, None)
    assert polars.DataFrame(table).equals(frame)
    assert table.to_pandas()["at"].iloc[0] == pandas.Timestamp(NOON)


texts = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=12).filter(
    lambda text: text.isprintable() and text == text.strip()
)
events = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    sku=texts.filter(bool),
    at=st.datetimes(
        min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - Hypothesis wants it bare
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    user_id=texts,
    session_id=texts,
    query_id=texts,
    position=st.none() | st.integers(1, 2**31 - 1),
    quantity=st.none() | st.integers(1, 2**31 - 1),
)


@pytest.mark.parametrize("name", ["events.csv", "events.jsonl", "events.parquet"])
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=st.lists(events, max_size=8))
def test_what_is_exported_is_imported_as_it_was(shop, tmp_path, name, told):
    shop.forget_before(datetime(9000, 1, 1, tzinfo=UTC))
    stored = shop.add(told)
    file = tmp_path / name
    assert shop.export(file) == stored
    before = shop.table()
    # All of it is there already: nothing was lost or changed on the way.
    again = shop.import_files([file])
    assert (again.stored, again.known, again.rejected) == (0, stored, 0)
    shop.forget_before(datetime(9000, 1, 1, tzinfo=UTC))
    shop.import_files([file])
    assert shop.table().equals(before)
