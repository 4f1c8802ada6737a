"""``vsearch train compare``: table, JSON, plot, and what is said where it can't go on."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

VIT, CNN = "test_vit@random:0", "mobilenetv3_small_100@random:0"
ON_CPU = ("--device", "cpu")


@pytest.fixture
def pictures(tmp_path: Path, catalog: Path) -> Path:
    """A table of eight pictures of the sample: four things, each drawn by two artists."""
    lines = ["image,label,role"]
    for name in ("banana-1f34c", "bed-1f6cf", "axe-1fa93", "bicycle-1f6b2"):
        for folder, ending, role in (("images", "webp", "gallery"), ("queries", "png", "query")):
            shutil.copy(catalog / folder / f"{name}.{ending}", tmp_path)
            lines.append(f"{name}.{ending},{name},{role}")
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


def test_json_of_a_vit_and_a_cnn(vsearch, pictures: Path) -> None:
    outcome = vsearch("train", "compare", VIT, CNN, "--on", pictures, "--json", *ON_CPU)
    assert outcome.code == 0, outcome.err
    vit, cnn = outcome.objects
    assert (vit["encoder"], cnn["encoder"]) == (VIT, CNN)
    assert (vit["dim"], cnn["dim"]) == (64, 1024)
    assert (cnn["embedding_bytes"], vit["parameters"] < cnn["parameters"]) == (4096, True)
    assert vit["fingerprint"] != cnn["fingerprint"]
    for one in (vit, cnn):
        assert (one["queries"], one["gallery"], one["refused"]) == (4, 4, 0)
        for figure in ("recall_at_1", "recall_at_5", "mean_average_precision"):
            assert 0 <= one[figure]["low"] <= one[figure]["mean"] <= one[figure]["high"] <= 1
        # There are four pictures: the right one is always among the first five.
        assert one["recall_at_5"]["mean"] == 1
        assert min(one["images_per_s"], one["end_to_end_images_per_s"], one["latency_ms"]) > 0
    again = vsearch("train", "compare", VIT, "--on", pictures, "--json", *ON_CPU).objects
    assert again[0]["mean_average_precision"] == vit["mean_average_precision"]


def test_table_and_plot(vsearch, pictures: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.svg"
    outcome = vsearch("train", "compare", VIT, "--on", pictures, "--plot", plot, *ON_CPU)
    assert outcome.code == 0, outcome.err
    header, row, *_ = outcome.out.splitlines()
    for name in ("encoder", "R@1", "R@5", "mAP", "images/s", "embedding", "params", "load"):
        assert name in header
    assert row.startswith(VIT)
    assert "1.000" in row
    assert f"4 queries against 4 pictures of {pictures}" in outcome.err
    assert f"plot: {plot}" in outcome.err
    assert "test_vit" in plot.read_text(encoding="utf-8")


def test_an_encoder_file(vsearch, pictures: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    from vsearch.encoder.architecture import build

    # A name that could be taken for NAME@WEIGHTS.
    file = tmp_path / "mine@home.safetensors"
    save_file(build("test_vit", seed=0).state_dict(), file, {"architecture": "test_vit"})
    names = [file, f"test_vit@{file}", VIT]
    outcome = vsearch("train", "compare", *names, "--on", pictures, "--json", *ON_CPU)
    assert outcome.code == 0, outcome.err
    assert [one["encoder"] for one in outcome.objects] == [file.name, f"test_vit@{file.name}", VIT]
    assert len({one["fingerprint"] for one in outcome.objects}) == 1


def test_one_that_can_not_be_loaded_is_named_and_the_others_go_on(vsearch, pictures: Path) -> None:
    names = ("no_such_model", VIT, "test_vit@gone.safetensors")
    outcome = vsearch("train", "compare", *names, "--on", pictures, "--json", *ON_CPU)
    assert outcome.code == 1
    assert [one["encoder"] for one in outcome.objects] == [VIT, "no_such_model", names[2]]
    assert [("error" in one) for one in outcome.objects] == [False, True, True]
    assert 'error: no_such_model: encoder "no_such_model": timm has no such model' in outcome.err
    assert "gone.safetensors: no such weights file" in outcome.err
    assert "Traceback" not in outcome.err


def test_none_can_be_loaded(vsearch, pictures: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.png"
    outcome = vsearch("train", "compare", "no_such_model", "--on", pictures, "--plot", plot)
    assert outcome.error.startswith("no_such_model: ")
    assert outcome.out == ""
    assert not plot.exists()


def test_pictures_that_can_not_be_read_are_named_and_counted(vsearch, pictures: Path) -> None:
    broken = pictures.parent / "axe-1fa93.webp"
    broken.write_bytes(b"RIFF")
    outcome = vsearch("train", "compare", VIT, "--on", pictures, "--json", *ON_CPU)
    assert outcome.code == 0, outcome.err
    assert f"skipped {broken}: " in outcome.err
    assert "1 pictures can't be read and are left out" in outcome.err
    (one,) = outcome.objects
    assert (one["refused"], one["gallery"], one["queries"]) == (1, 3, 3)


def test_a_set_that_can_not_be_used(vsearch, pictures: Path, tmp_path: Path) -> None:
    outcome = vsearch("train", "compare", VIT, "--on", tmp_path / "nowhere")
    assert "nowhere: no such file or folder; give" in outcome.error
    with pictures.open("a") as file:
        file.write("gone.png,x,query\n")
    outcome = vsearch("train", "compare", VIT, "--on", pictures)
    assert f'{pictures}:10: "gone.png": no such file' in outcome.error


def test_a_plot_without_matplotlib_is_refused_before_the_work(
    vsearch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    # The set is not looked at: it isn't there.
    outcome = vsearch(
        "train", "compare", VIT, "--on", tmp_path / "nowhere", "--plot", tmp_path / "a.png"
    )
    assert 'pip install ".[plot]"' in outcome.error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "compare", "--on", "x"), "ENCODER"),
        (("train", "compare", VIT), "--on"),
        (("train", "compare", VIT, "--on", "x", "--plot", "a.pdf"), "neither in .png nor in .svg"),
        (("train", "sing"), "sing"),
    ],
)
def test_wrong_usage(vsearch, arguments: tuple[str, ...], said: str) -> None:
    outcome = vsearch(*arguments)
    assert outcome.code == 2
    assert said in " ".join(outcome.err.replace("│", " ").split())
