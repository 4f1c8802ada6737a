"""What events cost: to import, to import again, to read, to look a shopper up, to forget.

    python benchmarks/events.py [--events 1000000] [--url postgresql+psycopg://...]

The events are drawn in the order of time, as a shop's log has them: shoppers of whom few come
often, products by Zipf's law, sessions of some minutes. CPU seconds are of this process alone;
a PostgreSQL server's are not among them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
from machine import print_heading
from pyarrow import csv, parquet

from vsearch.catalog import database
from vsearch.events.event import Event, EventKind
from vsearch.events.new_events import NewEvents
from vsearch.events.selection import EventSelection
from vsearch.events.shop_events import ShopEvents

_KINDS = np.array(["view", "click", "basket", "purchase"])
_DAYS = 60
_PRODUCTS = 100_000


def main() -> None:
    """Print what each step takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--url", help="of an empty PostgreSQL database; SQLite where there is none")
    arguments = parser.parse_args()
    print_heading(f"{arguments.events:,} events")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = drawn(arguments.events)
        parquet.write_table(table, folder / "events.parquet")
        csv.write_csv(table, folder / "events.csv")
        url = arguments.url or database.sqlite_url(folder / "products.db")
        with database.disposing(database.open_engine(url)) as engine:
            database.migrate(engine)
            measure(ShopEvents(engine), folder, table)
        if not arguments.url:
            print(f"products.db: {(folder / 'products.db').stat().st_size / 2**20:,.0f} MiB")


def drawn(number: int, seed: int = 0) -> pa.Table:
    """Events in the order of time."""
    random = np.random.default_rng(seed)
    at = np.sort(random.integers(0, _DAYS * 86_400_000, number)) + 1_767_225_600_000
    users = (number // 20 * random.random(number) ** 2).astype(np.int64)
    sessions = users * 1_000 + (at // 3_600_000) % 1_000
    skus = np.minimum(random.zipf(1.2, number), _PRODUCTS)
    return pa.table(
        {
            "kind": random.choice(_KINDS, number, p=[0.7, 0.15, 0.1, 0.05]),
            "sku": [f"SKU-{sku:06}" for sku in skus],
            "at": pa.array(at, pa.timestamp("ms", "UTC")),
            "user_id": [f"user-{user:07}" for user in users],
            "session_id": [f"{session:x}" for session in sessions],
        }
    )


def measure(events: ShopEvents, folder: Path, table: pa.Table) -> None:
    """Time each step, the first ones on an empty store."""
    number = table.num_rows
    some = [
        Event(EventKind(kind), sku, at, user, session)
        for kind, sku, at, user, session in zip(
            *(table[name].slice(0, 20_000).to_pylist() for name in table.column_names),
            strict=True,
        )
    ]
    timed("make 20,000 Events columns", 20_000, lambda: NewEvents.of(some))
    columns = NewEvents.of(some)
    timed("append the columns", 20_000, lambda: events.add_columns(columns))
    timed("import Parquet", number, lambda: events.import_files([folder / "events.parquet"]))
    timed("import it again", number, lambda: events.import_files([folder / "events.parquet"]))
    timed("import CSV: all known", number, lambda: events.import_files([folder / "events.csv"]))
    timed("add one table: all known", number, lambda: events.add_table(table))
    timed("read all", number, lambda: sum(len(page) for page in events.read()))
    timed("export Parquet", number, lambda: events.export(folder / "out.parquet"))
    timed("overview", number, events.overview)
    users = sorted(set(table["user_id"].slice(0, 5_000).to_pylist()))[:1_000]
    timed("a user's newest 1,000", len(users), lambda: [events.of_user(user) for user in users])
    timed("forget users", 100, lambda: [events.forget_user(user) for user in users[:100]])
    tenth = table["at"][number // 10].as_py()
    timed("forget a tenth", number // 10, lambda: events.forget(EventSelection(before=tenth)))


def timed(name: str, number: int, do: Callable[[], object]) -> None:
    """Do something and print how many a second."""
    wall, cpu = perf_counter(), process_time()
    do()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    print(
        f"{name:26} {wall:8.2f} s  {number / wall:10,.0f}/s"
        f"   CPU {cpu:7.2f} s  {number / cpu:10,.0f}/s"
    )


if __name__ == "__main__":
    main()
