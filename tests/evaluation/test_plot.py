"""The plot of accuracy against cost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from vsearch.errors import MissingExtra, StorageError
from vsearch.evaluation.compare import Comparison, Failure, Measurement, Quality
from vsearch.evaluation.interval import Interval
from vsearch.evaluation.labelled_set import LabelledImage, make_labelled_set
from vsearch.evaluation.plot import draw, require_matplotlib
from vsearch.evaluation.speed import Speed


def measurement(name: str, recall: float, images_per_s: float) -> Measurement:
    figure = Interval(recall, recall - 0.05, recall + 0.04)
    return Measurement(
        name=name,
        encoder=name,
        fingerprint="0" * 32,
        quality=Quality(figure, figure, figure),
        speed=Speed(32, images_per_s, 5.0),
        end_to_end_images_per_s=images_per_s / 2,
        load_s=1.0,
        dim=192,
        parameters=None,
    )


@pytest.fixture
def comparison() -> Comparison:
    images = [LabelledImage(Path(str(n)), frozenset("ab"[n % 2]), str(n)) for n in range(4)]
    results = (measurement("one <b>", 0.5, 60), Failure("none", "?"), measurement("two", 0.7, 8.5))
    return Comparison(make_labelled_set("some/set.csv", images, images), {}, results)


def test_svg_names_everything(comparison: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    draw(comparison, path)
    text = path.read_text(encoding="utf-8")
    for said in ("one", "two", "R@1", "4 queries against 4 pictures of set.csv", "ms an image"):
        # matplotlib draws letters as curves and says in a comment what they are.
        assert said in text
    assert "none" not in {line.strip() for line in text.splitlines()}


@pytest.mark.parametrize("name", ["plot.png", "PLOT.PNG"])
def test_png(comparison: Comparison, tmp_path: Path, name: str) -> None:
    draw(comparison, tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert image.format == "PNG"
        assert image.width == 1200
        colours = image.convert("RGB").getcolors(image.width * image.height)
    assert colours is not None
    assert len(colours) > 50


def test_one_encoder_alone(comparison: Comparison, tmp_path: Path) -> None:
    alone = Comparison(comparison.labelled, {}, comparison.results[:1])
    draw(alone, tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").stat().st_size > 1000


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r'pip install "\.\[plot\]"'):
        require_matplotlib()


def test_where_it_can_not_be_written(comparison: Comparison, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="its folder does not exist"):
        draw(comparison, tmp_path / "nowhere" / "plot.png")


def test_what_can_not_be_drawn(comparison: Comparison, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"plot\.pdf"):
        draw(comparison, tmp_path / "plot.pdf")
    with pytest.raises(ValueError, match="a measurement"):
        draw(Comparison(comparison.labelled, {}, ()), tmp_path / "plot.png")
