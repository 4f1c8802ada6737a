"""A client says what the collection itself says: over real HTTP, of the very same collection."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.service import serving
from vsearch import Availability, Box, Collection, Example, Product, Query, errors
from vsearch.access.scope import Scope
from vsearch.client import Client
from vsearch.client.reading_client import ReadingClient
from vsearch.events.event import Event, EventKind
from vsearch.events.selection import EventSelection
from vsearch.indexing.changes import ProductChange
from vsearch.indexing.options import IndexOptions
from vsearch.progress import Advance
from vsearch.searching.boost import Boost, Holds

CATALOG = Path(__file__).parents[2] / "catalog"
PHOTO = CATALOG / "queries" / "electric-guitar-1f3b8.png"
GUITAR = "MUS-STR-001"


@pytest.fixture(scope="module")
def collection(copy_sample: Callable[[], Path]) -> Iterator[Collection]:
    folder = copy_sample()
    with Collection.open(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def keys(collection: Collection) -> dict[str, str]:
    return {scope: collection.keys.create(scope, scope)[1].text for scope in Scope}


@pytest.fixture(scope="module")
def url(collection: Collection, keys: dict[str, str]) -> Iterator[str]:
    with serving(collection.folder) as live:
        yield live.url


@pytest.fixture(scope="module")
def client(url: str, keys: dict[str, str]) -> Iterator[Client]:
    with Client(url, key=keys["write"]) as opened:
        yield opened


def pixels() -> Image.Image:
    with Image.open(PHOTO) as image:
        return image.convert("RGBA")


def as_array() -> Any:
    white = Image.new("RGBA", pixels().size, "white")
    return np.asarray(Image.alpha_composite(white, pixels()).convert("RGB"))


FORMS: dict[str, Callable[[], Any]] = {
    "path": lambda: PHOTO,
    "text": lambda: str(PHOTO),
    "bytes": PHOTO.read_bytes,
    "pil": pixels,
    "array": as_array,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_photo_in_any_form_finds_what_the_collection_finds(
    form: str, client: Client, collection: Collection
) -> None:
    image = FORMS[form]()
    found, wanted = client.query(image=image, k=5), collection.query(image=image, k=5)
    assert [hit.sku for hit in found] == [hit.sku for hit in wanted]
    assert found[0].sku == GUITAR
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], abs=0.01)


def test_hits_are_the_collections_records(client: Client, collection: Collection) -> None:
    query = Query(sku=GUITAR, k=3)
    found, wanted = client.search(query), collection.search(query)
    for hit, other in zip(found.hits, wanted.hits, strict=True):
        product = other.product
        shown = replace(product, description="", gtin="", attributes={}, images=())
        assert replace(hit.product, attributes={}) == shown
        assert (hit.rank, hit.content_hash, hit.also) == (
            other.rank,
            other.content_hash,
            other.also,
        )
        assert hit.score == pytest.approx(other.score, abs=1e-6)
        assert hit.confidence == pytest.approx(other.confidence, abs=1e-4)
        assert hit.image == f"{client.url}/v1/images/{hit.content_hash}"
    assert found.query_id
    assert found.products == 229


def test_everything_that_can_be_asked_arrives(client: Client, collection: Collection) -> None:
    query = Query(
        image=PHOTO,
        box=Box(0.1, 0.1, 0.8, 0.8),
        like=(Example(image=CATALOG / "images" / "violin-1f3bb.webp", weight=0.5),),
        unlike=(Example(sku="HEA-DEN-002"),),
        words="wood",
        where="price < 500",
        k=4,
        offset=2,
        diversity=0.2,
        boosts=(Boost(0.1, Holds("available")),),
        facets=("brand", "price"),
    )
    found, wanted = client.search(query), collection.search(query)
    assert [hit.sku for hit in found.hits] == [hit.sku for hit in wanted.hits]
    assert {name: list(values) for name, values in found.facets.items()} == {
        name: list(values) for name, values in wanted.facets.items()
    }
    assert found.categories[0].path == wanted.categories[0].path


def test_an_explanation_is_the_same_picture(client: Client) -> None:
    query = Query(image=PHOTO, k=1)
    png = client.explain(query, client.search(query).hits[0])
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.size == (688, 394)


def test_a_product_is_as_the_collection_has_it(client: Client, collection: Collection) -> None:
    found, wanted = client.product(GUITAR), collection.product(GUITAR)
    assert replace(found, images=()) == replace(wanted, images=())
    hashes = [image.content_hash for image in collection.stored_product(GUITAR).images]
    assert found.images == tuple(f"{client.url}/v1/images/{one}" for one in hashes)
    assert client.image(hashes[0]) == collection.image(hashes[0])
    assert client.thumbnail(hashes[0], 80) == collection.thumbnail(hashes[0], 80)


def test_pages_of_products_fit_together(client: Client, collection: Collection) -> None:
    where = "brand = quillmere"
    skus, after, total = [], 0, 0
    while after is not None:
        page = client.products(where=where, after=after, k=7)
        skus += [product.sku for product in page.products]
        after, total = page.after, page.total
    wanted = collection.products(where=where, k=1000)
    assert skus == [stored.product.sku for stored in wanted.products]
    assert total == wanted.total == len(skus)


def test_what_is_served_is_told(client: Client, collection: Collection) -> None:
    status = client.status()
    assert status.products == collection.overview().products
    assert status.encoder == collection.manifest.encoder.name
    assert status.facets == collection.overview().facets
    assert set(status.scopes) == {"read", "write"}


LAMP = Product(
    sku="LMP/1 ü",
    title="Lamp",
    description="It gives light.",
    brand="Acme",
    category=("Home", "Light"),
    price=Decimal("12.50"),
    currency="EUR",
    availability=Availability.IN_STOCK,
    url="https://shop.example/lamp",
    gtin="2001700000015",
    item_group="lamps",
    attributes={"colour": ("red", "blue"), "watts": 7, "dimmable": True},
)


def test_a_product_is_put_found_and_removed(client: Client, collection: Collection) -> None:
    picture = io.BytesIO()
    Image.effect_noise((120, 90), 80).convert("RGB").save(picture, "PNG")
    data = picture.getvalue()
    summary = client.put(
        [
            ProductChange(LAMP, (data, b"no picture")),
            ProductChange(replace(LAMP, sku="LMP-2", title="Other lamp")),
        ]
    )
    assert [(one.sku, one.outcome) for one in summary.products] == [
        (LAMP.sku, "created"),
        ("LMP-2", "created"),
    ]
    assert [one.location for one in summary.products[0].rejected] == ["picture 2"]
    assert replace(collection.product(LAMP.sku), images=()) == LAMP
    assert replace(client.product(LAMP.sku), images=()) == LAMP
    assert client.query(image=data, k=1)[0].sku == LAMP.sku
    again = client.put([ProductChange(replace(LAMP, title="Lamp, new"))])
    assert again.products[0].outcome == "changed"
    assert client.query(image=data, k=1)[0].title == "Lamp, new"
    removal = client.remove([LAMP.sku, "LMP-2", "LMP-3"])
    assert removal == collection.remove([]).__class__((LAMP.sku, "LMP-2"), ("LMP-3",))
    assert client.query(image=data, k=1)[0].sku != LAMP.sku


class Told:
    """Listens to a run."""

    def __init__(self) -> None:
        self.stages: dict[str, int] = {}

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
        self.stages[name] = 0

        def advance(done: int) -> None:
            self.stages[name] += done

        yield advance


def test_a_feed_is_sent_and_waited_for(client: Client, tmp_path: Path) -> None:
    feed = tmp_path / "prices.csv"
    feed.write_text("sku,name,price\nFED-1,Shelf,10\nFED-2,Table,cheap\n")
    told, rejected = Told(), []
    options = IndexOptions(mapping={"name": "title"}, feed_name="furniture")
    summary = client.index(feed, options=options, progress=told, on_rejected=rejected.append)
    assert (summary.products.added, summary.products.rejected) == (1, 1)
    assert summary.feed == "prices.csv"
    assert [(one.where, one.field) for one in rejected] == [("row 3", "price")]
    assert told.stages["upload"] == feed.stat().st_size
    assert client.product("FED-1").title == "Shelf"
    (job,) = client.jobs()
    assert (job.state, job.has_ended, job.summary) == ("done", True, summary)
    assert client.job(job.id).rejections
    assert client.cancel_job(job.id).state == "done"


def test_a_feed_that_cannot_be_read_is_an_error(client: Client, tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("colour\nred\n")
    with pytest.raises(errors.FeedError, match="sku"):
        client.index(feed)
    with pytest.raises(errors.FeedError, match="is a folder"):
        client.index(tmp_path)
    with pytest.raises(errors.FeedError, match=r"nowhere\.csv: can't be read: No such file"):
        client.index(tmp_path / "nowhere.csv")
    with pytest.raises(errors.SettingsError, match="rebuild: a service doesn't take it"):
        client.index(feed, options=IndexOptions(rebuild=True))


def test_what_shoppers_do_is_stored_and_forgotten(
    client: Client, collection: Collection, url: str, keys: dict[str, str]
) -> None:
    moment = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
    click = Event(EventKind.CLICK, GUITAR, moment, session_id="s", query_id="q", position=3)
    many = (Event(EventKind.VIEW, f"SKU-{number}") for number in range(1500))
    assert client.add_events([click]) == 1
    assert client.add_events(many) == 1500
    assert collection.events.count() == 1501
    first = next(collection.events.read(page=1))
    assert (first.kinds[0], first.skus[0], first.positions[0]) == ("click", GUITAR, 3)
    assert client.add_events([click]) == 0
    session = EventSelection(session_id="s", before=moment + timedelta(seconds=1))
    with pytest.raises(errors.AccessDenied, match="lacks the scope admin"):
        client.forget_events(session)
    with Client(url, key=keys["admin"]) as admin:
        assert admin.forget_events(session) == 1
        assert admin.forget_events(EventSelection(user_id="nobody")) == 0
        for wrong in (EventSelection(), EventSelection(since=moment)):
            with pytest.raises(errors.QueryError, match="selection: "):
                admin.forget_events(wrong)


ERRORS: list[tuple[Callable[[Client], object], type[Exception], str]] = [
    (lambda c: c.query(sku="NO-SUCH"), errors.ProductNotFound, 'no product has the SKU "NO-SUCH"'),
    (lambda c: c.product("NO/SUCH"), errors.ProductNotFound, 'no product has the SKU "NO/SUCH"'),
    (lambda c: c.query(), errors.QueryError, "exactly one of the two"),
    (lambda c: c.query(sku=GUITAR, k=5_000), errors.QueryError, "k: "),
    (lambda c: c.query(image=b"no picture"), errors.ImageRejected, "not an image"),
    (lambda c: c.query(image="no-such.png"), errors.ImageRejected, "no-such.png: no such file"),
    (lambda c: c.image("0" * 64), errors.PictureNotFound, "no product shows"),
    (lambda c: c.job("0" * 32), errors.JobNotFound, "no job"),
    (
        lambda c: c.put([ProductChange(replace(LAMP, currency="euro"))]),
        errors.ProductRejected,
        "LMP/1 ü: .*currency",
    ),
]


@pytest.mark.parametrize(("ask", "error", "told"), ERRORS)
def test_errors_are_the_collections_own(
    ask: Callable[[Client], object], error: type[Exception], told: str, client: Client
) -> None:
    with pytest.raises(error, match=told) as raised:
        ask(client)
    assert type(raised.value) is error


def test_a_filters_fault_is_shown_where_it_is(client: Client, collection: Collection) -> None:
    query = Query(sku=GUITAR, where="price << 3")
    with pytest.raises(errors.FilterError) as local:
        collection.search(query)
    with pytest.raises(errors.FilterError) as served:
        client.search(query)
    assert str(served.value) == str(local.value)
    assert (served.value.position, served.value.text) == (local.value.position, local.value.text)


def test_a_key_opens_what_its_scope_reaches(url: str, keys: dict[str, str]) -> None:
    with Client(url) as nobody, pytest.raises(errors.AccessDenied, match="vsearch keys create"):
        nobody.status()
    stranger = Client(url, key="vs_0123456789abcdef_nothing")
    with stranger, pytest.raises(errors.AccessDenied, match="in force"):
        stranger.status()
    with Client(url, key=keys["read"]) as reader:
        assert reader.status().scopes == ("read",)
    reader = Client(url, key=keys["read"])
    with reader, pytest.raises(errors.AccessDenied, match="lacks the scope write"):
        reader.remove([GUITAR])


def test_it_brings_in_neither_encoder_nor_index_nor_database() -> None:
    program = (
        "import sys, vsearch.client;"
        "print({'torch', 'timm', 'faiss', 'sqlalchemy', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_reading_alone_changes_nothing() -> None:
    writes = {"put", "remove", "index", "start_index", "add_events", "forget_events", "cancel_job"}
    assert writes <= set(dir(Client))
    assert not writes & set(dir(ReadingClient))
