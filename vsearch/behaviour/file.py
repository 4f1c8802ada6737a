"""What was counted, in a file, so that the next process needn't count it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from vsearch.behaviour.behaviour import Behaviour
from vsearch.behaviour.numbering import Numbering
from vsearch.behaviour.options import BehaviourOptions
from vsearch.behaviour.recent import RecentEvents
from vsearch.behaviour.together import Together
from vsearch.durable import write_atomically
from vsearch.layout import Layout

#: Goes up whenever another version couldn't read, or would count otherwise.
_VERSION = 1

_COUNTS = ("in_session", "in_basket", "by_shopper")
_RECENT = ("shoppers", "sessions", "items", "weights", "at")

_Arrays = Mapping[str, npt.NDArray[Any]]


def write_behaviour(layout: Layout, behaviour: Behaviour, epoch: int) -> None:
    """Keep what was counted; where the folder can't be written it is counted again next time."""
    kept = {
        "version": _VERSION,
        "epoch": epoch,
        "options": _options(behaviour.options),
        "last_id": behaviour.last_id,
        "events": behaviour.events,
        "newest": int(behaviour.newest.astype(np.int64)),
        "skus": behaviour.skus,
    }
    arrays: dict[str, Any] = {
        "kept": np.frombuffer(json.dumps(kept).encode(), np.uint8),
        "weights": behaviour.weights,
        "sessions": np.array(behaviour.sessions.names, np.int64),
        "shoppers": np.array(behaviour.shoppers.names, np.int64),
    }
    for name in _COUNTS:
        together: Together = getattr(behaviour, name)
        counts = together.counts
        arrays |= {
            f"{name}.keys": together.keys,
            f"{name}.places": together.places,
            f"{name}.data": counts.data,
            f"{name}.indices": counts.indices,
            f"{name}.indptr": counts.indptr,
        }
    arrays |= {f"recent.{name}": getattr(behaviour.recent, name) for name in _RECENT}
    path = _path(layout)
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, lambda file: np.savez(file, **arrays))


def read_behaviour(
    layout: Layout, epoch: int, options: BehaviourOptions | None = None
) -> Behaviour | None:
    """What was kept; None where there is nothing that holds, which is removed.

    Args:
        layout: the collection.
        epoch: how often events have been removed by now.
        options: how events are to count.
    """
    options = options or BehaviourOptions()
    path = _path(layout)
    if not path.exists():
        return None
    # Cut short, damaged, or of another version: it is only a copy of what the events say. NumPy,
    # zipfile and tokenize each tell of damage in ways of their own.
    with (
        suppress(Exception),
        path.open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        kept = json.loads(arrays["kept"].tobytes())
        if (kept["version"], kept["epoch"]) == (_VERSION, epoch) and (
            kept["options"] == _options(options)
        ):
            return _read(kept, arrays, options)
    with suppress(OSError):
        path.unlink(missing_ok=True)
    return None


def _read(kept: Mapping[str, Any], arrays: _Arrays, options: BehaviourOptions) -> Behaviour:
    most = {
        "in_session": options.session_items,
        "in_basket": options.session_items,
        "by_shopper": options.shopper_items,
    }
    counted = {}
    for name in _COUNTS:
        data, indices, indptr = (arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
        size = len(indptr) - 1
        counted[name] = Together(
            most[name],
            arrays[f"{name}.keys"],
            arrays[f"{name}.places"],
            sparse.csr_array((data, indices, indptr), shape=(size, size)),
            sparse.csr_array((size, size), dtype=np.float32),
        )
    return Behaviour(
        options=options,
        last_id=kept["last_id"],
        events=kept["events"],
        items=Numbering(kept["skus"]),
        size=len(kept["skus"]),
        newest=np.datetime64(kept["newest"], "us"),
        weights=arrays["weights"],
        sessions=Numbering(arrays["sessions"].tolist()),
        shoppers=Numbering(arrays["shoppers"].tolist()),
        recent=RecentEvents(*(arrays[f"recent.{name}"] for name in _RECENT)),
        **counted,
    )


def _options(options: BehaviourOptions) -> list[Any]:
    kinds = [[kind, weight] for kind, weight in sorted(options.kind_weights.items())]
    return [kinds, options.half_life_days, options.session_items, options.shopper_items]


def _path(layout: Layout) -> Path:
    return layout.behaviour / "counts.npz"
