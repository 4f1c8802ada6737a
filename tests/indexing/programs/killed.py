"""Runs ``vsearch`` again and again, killing it (-9) at random moments, until it comes through.

    python killed.py SEED COLLECTION ARGUMENTS...

Every attempt is a process of its own, forked off this one, which has the imports and the
encoder ready. A moment is a number of touches of the collection's files, plus some milliseconds.
Prints a JSON object a line: how each attempt ended, and how many embeddings were stored then.
"""

from __future__ import annotations

import functools
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import torch
from safetensors.numpy import load_file

from vsearch.cli import main
from vsearch.encoder import load
from vsearch.indexing import recorder

ENCODER = "test_vit.r160_in1k"
TOUCHES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect"}
ATTEMPTS = 40


def kill_after(touches: int, delay_s: float, collection: str) -> None:
    left = touches

    def kill() -> None:
        time.sleep(delay_s)
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in TOUCHES and arguments and collection in str(arguments[0]):
            left -= 1
            if left == 0:
                if delay_s:
                    threading.Thread(target=kill, daemon=True).start()
                else:
                    kill()

    sys.addaudithook(watch)


def attempt(touches: int, delay_s: float, collection: str, arguments: list[str]) -> int:
    """Run ``vsearch`` once; return the exit status, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            sys.argv = ["vsearch", *arguments]
            kill_after(touches, delay_s, collection)
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def stored(collection: str) -> int:
    shards = Path(collection, "embeddings").rglob("*.safetensors")
    # A merge that was killed leaves some of them twice until the next one.
    return len({key.tobytes() for shard in shards for key in load_file(shard)["keys"]})


if __name__ == "__main__":
    seed, folder, *rest = sys.argv[1:]
    # A process with threads of its own can't be forked safely: torch is kept to one.
    torch.set_num_threads(1)
    recorder._FLUSH_ROWS = 12
    load.load_spec = functools.cache(load.load_spec)
    load.load_encoder(ENCODER, weights="random:0", device="cpu")
    moments = random.Random(int(seed))
    for number in range(ATTEMPTS):
        delay = moments.choice([0, moments.random() * 0.05])
        # Later and later, so that it comes through at last.
        ended = attempt(moments.randint(1, 12 + 12 * number), delay, folder, rest)
        print(json.dumps({"ended": ended, "stored": stored(folder)}), flush=True)
        if ended != -signal.SIGKILL:
            break
