"""Scenes, confidence and categories with the encoder that comes with vsearch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vsearch import Box, Collection, Query, QueryError
from vsearch.searching import ranking

QUERIES = Path(__file__).parents[2] / "catalog" / "queries"
GUITAR, APPLE, BEAR = "electric-guitar-1f3b8", "red-apple-1f34e", "teddy-bear-1f9f8"


def drawing(name: str, side: int) -> Image.Image:
    with Image.open(QUERIES / f"{name}.png") as image:
        return image.convert("RGBA").resize((side, side), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """A teddy bear and an apple before a wall that is lighter above than below."""
    shade = np.linspace(225, 150, 480, dtype=np.float32)[:, None, None]
    wall = np.broadcast_to(shade * np.array([0.9, 0.95, 1.0], np.float32), (480, 720, 3))
    image = Image.fromarray(wall.astype(np.uint8))
    for name, place, side in ((BEAR, (60, 90), 280), (APPLE, (480, 150), 180)):
        thing = drawing(name, side)
        image.paste(thing, place, thing)
    return image


def test_each_thing_in_a_scene_is_found_by_itself(trained: Collection, scene: Image.Image) -> None:
    result = trained.search(Query(image=scene, regions=3, k=5))
    first = {region.hits[0].sku: region for region in result.regions}
    assert {"TOY-SOF-001", "GRO-APL-002"} <= set(first)
    assert first["TOY-SOF-001"].box.iou(Box(60 / 720, 90 / 480, 280 / 720, 280 / 480)) > 0.4
    assert first["GRO-APL-002"].category[0].path == ("Groceries",)
    assert [hit.rank for hit in result.hits] == [1, 2, 3, 4, 5]
    assert len({hit.sku for hit in result.hits}) == 5
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert {"TOY-SOF-001", "GRO-APL-002"} <= {hit.sku for hit in result.hits}


def test_a_filter_holds_for_every_region(trained: Collection, scene: Image.Image) -> None:
    result = trained.search(Query(image=scene, regions=3, where="category:Groceries", k=3))
    hits = [hit for region in result.regions for hit in region.hits]
    assert hits
    assert all(hit.product.category[0] == "Groceries" for hit in hits)


def test_a_report_of_a_scene_marks_its_regions(
    trained: Collection, scene: Image.Image, tmp_path: Path
) -> None:
    file = tmp_path / "scene.html"
    query = Query(image=scene, regions=3, k=2)
    result = trained.search(query)
    trained.write_report(file, query, result=result, seconds=0.1)
    html = file.read_text(encoding="utf-8")
    assert html.count('class="box"') == len(result.regions)
    assert html.count('class="hits"') == len(result.regions)


def test_a_photo_of_what_is_sold_is_surer_than_of_what_is_not(trained: Collection) -> None:
    photo = QUERIES / f"{GUITAR}.png"
    sold = trained.search(Query(image=photo))
    rivals = trained.search(Query(image=photo, where="sku != MUS-STR-001"))
    assert sold.hits[0].sku == "MUS-STR-001"
    assert (sold.hits[0].confidence or 0) > 0.5
    assert all((hit.confidence or 0) < 0.1 for hit in rivals.hits)
    assert not sold.nothing_alike


def test_what_is_not_sure_enough_is_left_out(trained: Collection) -> None:
    photo = QUERIES / f"{GUITAR}.png"
    hits = trained.search(Query(image=photo, min_confidence=0.5)).hits
    assert [hit.sku for hit in hits] == ["MUS-STR-001"]


def test_noise_is_like_nothing_in_the_catalogue(trained: Collection) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    result = trained.search(Query(image=noise))
    assert result.nothing_alike
    assert trained.search(Query(image=noise, min_confidence=0.5)).hits == ()


def test_a_product_that_asks_is_in_the_catalogue(trained: Collection) -> None:
    for exported in [*trained.export()][::12]:
        assert not trained.search(Query(sku=exported.product.sku, k=1)).nothing_alike


def test_the_category_of_a_photo_is_guessed(trained: Collection) -> None:
    result = trained.search(Query(image=QUERIES / f"{GUITAR}.png"))
    assert [guess.path[-1] for guess in result.likeliest_category] == [
        "Music",
        "String Instruments",
    ]


def test_a_mixture_has_no_confidence(trained: Collection) -> None:
    mixture = {"image": QUERIES / f"{GUITAR}.png", "text": None, "sku": "GRO-APL-002"}
    plain = trained.search(Query(**mixture))
    assert all(hit.confidence is not None for hit in plain.hits)
    less = Query(sku="GRO-APL-002", unlike=Query(sku="GRO-APL-001").examples)
    assert all(hit.confidence is None for hit in trained.search(less).hits)
    with pytest.raises(QueryError, match="no thing that a hit could be"):
        trained.search(
            Query(sku="GRO-APL-002", unlike=Query(sku="GRO-APL-001").examples, min_confidence=0.5)
        )


def test_the_picture_that_asks_is_known_by_its_content(
    trained: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, ...]] = []
    really_find = ranking.find_products

    def note(*arguments: object, **options: object) -> object:
        asked.append(options["surely"])  # type: ignore[arg-type]
        return really_find(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ranking, "find_products", note)
    picture = QUERIES.parent / "images" / "blue-book-1f4d8.webp"
    (hit,) = trained.search(Query(image=picture, k=1)).hits
    assert asked == [(hit.image_id,)]
    trained.search(Query(image=picture.read_bytes(), k=1))
    assert asked[1] == (hit.image_id,)
    trained.search(Query(image=picture, box=Box(0, 0, 0.5, 0.5), k=1))
    trained.search(Query(image=QUERIES / f"{GUITAR}.png", k=1))
    assert asked[2:] == [(), ()]
