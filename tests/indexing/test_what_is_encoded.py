"""Only content that is new is encoded, and what leaves a product leaves the index."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from vsearch.encoder.load import load_encoder


def test_the_first_run_encodes_and_a_photo_finds_its_product(target, feed, hash_of, picture):
    run = target.index(feed)
    assert run.products() == {"added": 3}
    assert run.images() == {"encoded": 4}
    assert run.summary.index_size == 4
    assert run.summary.published
    contents = target.contents()
    assert contents.views == {
        "A": [hash_of(0), hash_of(1)],
        "B": [hash_of(2)],
        "C": [hash_of(3)],
    }
    with target.open() as collection:
        for seed, sku in ((0, "A"), (1, "A"), (2, "B"), (3, "C")):
            best = collection.query(image=picture(seed))[0]
            assert (best.sku, best.content_hash) == (sku, hash_of(seed))
            assert best.score == pytest.approx(1, abs=1e-3)


def test_embeddings_are_those_of_the_encoder(target, feed, settings):
    target.index(feed)
    encoder = load_encoder(settings.encoder, weights=settings.weights, device="cpu")
    with target.open() as collection:
        for exported in collection.export(embeddings=True):
            paths = [feed.folder / name for name in exported.product.images]
            cosines = np.sum(encoder.encode(paths) * exported.embeddings, axis=1)
            np.testing.assert_allclose(cosines, 1, atol=1e-3)


def test_the_second_run_does_nothing_and_loads_no_encoder(target, feed, no_encoder):
    first = target.index(feed)
    with no_encoder():
        second = target.index(feed)
        third = target.index(feed)
    assert second.products() == {"unchanged": 3}
    assert second.images() == {"unchanged": 4}
    assert not second.summary.published
    assert third.summary.generation == first.summary.generation == 1


def test_a_change_of_words_or_price_encodes_nothing(target, feed, no_encoder):
    target.index(feed)
    feed.list("A", "a.jpg", "a-back.jpg", price="8.90 EUR", colour="red")
    feed.list("B", "b.jpg", price="19.90 EUR", title="Renamed")
    with no_encoder():
        run = target.index(feed)
    assert run.products() == {"changed": 2, "unchanged": 1}
    assert run.images() == {"unchanged": 4}
    assert not run.summary.published
    products = target.contents().products
    assert (str(products["A"].price), products["A"].attributes["colour"]) == ("8.90", "red")
    assert products["B"].title == "Renamed"


def test_views_in_another_order_encode_nothing(target, feed, no_encoder, hash_of):
    target.index(feed)
    feed.list("A", "a-back.jpg", "a.jpg", price="9.90 EUR")
    with no_encoder():
        run = target.index(feed)
    assert run.images() == {"unchanged": 4}
    assert target.contents().views["A"] == [hash_of(1), hash_of(0)]


def test_a_renamed_image_is_reused(target, feed, hash_of):
    target.index(feed)
    feed.folder.joinpath("new").mkdir()
    feed.folder.joinpath("b.jpg").rename(feed.folder / "new" / "bee.jpg")
    feed.list("B", "new/bee.jpg", price="19.90 EUR")
    run = target.index(feed)
    assert run.images() == {"reused": 1, "unchanged": 3}
    assert not run.summary.published
    assert target.contents().views["B"] == [hash_of(2)]


def test_a_touched_image_is_read_and_reused(target, feed):
    target.index(feed)
    os.utime(feed.folder / "b.jpg", (1_700_000_000, 1_700_000_000))
    assert target.index(feed).images() == {"reused": 1, "unchanged": 3}
    assert target.index(feed).images() == {"unchanged": 4}


def test_an_image_that_two_products_list_is_encoded_once(target, feed, hash_of):
    feed.list("D", "c.jpg", "b.jpg")
    run = target.index(feed)
    assert run.images() == {"encoded": 4}
    contents = target.contents()
    assert contents.views["D"] == [hash_of(3), hash_of(2)]
    assert len(contents.indexed) == 4


def test_copies_of_an_image_are_encoded_once(target, feed, hash_of):
    for number in range(40):  # more than one batch
        shutil.copy(feed.folder / "c.jpg", feed.folder / f"copy-{number}.jpg")
        feed.list(f"COPY-{number}", f"copy-{number}.jpg")
    run = target.index(feed, batch_size=8)
    assert run.images() == {"encoded": 4, "reused": 40}
    contents = target.contents()
    assert contents.views["COPY-7"] == [hash_of(3)]
    assert len(contents.indexed) == 4
    with target.open() as collection:
        hits = collection.query(sku="C", k=40)
    assert {hit.sku for hit in hits} == {f"COPY-{number}" for number in range(40)}


def test_a_new_product_encodes_only_its_image(target, feed):
    target.index(feed)
    feed.put("d.jpg", 4)
    feed.list("D", "d.jpg")
    run = target.index(feed)
    assert run.products() == {"added": 1, "unchanged": 3}
    assert run.images() == {"encoded": 1, "unchanged": 4}
    assert len(target.contents().indexed) == 5


def test_one_percent_of_new_images_encodes_one_percent(target, new_feed):
    shop = new_feed("large")
    for number in range(200):
        shop.put(f"{number}.jpg", number)
        shop.list(f"S{number}", f"{number}.jpg")
    assert target.index(shop).images() == {"encoded": 200}
    for number in (200, 201):
        shop.put(f"{number}.jpg", number)
        shop.list(f"S{number}", f"{number}.jpg")
    run = target.index(shop)
    assert run.images() == {"encoded": 2, "unchanged": 200}
    assert len(target.contents().indexed) == 202


def test_changed_content_is_encoded_and_the_old_leaves_the_index(target, feed, hash_of, picture):
    target.index(feed)
    feed.put("b.jpg", 77)
    run = target.index(feed)
    assert run.images() == {"encoded": 1, "unchanged": 3}
    contents = target.contents()
    assert contents.indexed == {hash_of(seed) for seed in (0, 1, 3, 77)}
    with target.open() as collection:
        assert collection.query(image=picture(77))[0].sku == "B"
        assert collection.query(image=picture(2))[0].score < 0.999
    # The old picture again: it was encoded once, and that is enough.
    feed.put("b.jpg", 2)
    assert target.index(feed).images() == {"reused": 1, "unchanged": 3}
    assert target.contents().indexed == {hash_of(seed) for seed in range(4)}


def test_an_image_that_no_product_lists_any_more_leaves_the_index(target, feed, hash_of):
    target.index(feed)
    feed.list("A", "a.jpg", price="9.90 EUR")
    run = target.index(feed)
    assert run.products() == {"changed": 1, "unchanged": 2}
    assert target.contents().indexed == {hash_of(0), hash_of(2), hash_of(3)}
    feed.list("A", "a.jpg", "a-back.jpg", price="9.90 EUR")
    assert target.index(feed).images() == {"reused": 1, "unchanged": 3}
    assert hash_of(1) in target.contents().indexed


def test_removed_products_leave_the_index_and_come_back_for_nothing(target, feed, hash_of):
    target.index(feed)
    with target.open() as collection:
        removal = collection.remove(["B", "no such"])
        assert (removal.removed, removal.unknown) == (("B",), ("no such",))
        assert [hit.sku for hit in collection.query(sku="A")] != []
    assert target.contents().indexed == {hash_of(0), hash_of(1), hash_of(3)}
    run = target.index(feed)
    assert run.products() == {"added": 1, "unchanged": 2}
    assert run.images() == {"reused": 1, "unchanged": 3}
    assert target.contents().views["B"] == [hash_of(2)]


def test_products_without_images_are_kept(target, feed):
    feed.list("BARE", price="1 EUR")
    run = target.index(feed)
    assert run.products() == {"added": 4}
    contents = target.contents()
    assert contents.views["BARE"] == []
    with target.open() as collection:
        assert collection.query(sku="BARE") == []
        assert collection.status().without_image == 1


def test_a_folder_of_pictures_alone(target, feed):
    run = target.index(feed.folder)
    assert run.products() == {"added": 4}
    assert sorted(target.contents().products) == ["a", "a-back", "b", "c"]


def test_an_empty_feed_makes_an_empty_collection(target, new_feed):
    run = target.index(new_feed("nothing"))
    assert run.products() == run.images() == {}
    with target.open() as collection:
        assert collection.status().products == 0
        assert collection.query(image=np.zeros((8, 8, 3), np.uint8)) == []
