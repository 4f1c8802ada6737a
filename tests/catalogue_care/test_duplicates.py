"""Which products of a shop are reported as duplicates of which."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from vsearch.calibration.calibration import Calibration
from vsearch.catalogue_care.duplicate_files import records, write_csv
from vsearch.catalogue_care.duplicate_report import write_duplicate_report
from vsearch.catalogue_care.duplicates import (
    DEFAULT_THRESHOLD,
    Duplicates,
    find_duplicates,
    usual_threshold,
)
from vsearch.catalogue_care.gallery import opened_gallery
from vsearch.collection import Collection
from vsearch.errors import StorageError
from vsearch.indexing.options import IndexOptions
from vsearch.progress import Silence
from vsearch.settings import Settings

# An untrained encoder finds everything alike: here the pictures decide.
LOW = 0.5

EXPECTED = [{"T0", "SAME-PATH"}, {"T1", "RENAMED"}, {"T2", "HALF"}, {"T3", "PADDED"}]


def find(settings: Settings, **options) -> Duplicates:
    with opened_gallery(settings) as gallery:
        return find_duplicates(gallery, Silence(), **options)


def skus(found: Duplicates) -> list[set[str]]:
    return [{one.product.sku for one in group.products} for group in found.groups]


def test_the_same_file_and_copies_of_it_are_found_and_nothing_else(shop: Settings) -> None:
    found = find(shop, threshold=LOW)
    assert sorted(map(sorted, skus(found))) == sorted(map(sorted, EXPECTED))
    assert found.unreadable == 0
    same = {frozenset(one) for one in EXPECTED[:2]}
    for group, names in zip(found.groups, skus(found), strict=True):
        assert group.is_same_file == (frozenset(names) in same)
        assert group.products[0].product.sku.startswith("T")
        assert group.products[0].similarity == 1
    assert [group.is_same_file for group in found.groups] == [True, True, False, False]


def test_variants_count_on_request(shop: Settings) -> None:
    found = skus(find(shop, threshold=LOW, variants=True))
    assert {"T5", "VARIANT"} in found
    assert len(found) == len(EXPECTED) + 1


def test_at_the_highest_threshold_only_the_same_files_are_left(shop: Settings) -> None:
    found = find(shop, threshold=1.0)
    assert {frozenset(one) for one in skus(found)} >= {frozenset(one) for one in EXPECTED[:2]}
    assert all(group.is_same_file for group in found.groups)


def test_the_kind_of_index_does_not_matter(shop: Settings, own_shop) -> None:
    settings, feed = own_shop
    options = IndexOptions(index_kind="hnsw", rebuild=True)
    Collection.index_into(settings.collection, feed, options=options, settings=settings)
    with opened_gallery(settings) as gallery:
        assert gallery.index is not None
        assert gallery.index.kind == "hnsw"
    assert skus(find(settings, threshold=LOW)) == skus(find(shop, threshold=LOW))


def test_a_picture_that_is_gone_is_counted_and_not_taken_for_a_copy(own_shop) -> None:
    settings, feed = own_shop
    (feed / "images" / "HALF.jpg").unlink()
    (feed / "images" / "PADDED.jpg").write_bytes(b"no picture")
    found = find(settings, threshold=LOW)
    assert skus(found) == [{"T0", "SAME-PATH"}, {"T1", "RENAMED"}]
    assert found.unreadable == 2


def test_an_empty_collection_has_none(shop: Settings, tmp_path: Path) -> None:
    settings = replace(shop, collection=tmp_path / "empty")
    Collection.create(settings.collection, settings=settings).close()
    found = find(settings)
    assert found == Duplicates((), 0, DEFAULT_THRESHOLD, 0)


def test_the_threshold_lies_between_different_products_and_copies() -> None:
    assert usual_threshold(None) == DEFAULT_THRESHOLD
    numbers = dict.fromkeys(Calibration.__annotations__, 0.0) | {
        "usual_rival": 0.7,
        "duplicate_threshold": 0.97,
    }
    assert usual_threshold(Calibration(**numbers)) == pytest.approx(0.88)
    # Where different products are as close as copies, there is nothing in between.
    assert usual_threshold(Calibration(**(numbers | {"usual_rival": 0.99}))) == 0.97


def test_records_and_csv_say_the_same(shop: Settings, tmp_path: Path) -> None:
    found = find(shop, threshold=LOW)
    file = tmp_path / "duplicates.csv"
    write_csv(file, found)
    with file.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    flat = [(str(group["group"]), one) for group in records(found) for one in group["products"]]
    assert [(row["group"], row["sku"], row["title"]) for row in rows] == [
        (number, one["sku"], one["title"]) for number, one in flat
    ]
    assert all(Path(row["image"]).is_file() for row in rows)
    assert {row["price"] for row in rows} == {"3.50"}


def test_the_page_shows_every_group_and_takes_no_text_for_markup(
    shop: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "duplicates.html"
    with opened_gallery(shop) as gallery:
        found = find_duplicates(gallery, Silence(), threshold=LOW)
        write_duplicate_report(file, found, gallery, Silence())
        with pytest.raises(StorageError, match="its folder does not exist"):
            write_duplicate_report(tmp_path / "no" / "a.html", found, gallery, Silence())
    page = file.read_text(encoding="utf-8")
    assert page.count('<section class="group"') == len(EXPECTED)
    assert page.count('src="data:image/webp;base64,') == 2 * len(EXPECTED)
    assert "</script><b>" not in page
    assert "&lt;/script&gt;&lt;b&gt;" in page
    assert [path.name for path in tmp_path.iterdir()] == ["duplicates.html"]


def test_a_picture_that_is_gone_leaves_its_place_on_the_page(own_shop, tmp_path: Path) -> None:
    settings, feed = own_shop
    with opened_gallery(settings) as gallery:
        found = find_duplicates(gallery, Silence(), threshold=LOW)
        (feed / "images" / "HALF.jpg").unlink()
        write_duplicate_report(tmp_path / "page.html", found, gallery, Silence())
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("picture not available") == 1
