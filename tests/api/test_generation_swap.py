"""New generations appear while clients ask: nobody is turned away, nobody sees half of one."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from vsearch import Collection, Product, ProductChange, Settings

_CLIENTS = 12
_STANDING = 12
_SETTINGS = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")


def photo(seed: int) -> bytes:
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(blocks).resize((160, 160), Image.Resampling.NEAREST).save(data, "PNG")
    return data.getvalue()


PAIR = (photo(1001), photo(1002))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Iterator[Any]:
    """Twelve products that stay; a pair of others comes and goes."""
    folder = tmp_path_factory.mktemp("swap") / "collection"
    with Collection.create(folder, settings=_SETTINGS) as collection:
        collection.put(
            [
                ProductChange(Product(f"S{number}", title="stays"), (photo(number),))
                for number in range(_STANDING)
            ]
        )
    with serve(folder, settings=_SETTINGS) as live:
        yield live


@dataclass
class Seen:
    """What the clients were told."""

    statuses: Counter[int] = field(default_factory=Counter)
    pairs: Counter[int] = field(default_factory=Counter)
    generations: set[int] = field(default_factory=set)
    torn: list[Any] = field(default_factory=list)


def ask(client: httpx.Client, image: bytes, **fields: Any) -> httpx.Response:
    headers = {"Content-Type": "image/png"}
    return client.post("/v1/query", content=image, params=fields, headers=headers)


def watch(url: str, seen: Seen, done: threading.Event, number: int) -> None:
    """Ask until it is over, each client with another picture, and check every answer."""
    latest = 0
    images = [photo(number), *PAIR]
    with httpx.Client(base_url=url, timeout=30) as client:
        turn = 0
        while not done.is_set():
            turn += 1
            answer = ask(client, images[turn % 3], k=_STANDING + 2)
            seen.statuses[answer.status_code] += 1
            if answer.status_code != 200:
                continue
            told = answer.json()
            skus = [hit["sku"] for hit in told["hits"]]
            standing = {sku for sku in skus if sku.startswith("S")}
            pair = [sku for sku in skus if sku.startswith("PAIR")]
            seen.pairs[len(pair)] += 1
            whole = len(standing) == _STANDING and len(pair) in (0, 2)
            if not whole or len(set(skus)) < len(skus) or told["generation"] < latest:
                seen.torn.append((latest, told["generation"], skus))
            latest = told["generation"]
            seen.generations.add(latest)


def put_pair(writer: Collection, _folder: Path) -> None:
    writer.put(
        [
            ProductChange(Product(f"PAIR{number}", title="comes and goes"), (image,))
            for number, image in enumerate(PAIR)
        ]
    )


def index_pair(writer: Collection, folder: Path) -> None:
    for number, image in enumerate(PAIR):
        (folder / f"PAIR{number}.png").write_bytes(image)
    writer.index(folder)


@pytest.mark.parametrize(("add", "times"), [(put_pair, 5), (index_pair, 2)])
def test_generations_are_swapped_under_load(
    service: Any, tmp_path: Path, add: Callable[[Collection, Path], None], times: int
) -> None:
    seen, done = Seen(), threading.Event()
    with (
        ThreadPoolExecutor(_CLIENTS) as clients,
        httpx.Client(base_url=service.url, timeout=30) as client,
        # As another process would write.
        Collection.open(service.folder, settings=_SETTINGS) as writer,
    ):
        watching = [
            clients.submit(watch, service.url, seen, done, number) for number in range(_CLIENTS)
        ]
        try:
            for _ in range(times):
                add(writer, tmp_path)
                assert ask(client, PAIR[1], k=1).json()["hits"][0]["sku"].startswith("PAIR1")
                writer.remove(sorted(pair_of(client)))
                assert not pair_of(client)
        finally:
            done.set()
        for one in watching:
            one.result()
    assert seen.torn == []
    assert list(seen.statuses) == [200]
    assert len(seen.generations) > 1
    assert seen.pairs.keys() == {0, 2}


def pair_of(client: httpx.Client) -> set[str]:
    hits = ask(client, PAIR[0], k=_STANDING + 2).json()["hits"]
    return {hit["sku"] for hit in hits if hit["sku"].startswith("PAIR")}
