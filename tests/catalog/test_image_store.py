from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import Connection, func, select

from vsearch.catalog import image_store, product_store, product_views, schema
from vsearch.catalog.image_records import ImageSource, RejectedSource, SourceStatus
from vsearch.catalog.product import Product

MUG = Product("MUG", images=("mug.jpg", "https://cdn.example/mug.jpg"))
CUP = Product("CUP", images=("cup.jpg",))


def source_at(shop, location: str, encoder: int | None = None) -> ImageSource:
    encoder = shop.encoder() if encoder is None else encoder
    sources = image_store.sources(shop.connection, None, encoder)
    return next(source for source in sources if source.location == location)


def live(shop, connection: Connection, encoder: int | None = None) -> list[str]:
    """The content hashes of what is to be in the index."""
    encoder = shop.encoder() if encoder is None else encoder
    ids = image_store.live_ids(connection, encoder)
    assert ids.dtype == np.int64
    assert ids.ndim == 1
    assert (np.diff(ids) > 0).all()
    return image_store.content_hashes(connection, ids)


def test_an_encoder_is_registered_once(shop, connection: Connection) -> None:
    first = image_store.encoder_id(connection, "a" * 32, "vit", 64)
    assert image_store.encoder_id(connection, "a" * 32, "renamed", 64) == first
    assert image_store.encoder_id(connection, "b" * 32, "vit", 64) != first


def test_a_source_that_was_never_read(shop, connection: Connection) -> None:
    shop.write(shop.run(root="/srv/shop"), CUP)
    source = source_at(shop, "cup.jpg")
    assert source == ImageSource(
        source.source_id, "/srv/shop", "cup.jpg", SourceStatus.PENDING, "", None, None, "", "", "",
        is_encoded=False,
    )  # fmt: skip


def test_a_source_that_was_found(shop, connection: Connection, found, sha256) -> None:
    shop.write(shop.run(), CUP)
    before = source_at(shop, "cup.jpg")
    stamped = replace(
        found(before.source_id, "cup"), mtime_ns=1_790_000_000_123_456_789, etag='"e"',
        last_modified="Sun, 22 Nov 2026 10:00:00 GMT",
    )  # fmt: skip
    image_store.record_found(connection, shop.encoder(), [stamped])
    assert source_at(shop, "cup.jpg") == replace(
        before, status=SourceStatus.OK, size=3, mtime_ns=stamped.mtime_ns, etag=stamped.etag,
        last_modified=stamped.last_modified, content_hash=sha256("cup"), is_encoded=True,
    )  # fmt: skip
    assert image_store.image_sizes(connection, [sha256("cup"), sha256("?")]) == {
        sha256("cup"): (40, 30)
    }


def test_sources_of_a_run_are_those_that_its_products_show(shop, connection: Connection) -> None:
    shop.write(shop.run("other", "/srv/other"), Product("OTHER", images=("cup.jpg", "other.jpg")))
    shop.write(shop.run(), MUG, CUP)
    encoder = shop.encoder()
    read = image_store.sources(connection, None, encoder)
    rejected = [RejectedSource(one.source_id, "truncated", size=1, mtime_ns=2) for one in read]
    image_store.record_rejected(connection, rejected)
    run = shop.run()
    shop.write(run, CUP)
    of_run = image_store.sources(connection, run, encoder)
    assert [source.location for source in of_run] == ["cup.jpg"]
    assert image_store.count_sources(connection, run) == (1, 0)
    of_all = image_store.sources(connection, None, encoder)
    assert sorted((source.root, source.location) for source in of_all) == [
        ("/srv/other", "cup.jpg"),
        ("/srv/other", "other.jpg"),
        ("/srv/shop", "cup.jpg"),
        ("/srv/shop", "https://cdn.example/mug.jpg"),
        ("/srv/shop", "mug.jpg"),
    ]
    assert image_store.count_sources(connection, None) == (5, 1)


def test_a_run_looks_after_what_an_earlier_one_left_pending(shop, connection: Connection) -> None:
    shop.write(shop.run(), CUP)
    run = shop.run("other", "/srv/other")
    shop.write(run, Product("OTHER", images=("other.jpg",)))
    of_run = image_store.sources(connection, run, shop.encoder())
    assert [source.location for source in of_run] == ["cup.jpg", "other.jpg"]


def test_a_source_shown_by_many_products_comes_once(shop, connection: Connection) -> None:
    run = shop.run()
    shop.write(run, CUP, replace(CUP, sku="CUP-2"), replace(CUP, sku="CUP-3"))
    assert len(image_store.sources(connection, run, shop.encoder())) == 1
    assert image_store.count_sources(connection, run) == (1, 0)


def test_pages_go_by_id_and_leave_nothing_out(shop, connection: Connection) -> None:
    run = shop.run()
    shop.write(run, *[Product(f"S{n}", images=(f"{n}a.jpg", f"{n}b.jpg")) for n in range(1_100)])
    seen: list[ImageSource] = []
    after = 0
    while page := image_store.sources(connection, run, shop.encoder(), after=after):
        # A page that was read may change before the next one is asked for.
        rejected = RejectedSource(page[0].source_id, "truncated", size=1, mtime_ns=2)
        image_store.record_rejected(connection, [rejected])
        seen += page
        after = page[-1].source_id
    assert len({source.location for source in seen}) == len(seen) == 2_200
    assert [source.source_id for source in seen] == sorted(source.source_id for source in seen)


def test_one_content_at_two_places_is_one_image(
    shop, connection: Connection, found, sha256
) -> None:
    run = shop.run()
    shop.write(run, CUP, Product("COPY", images=("copy.jpg",)))
    at = shop.source_ids()
    encoder = shop.encoder()
    image_store.record_found(connection, encoder, [found(i, "same") for i in at.values()])
    image_store.record_found(connection, encoder, [found(at["cup.jpg"], "same")])
    assert live(shop, connection) == [sha256("same")]
    assert image_store.count_encoded(connection, encoder) == 1
    # One of them going bad leaves the other.
    shop.reject("cup.jpg")
    assert live(shop, connection) == [sha256("same")]
    shop.reject("copy.jpg")
    assert live(shop, connection) == []


def test_new_content_at_a_place_replaces_the_old(
    shop, connection: Connection, found, sha256
) -> None:
    shop.write(shop.run(), CUP)
    place = shop.source_ids()["cup.jpg"]
    for content in ("old", "new"):
        image_store.record_found(connection, shop.encoder(), [found(place, content)])
    assert live(shop, connection) == [sha256("new")]
    assert source_at(shop, "cup.jpg").content_hash == sha256("new")
    # The old embedding is still known: should the picture come back, nothing is encoded.
    encoded = sorted(image_store.encoded_hashes(connection, "f" * 32))
    assert encoded == sorted([sha256("old"), sha256("new")])


def test_a_flush_of_thousands(shop, connection: Connection, found, sha256) -> None:
    products = [Product(f"S{n}", images=(f"{n}.jpg",)) for n in range(3_000)]
    run = shop.run()
    shop.write(run, *products)
    ids = connection.execute(
        select(schema.image_sources.c.location, schema.image_sources.c.id)
    ).all()
    image_store.record_found(connection, shop.encoder(), [found(i, at) for at, i in ids])
    hashes = live(shop, connection)
    assert sorted(hashes) == sorted(sha256(f"{n}.jpg") for n in range(3_000))
    views = product_views.views_of_products(
        connection, [product_store.product_id(connection, "S77") or 0]
    )
    assert [view.content_hash for found_ in views.values() for view in found_] == [sha256("77.jpg")]


def test_content_hashes_come_in_the_order_that_was_asked(
    shop, connection: Connection, found, sha256
) -> None:
    shop.write(shop.run(), MUG, CUP)
    shop.find_all()
    ids = image_store.live_ids(connection, shop.encoder())
    hashes = image_store.content_hashes(connection, ids)
    turned = image_store.content_hashes(connection, ids[::-1].copy())
    assert turned == hashes[::-1]
    assert len(set(hashes)) == 3
    assert image_store.content_hashes(connection, ids[:0]) == []


def test_a_sample_is_the_live_images_of_the_lowest_hashes(shop, connection: Connection) -> None:
    shop.write(shop.run(), MUG, CUP)
    shop.find_all()
    product_store.remove(connection, ["CUP"])
    ids = image_store.live_ids(connection, shop.encoder())
    hashes = image_store.content_hashes(connection, ids)
    sample = np.array(image_store.sample_ids(connection, shop.encoder(), 1))
    assert image_store.content_hashes(connection, sample) == [min(hashes)]
    everything = np.array(image_store.sample_ids(connection, shop.encoder(), 9))
    assert image_store.content_hashes(connection, everything) == sorted(hashes)
    other = image_store.encoder_id(connection, "e" * 32, "other", 64)
    assert image_store.sample_ids(connection, other, 9) == []


def test_a_rejected_source_loses_its_image_and_says_why(
    shop, connection: Connection, found, sha256
) -> None:
    shop.write(shop.run(), CUP)
    place = shop.source_ids()["cup.jpg"]
    image_store.record_found(connection, shop.encoder(), [found(place, "cup")])
    shop.reject("cup.jpg", "zero bytes")
    source = source_at(shop, "cup.jpg")
    assert (source.status, source.reason) == (SourceStatus.REJECTED, "zero bytes")
    # The stamp tells the next run that it is still the same file.
    assert (source.content_hash, source.size, source.mtime_ns) == ("", 12, 34)
    assert not source.is_encoded
    assert live(shop, connection) == []
    assert image_store.count_rejected(connection) == 1
    assert list(image_store.rejected_sources(connection)) == [
        replace(source, size=None, mtime_ns=None)
    ]
    # Put right, nothing of it stays.
    image_store.record_found(connection, shop.encoder(), [found(place, "cup")])
    assert source_at(shop, "cup.jpg").reason == ""
    assert image_store.count_rejected(connection) == 0
    assert live(shop, connection) == [sha256("cup")]


def test_rejected_sources_are_those_of_products(shop, connection: Connection) -> None:
    old = shop.run()
    shop.write(old, MUG, CUP)
    at = shop.source_ids()
    for location in at:
        shop.reject(location, f"no {location}")
    run = shop.run()
    shop.write(run, CUP)
    rejected = image_store.rejected_sources(connection)
    assert [source.location for source in rejected] == sorted(at)
    (of_run,) = image_store.rejected_sources(connection, run)
    assert (of_run.location, of_run.reason) == ("cup.jpg", "no cup.jpg")
    product_store.remove(connection, ["MUG"])
    assert image_store.count_rejected(connection) == 1


def test_every_encoder_knows_what_it_has_encoded(
    shop, connection: Connection, found, sha256
) -> None:
    shop.write(shop.run(), MUG, CUP)
    first, second = shop.encoder("1" * 32), shop.encoder("2" * 32)
    place = shop.source_ids()["cup.jpg"]
    image_store.record_found(connection, first, [found(place, "cup")])
    assert source_at(shop, "cup.jpg", first).is_encoded
    assert not source_at(shop, "cup.jpg", second).is_encoded
    # What is there is known to both, though.
    assert source_at(shop, "cup.jpg", second).content_hash == sha256("cup")
    assert (live(shop, connection, first), live(shop, connection, second)) == (
        [sha256("cup")],
        [],
    )
    counts = [image_store.count_encoded(connection, encoder) for encoder in (first, second)]
    assert counts == [1, 0]


def test_removing_a_product_takes_its_images_out_of_the_index(
    shop, connection: Connection, sha256
) -> None:
    shop.write(shop.run(), MUG, CUP, Product("SET", images=("mug.jpg", "cup.jpg")))
    shop.find_all()
    product_store.remove(connection, ["MUG"])
    image_store.forget_unshown_sources(connection)
    assert sorted(live(shop, connection)) == sorted([sha256("mug.jpg"), sha256("cup.jpg")])
    assert sorted(shop.source_ids()) == ["cup.jpg", "mug.jpg"]
    product_store.remove(connection, ["SET", "CUP"])
    image_store.forget_unshown_sources(connection)
    assert live(shop, connection) == []
    assert connection.scalar(select(func.count()).select_from(schema.image_sources)) == 0
    # The images stay, and so do their ids, should the products come back.
    assert image_store.count_encoded(connection, shop.encoder()) == 3


@pytest.mark.parametrize("lost", [1, 1_500])
def test_lost_embeddings_are_forgotten(
    shop, connection: Connection, found, sha256, lost: int
) -> None:
    run = shop.run()
    shop.write(run, *[Product(f"S{n}", images=(f"{n}.jpg",)) for n in range(lost + 1)])
    ids = connection.execute(
        select(schema.image_sources.c.location, schema.image_sources.c.id)
    ).all()
    image_store.record_found(connection, shop.encoder(), [found(i, at) for at, i in ids])
    other = shop.encoder("0" * 32)
    image_store.record_found(connection, other, [found(i, at) for at, i in ids[:3]])
    gone = [sha256(f"{n}.jpg") for n in range(lost)]
    image_store.forget_encodings(connection, shop.encoder(), [*gone, sha256("unknown")])
    assert live(shop, connection) == [sha256(f"{lost}.jpg")]
    assert image_store.count_encoded(connection, other) == min(3, len(ids))
