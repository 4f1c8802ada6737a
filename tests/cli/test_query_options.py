"""``vsearch query``: mixtures, crops, words, filters, pages, facets, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

OWN = "STA-BOO-001"


def skus(outcome) -> list[str]:
    assert outcome.code == 0, outcome.err
    return [hit["sku"] for hit in outcome.objects]


def test_a_filter_leaves_what_passes(vsearch, collection: Path, photo: Path) -> None:
    where = 'category:"Books & Stationery/*" AND price < 5'
    hits = vsearch("query", photo, "-c", collection, "--where", where, "--json").objects
    assert len(hits) == 6
    assert all(hit["category"][0] == "Books & Stationery" for hit in hits)
    assert all(float(hit["price"]) < 5 for hit in hits)


def test_a_filter_that_cannot_be_read_shows_where(vsearch, collection: Path, photo: Path) -> None:
    outcome = vsearch("query", photo, "-c", collection, "--where", "prize < 3")
    assert outcome.code == 1
    error, text, caret = outcome.err.splitlines()[-3:]
    assert 'there is no field "prize"; did you mean price?' in error
    assert text.index("prize") == caret.index("^")


def test_a_filter_that_nothing_passes_is_said(vsearch, collection: Path, photo: Path) -> None:
    outcome = vsearch("query", photo, "-c", collection, "--where", "price > 99999")
    assert (outcome.code, outcome.out) == (0, "")
    assert "no product with a usable image passes the filter price > 99999" in outcome.err


def test_pages_follow_each_other(vsearch, collection: Path, photo: Path) -> None:
    every = skus(vsearch("query", photo, "-c", collection, "-k", "6", "--json"))
    second = vsearch("query", photo, "-c", collection, "-k", "3", "--offset", "3", "--json")
    assert skus(second) == every[3:]
    assert [hit["rank"] for hit in second.objects] == [4, 5, 6]
    past = vsearch("query", photo, "-c", collection, "--offset", "500")
    assert "no hits past the first 500: there are no more" in past.err


def test_a_crop_asks_for_its_part(vsearch, collection: Path, photo: Path) -> None:
    whole = vsearch("query", photo, "-c", collection, "--json").out
    assert vsearch("query", photo, "-c", collection, "--box", "0,0,1,1", "--json").out == whole
    assert vsearch("query", photo, "-c", collection, "--box", "0,0,256,256", "--json").out == whole
    part = vsearch("query", photo, "-c", collection, "--box", "0.5,0.5,0.2,0.2", "--json").objects
    assert part[0]["score"] < 1


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ("1,2,3", "write x,y,w,h"),
        ("400,0,10,10", "outside the picture of 256 x 256 pixels"),
        ("0,0,0,1", "the rectangle is empty"),
    ],
)
def test_a_crop_that_is_none_is_refused(
    vsearch, collection: Path, photo: Path, box: str, said: str
) -> None:
    assert said in vsearch("query", photo, "-c", collection, "--box", box).error


def test_several_photos_and_products_are_mixed(vsearch, collection: Path, photo: Path) -> None:
    other = photo.with_name("green-book-1f4d7.webp")
    mixed = vsearch("query", photo, other, "-c", collection, "--mix", "1,0.0001", "--json")
    alone = skus(vsearch("query", photo, "-c", collection, "--json"))
    assert skus(mixed)[:3] == alone[:3]
    both = skus(vsearch("query", photo, "--sku", "STA-BOO-002", "-c", collection, "--json"))
    assert "STA-BOO-002" not in both


def test_what_is_unliked_is_no_answer(vsearch, collection: Path, photo: Path) -> None:
    outcome = vsearch("query", photo, "--unlike-sku", OWN, "-c", collection, "--json")
    assert OWN not in skus(outcome)
    assert vsearch("query", photo, "--unlike", photo, "-c", collection, "--json").code == 0


def test_words_alone_load_no_encoder(
    vsearch, collection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsearch.encoder.load.load_spec", None)
    hits = vsearch("query", "--words", "electric guitar", "-c", collection, "--json").objects
    assert (hits[0]["sku"], hits[0]["score"], hits[0]["confidence"]) == ("MUS-STR-001", 1, None)
    assert "no product has the words" in vsearch("query", "--words", "xyzzy", "-c", collection).err


def test_variants_come_once_on_request(vsearch, collection: Path, photo: Path) -> None:
    asked = ("query", photo, "-c", collection, "-k", "229", "--json")
    groups = [hit["item_group"] for hit in vsearch(*asked, "--group", "item-group").objects]
    assert len(groups) == 229 - 15 + 6
    named = [group for group in groups if group]
    assert len(named) == len(set(named)) == 6


def test_facets_and_the_category_come_as_a_last_line(
    vsearch, collection: Path, photo: Path
) -> None:
    asked = ("query", photo, "-c", collection, "-k", "2", "--facet", "availability")
    *hits, last = vsearch(*asked, "--json").objects
    assert len(hits) == 2
    counts = last["summary"]["facets"]["availability"]
    assert sum(one["count"] for one in counts) == 200
    for one in counts:
        where = ("--where", one["where"], "-k", "300", "--json")
        found = skus(vsearch("query", photo, "-c", collection, *where))
        assert len(found) >= one["count"]
    table = vsearch(*asked)
    assert "availability: in_stock (" in table.err
    top = [one["probability"] for one in last["summary"]["categories"] if len(one["path"]) == 1]
    assert 0.9 < sum(top) <= 1.001


def test_boosts_move_products(vsearch, collection: Path, photo: Path) -> None:
    asked = ("query", photo, "-c", collection, "-k", "5", "--json")
    boosted = vsearch(*asked, "--boost", "1 brand=Arpellini").objects
    assert all(hit["brand"] == "Arpellini" and hit["boost"] == 1 for hit in boosted)
    assert "write a weight" in vsearch(*asked, "--boost", "cheap").error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a PHOTO, --sku, --text or --words"),
        (("--sku", "A", "--box", "0,0,1,1"), "is a part of one photo; 0 were given"),
        (("--sku", "A", "--mix", "1,2"), "a number for each of 1 examples"),
        (("--sku", "A", "--mix", "much"), "a number for each of 1 examples"),
        (("--sku", "A", "--group", "brand"), '"brand" is not product or item-group'),
        (("--sku", "A", "--explain"), "give --html FILE with it"),
        (("--sku", "A", "--summary"), "give --json with it"),
    ],
)
def test_wrong_usage_is_told(vsearch, collection: Path, arguments: tuple, said: str) -> None:
    outcome = vsearch("query", *arguments, "-c", collection)
    assert outcome.code == 2
    assert said in " ".join(outcome.err.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", " ").split())


def test_explanations_are_written_as_pictures(
    vsearch, collection: Path, photo: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "why" / "so"
    asked = ("query", photo, "-c", collection, "-k", "2")
    assert vsearch(*asked, "--explain-png", folder).code == 0
    assert sorted(file.name for file in folder.iterdir()) == ["hit-01.png", "hit-02.png"]
    assert (folder / "hit-01.png").read_bytes().startswith(b"\x89PNG")
    page = tmp_path / "hits.html"
    assert vsearch(*asked, "--html", page, "--explain").code == 0
    assert page.read_text(encoding="utf-8").count("What matched") == 2
    assert str(photo) in vsearch(*asked, "--explain-png", photo).error


def test_regions_of_a_photo(vsearch, collection: Path, photo: Path) -> None:
    *hits, last = vsearch("query", photo, "-c", collection, "--regions", "3", "--json").objects
    assert len(hits) == 10
    regions = last["summary"]["regions"]
    assert 1 <= len(regions) <= 3
    assert all(len(region["box"]) == 4 and len(region["hits"]) == 10 for region in regions)
    table = vsearch("query", photo, "-c", collection, "--regions", "3", "-k", "2")
    assert table.out.count("region 1 at ") == 1
    assert (
        "regions are looked for in one whole image"
        in vsearch("query", photo, "-c", collection, "--regions", "3", "--box", "0,0,1,0.5").error
    )


def test_an_encoder_without_a_text_tower_says_so(vsearch, collection: Path) -> None:
    assert "has no text tower" in vsearch("query", "--text", "a red shoe", "-c", collection).error
