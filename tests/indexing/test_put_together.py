"""Puts from many threads and processes, killed ones among them, while others search."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from vsearch.catalog.product import Product
from vsearch.coalescing import Coalescing
from vsearch.collection import Collection
from vsearch.images.content import content_hash
from vsearch.indexing.changes import ProductChange
from vsearch.layout import Layout

PROGRAMS = Path(__file__).parent / "programs"
THREADS = 10


def test_many_threads_put_while_others_search(target, feed, picture):
    target.index(feed)
    stop = threading.Event()
    with target.open() as collection, ThreadPoolExecutor(THREADS + 2) as pool:
        collection.load_encoder()

        def search():
            asked = 0
            while not stop.is_set():
                assert collection.query(image=picture(2), k=1)[0].sku == "B"
                asked += 1
            return asked

        def put(number):
            change = ProductChange(Product(sku=f"T{number}"), (picture(100 + number), picture(99)))
            (done,) = collection.put([change]).products
            # Whoever has put it finds it.
            assert collection.query(image=picture(100 + number), k=1)[0].sku == f"T{number}"
            return done.sku

        searching = [pool.submit(search) for _ in range(2)]
        try:
            done = list(pool.map(put, range(THREADS)))
            removed = list(pool.map(lambda n: collection.remove([f"T{n}"]).removed, range(4)))
        finally:
            stop.set()
        assert done == [f"T{number}" for number in range(THREADS)]
        assert removed == [(f"T{number}",) for number in range(4)]
        assert all(one.result() > 0 for one in searching)
        # What came while another was written was written together.
        assert collection.manifest.generation < 1 + THREADS + 4
    contents = target.contents()
    assert set(contents.products) == {"A", "B", "C", *done[4:]}
    assert contents.views["T9"] == [content_hash(picture(109)), content_hash(picture(99))]


def test_a_product_that_many_put_at_once_is_one_of_theirs(target, feed, picture):
    target.index(feed)
    with target.open() as collection, ThreadPoolExecutor(8) as pool:

        def put(number):
            product = Product(sku="A", title=f"by {number}")
            collection.put([ProductChange(product, (picture(100 + number),))])

        list(pool.map(put, range(8)))
    contents = target.contents()
    number = int(contents.products["A"].title.removeprefix("by "))
    assert contents.views["A"] == [content_hash(picture(100 + number))]
    uploads = Layout(target.folder).uploads
    assert [path.stem for path in uploads.glob("??/*")] == contents.views["A"]


def test_another_process_finds_what_is_put(target, feed, settings, picture):
    target.index(feed)
    program = (
        "import sys; from vsearch.collection import Collection; from vsearch.settings import *\n"
        f"settings = Settings(encoder={settings.encoder!r}, weights='random:0', device='cpu')\n"
        f"collection = Collection.open({str(target.folder)!r}, settings=settings)\n"
        "for _ in sys.stdin:\n"
        "    hits = collection.query(sku='A', k=1)\n"
        "    print(collection.manifest.generation, hits[0].sku, flush=True)\n"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as reader,
        target.open() as collection,
    ):

        def answer():
            reader.stdin.write("\n")
            reader.stdin.flush()
            return reader.stdout.readline().split()

        assert answer()[1] in "BC"
        # The very picture that A shows, and so what is most like it.
        assert collection.put([ProductChange(Product(sku="N"), (picture(0),))]).generation == 1
        assert answer() == ["1", "N"]
        assert collection.put([ProductChange(Product(sku="N"), (picture(70),))]).generation == 2
        assert answer()[0] == "2"
        collection.remove(["N"])
        assert answer()[1] in "BC"
        reader.stdin.close()


def test_killed_many_times_while_putting(target, feed, settings, picture):
    target.index(feed)
    run = subprocess.run(
        [sys.executable, PROGRAMS / "killed_put.py", "7", target.folder],
        capture_output=True,
        text=True,
        check=True,
    )
    attempts = [json.loads(line) for line in run.stdout.splitlines()]
    assert attempts[-1]["ended"] == 0, run.stderr
    assert {one["ended"] for one in attempts[:-1]} == {-9}, run.stderr
    assert len(attempts) > 2
    # Some were killed early, some between the first product and the last.
    assert any(0 < one["products"] < 6 for one in attempts)
    contents = target.contents()
    assert set(contents.products) == {"A", "B", "C", *(f"P{n}" for n in range(1, 6))}
    for number in range(1, 6):
        own = (200, 100)[number % 2 == 0] + number
        shown = [picture(own)] if number % 2 else [picture(own), picture(99)]
        assert contents.views[f"P{number}"] == [content_hash(one) for one in shown]
    # The next run over a feed sweeps away what a killed one left, and nothing else.
    target.index(feed)
    shown = {view for sku, views in contents.views.items() if sku[0] == "P" for view in views}
    uploads = Layout(target.folder).uploads
    assert {path.stem for path in uploads.glob("??/*")} == shown
    assert [path for path in target.folder.rglob("*") if "partial" in path.name] == []
    assert target.contents() == contents


def test_one_that_fails_fails_for_all_that_waited_with_it():
    gate, entered = threading.Event(), threading.Event()

    def work(asked):
        entered.set()
        gate.wait(10)
        if "bad" in asked:
            raise ValueError("bad")
        return [one.upper() for one in asked]

    together = Coalescing(work)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(together.ask, "a")
        entered.wait(10)
        others = [pool.submit(together.ask, one) for one in ("b", "bad", "c")]
        while len(together._waiting) < 3:
            pass
        gate.set()
        assert first.result() == "A"
        for one in others:
            with pytest.raises(ValueError, match="bad"):
                one.result()
    assert together.ask("d") == "D"


def test_a_collection_in_postgresql(target, feed, settings, new_postgresql, picture):
    settings = replace(settings, database_url=new_postgresql())
    Collection.index_into(target.folder, feed.write(), settings=settings)
    with Collection.open(target.folder, settings=settings) as collection:
        change = ProductChange(Product(sku="N", title="Neu"), (picture(70), picture(71)))
        assert collection.put([change]).generation == 2
        assert collection.put([change]).generation == 2
        assert collection.query(image=picture(71), k=1)[0].sku == "N"
        page = collection.products(words="neu")
        assert [one.product.sku for one in page.products] == ["N"]
        assert collection.remove(["N", "A"]).removed == ("N", "A")
        assert {hit.sku for hit in collection.query(image=picture(71))} == {"B", "C"}
    assert set(target.contents(settings).products) == {"B", "C"}
