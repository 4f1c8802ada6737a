"""Writes a collection as RecBole's atomic files: text with typed headers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from vsearch.collection import Collection
from vsearch.durable import whole_file
from vsearch.interchange.interactions import InteractionOptions
from vsearch.interchange.items import Items
from vsearch.storage import storage_errors

#: How RecBole reads the pictures' embeddings: they are a table of their own, in which an item
#: goes by another name.
_CONFIGURATION = """\
field_separator: "\\t"
seq_separator: " "
USER_ID_FIELD: user_id
ITEM_ID_FIELD: item_id
RATING_FIELD: rating
TIME_FIELD: timestamp
additional_feat_suffix: [itememb]
alias_of_item_id: [iid]
preload_weight: {iid: item_emb}
load_col:
  inter: [user_id, item_id, rating, timestamp]
  item: [item_id, category, brand, price]
  itememb: [iid, item_emb]
"""


def write_recbole(
    folder: Path, collection: Collection, items: Items, options: InteractionOptions | None = None
) -> int:
    """Write a folder that RecBole takes as a dataset of its name.

    The files, called like the folder: ``.inter`` with an event a line, ``.item``, ``.user``,
    ``.itememb`` with the items' embeddings, and ``.yaml`` with how to read them. A session
    stands for a user where sessions are the shoppers. Of the options ``half_life_days`` does
    nothing: the moments are written.

    Args:
        folder: where to; it is made, and what is there already is replaced.
        collection: whose events.
        items: its products; events with others are left out.
        options: which events count, and how much.

    Returns:
        How many events were written.

    Raises:
        StorageError: the disk is full or can't be written.
    """
    options = options or InteractionOptions()
    users: dict[str, int] = {}
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        events = _write(
            _file(folder, "inter"),
            ("user_id:token", "item_id:token", "rating:float", "timestamp:float", "kind:token"),
            _events(collection, items, options, users),
        )
        _write(_file(folder, "user"), ("user_id:token", "events:float"), users.items())
        _write(
            _file(folder, "item"),
            ("item_id:token", "category:token_seq", "brand:token", "price:float"),
            (
                (
                    one.sku,
                    _sequence(one.category),
                    one.brand,
                    "" if one.price is None else one.price,
                )
                for one in items.products
            ),
        )
        _write(
            _file(folder, "itememb"),
            ("iid:token", "item_emb:float_seq"),
            (
                (sku, " ".join(f"{number:.7g}" for number in embedding))
                for sku, embedding in zip(items.skus, items.embeddings, strict=True)
                if embedding.any()
            ),
        )
        _file(folder, "yaml").write_text(_CONFIGURATION, encoding="utf-8")
    return events


def _file(folder: Path, ending: str) -> Path:
    name = folder.resolve().name
    return folder / f"{name}.{ending}"


def _events(
    collection: Collection, items: Items, options: InteractionOptions, users: dict[str, int]
) -> Iterator[Sequence[object]]:
    for page in collection.events.read(selection=options.selection):
        seconds = page.at.astype("datetime64[us]").astype(np.int64) / 1e6
        for name, sku, kind, at in zip(
            options.shopper.of(page), page.skus, page.kinds, seconds.tolist(), strict=True
        ):
            weight = options.kind_weights.get(kind, 0.0)
            if name and weight > 0 and sku in items.number_of:
                users[name] = users.get(name, 0) + 1
                yield name, sku, weight, f"{at:.6f}", kind


def _sequence(category: Sequence[str]) -> str:
    """The levels of a category as tokens, which a space parts."""
    return " ".join("_".join(level.split()) for level in category)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    written = 0
    with whole_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            written += 1
    return written
