"""Puts products again and again, killed (-9) at random moments, until it comes through.

    python killed_put.py SEED COLLECTION

Every attempt is a process of its own, forked off this one, which has the imports and the encoder
ready, and puts every product anew. After each, the collection has to be whole. Prints a JSON
object a line: how each attempt ended, and how many products there were then.
"""

from __future__ import annotations

import functools
import json
import os
import random
import runpy
import signal
import sys
from pathlib import Path

import torch

from vsearch.catalog.product import Product
from vsearch.collection import Collection
from vsearch.encoder import load
from vsearch.indexing.changes import ProductChange
from vsearch.settings import Settings

HERE = Path(__file__).parent
KILLED = runpy.run_path(str(HERE / "killed.py"))
PRODUCTS = 6
ATTEMPTS = 40


def changes(picture):
    """Each with a picture of its own and one that all share; the odd ones lose theirs again."""
    for number in range(PRODUCTS):
        product = Product(sku=f"P{number}", title=f"Product {number}")
        yield ProductChange(product, (picture(100 + number), picture(99)))
        if number % 2:
            yield ProductChange(product, (picture(200 + number),))


def attempt(settings, touches, delay_s, folder, picture):
    child = os.fork()
    if child == 0:
        code = 70
        try:
            with Collection.open(folder, settings=settings) as collection:
                KILLED["kill_after"](touches, delay_s, folder)
                for change in changes(picture):
                    collection.put([change])
                collection.remove(["P0"])
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    seed, folder = sys.argv[1:]
    torch.set_num_threads(1)
    load.load_spec = functools.cache(load.load_spec)
    settings = Settings(encoder=KILLED["ENCODER"], weights="random:0", device="cpu")
    picture = runpy.run_path(str(HERE.parent / "conftest.py"))["picture"]
    load.load_encoder(KILLED["ENCODER"], weights="random:0", device="cpu")
    moments = random.Random(int(seed))
    for number in range(ATTEMPTS):
        delay = moments.choice([0, moments.random() * 0.02])
        ended = attempt(settings, moments.randint(1, 60 + 120 * number), delay, folder, picture)
        with Collection.open(folder, settings=settings) as collection:
            collection.verify()
            total = collection.products().total - 3
        print(json.dumps({"ended": ended, "products": total}), flush=True)
        if ended != -signal.SIGKILL:
            break
