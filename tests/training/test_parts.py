"""The parts of a training, each against what is known of its result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch.nn.functional import normalize

from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.torchvision_shim import import_timm
from vsearch.errors import TrainingError
from vsearch.training.alignment import aligned, alignment
from vsearch.training.augment import Augmentation
from vsearch.training.losses import feature_loss, neighbour_loss
from vsearch.training.optimisation import Schedule
from vsearch.training.pictures import Picture, Readable, data_digest, read_pictures, split
from vsearch.training.record import training_record
from vsearch.training.student import Student
from vsearch.training.teaching import Teaching, towards_groups
from vsearch.training.views import view

OWN = Preprocessing(64, 64, 0.9, "center", "bicubic", mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def unit(rows: int, dim: int = 6, seed: int = 0) -> torch.Tensor:
    return normalize(torch.randn(rows, dim, generator=torch.Generator().manual_seed(seed)))


def test_both_losses_are_nothing_where_student_and_teacher_agree() -> None:
    target = unit(5)
    assert float(feature_loss(target, target)) == pytest.approx(0, abs=1e-6)
    loss = neighbour_loss(target, target, target @ target.T, torch.arange(5), 0.1)
    assert float(loss) == pytest.approx(0, abs=1e-6)


def test_neighbour_loss_is_the_divergence_without_the_picture_itself() -> None:
    student, anchors, target = unit(3, seed=1), unit(4, seed=2), unit(4, seed=3)
    own = torch.tensor([2, 0, 3])
    loss = float(neighbour_loss(student, anchors, target[own] @ target.T, own, 0.2))
    expected = []
    for row, place in enumerate(own.tolist()):
        others = [column for column in range(4) if column != place]
        wanted = np.exp((target[place] @ target[others].T).numpy() / 0.2)
        given_ = np.exp((student[row] @ anchors[others].T).numpy() / 0.2)
        wanted, given_ = wanted / wanted.sum(), given_ / given_.sum()
        expected.append((wanted * np.log(wanted / given_)).sum())
    assert loss == pytest.approx(np.mean(expected), rel=1e-4)


def test_feature_loss_of_opposites_is_two() -> None:
    target = unit(3)
    assert float(feature_loss(-target, target)) == pytest.approx(2)


def test_rate_rises_over_the_warm_up_and_ends_at_nothing() -> None:
    schedule = Schedule(steps=100, peak=0.5, warm_up=0.1)
    rates = [schedule.rate(step) for step in range(101)]
    assert rates[:10] == sorted(rates[:10])
    assert max(rates) == rates[10] == 0.5
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0)


def test_groups_draw_their_pictures_together_and_nobody_else() -> None:
    embeddings = unit(4).numpy()
    groups = ["a", "a", None, None]
    moved = towards_groups(embeddings, groups, 0.5)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(moved[2:], embeddings[2:], rtol=1e-6)
    assert moved[0] @ moved[1] > embeddings[0] @ embeddings[1]
    same = towards_groups(embeddings, groups, 1.0)
    np.testing.assert_allclose(same[0], same[1], rtol=1e-6)
    np.testing.assert_allclose(towards_groups(embeddings, groups, 0.0), embeddings, rtol=1e-6)


def test_teachers_similarities_are_weighed() -> None:
    first, second = unit(3, 4).numpy(), unit(3, 7, seed=1).numpy()
    teaching = Teaching([], first, [first, second], [3.0, 1.0])
    expected = 0.75 * first @ first.T + 0.25 * second @ second.T
    np.testing.assert_allclose(teaching.similarity(np.arange(3)), expected, atol=1e-6)


def test_alignment_turns_a_teacher_back_that_was_only_turned() -> None:
    student = unit(40, 6).numpy()
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))
    teacher = (student @ turn).astype(np.float32)
    np.testing.assert_allclose(aligned(teacher, alignment(teacher, student)), student, atol=1e-5)


@pytest.mark.parametrize("length", [4, 6])
def test_alignment_keeps_the_cosines_of_what_is_no_longer_than_the_student(length: int) -> None:
    teacher, student = unit(40, length, seed=1).numpy(), unit(40, 6).numpy()
    mapped = aligned(teacher, alignment(teacher, student))
    assert mapped.shape == (40, 6)
    np.testing.assert_allclose(mapped @ mapped.T, teacher @ teacher.T, atol=1e-5)


def test_alignment_gives_up_the_least_of_what_is_longer() -> None:
    random = np.random.default_rng(0)
    true = random.normal(size=(60, 3)) @ random.normal(size=(3, 12))
    teacher = (true + 0.01 * random.normal(size=true.shape)).astype(np.float32)
    teacher /= np.linalg.norm(teacher, axis=1, keepdims=True)
    mapped = aligned(teacher, alignment(teacher, unit(60, 3).numpy()))
    np.testing.assert_allclose(mapped @ mapped.T, teacher @ teacher.T, atol=0.05)


@pytest.mark.parametrize("name", ["centre", "zoom", "whole", "centre-flip", "whole-flip"])
def test_every_view_has_the_encoders_size(name: str) -> None:
    pixels = view(name, OWN)(Image.new("RGB", (100, 70)))
    assert pixels.shape == (64, 64, 3)


def test_views_see_what_they_are_called_by() -> None:
    ramp = np.tile(np.arange(200, dtype=np.uint8)[None, :, None], (100, 1, 3))
    image = Image.fromarray(ramp)
    reach = {name: np.ptp(view(name, OWN)(image)[32, :, 0]) for name in ("zoom", "centre", "whole")}
    assert reach["zoom"] < reach["centre"] < reach["whole"]
    np.testing.assert_array_equal(
        view("centre-flip", OWN)(image), view("centre", OWN)(image)[:, ::-1]
    )


def test_an_unknown_view_is_named_with_those_there_are() -> None:
    with pytest.raises(TrainingError, match='view "sideways": not one of centre, zoom, whole'):
        view("sideways", OWN)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 50))
def test_variations_have_the_encoders_size_and_repeat(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    first, second = (
        Augmentation(crop_chance=0.8).apply(image, OWN, np.random.default_rng(seed))
        for _ in range(2)
    )
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)


def test_pictures_come_from_folders_and_tables_once_each(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("image,group\npictures/00.png,a\npictures/01.png,\n,\n", "utf-8")
    pictures = read_pictures([table, folder])
    assert len(pictures) == 24
    assert {picture.path.name: picture.group for picture in pictures[:2]} == {
        "00.png": "a",
        "01.png": None,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"path,group\na.png,a\n", 'no column "image"'),
        (b"image\n", "no pictures"),
        (b"image\n\xff\xfe.png\n", "not a CSV file in UTF-8"),
    ],
)
def test_a_table_without_pictures_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(content)
    with pytest.raises(TrainingError, match=message):
        read_pictures([table])


def readable(number: int, group: str | None = None) -> Readable:
    # Every product's pictures have the same names, as shops' often do.
    path = Path(f"{number // 3}/{number % 3}.jpg")
    return Readable(Picture(path, group), f"{number:064x}")


def test_about_as_many_are_held_out_as_are_wanted_whatever_they_are_called() -> None:
    pictures = [readable(number) for number in range(3000)]
    learn, held = split(pictures, 0.05, 1000)
    assert 100 < len(held) < 200
    assert len(learn) + len(held) == 3000
    fewer, _ = split(pictures[:1500], 0.05, 1000)
    assert set(fewer) == set(learn) & set(pictures[:1500])


def test_groups_are_held_out_whole() -> None:
    pictures = [readable(number, f"group {number % 40}") for number in range(400)]
    for most in (1000, 57):
        learn, held = split(pictures, 0.25, most)
        groups = {picture.picture.group for picture in held}
        assert groups.isdisjoint(picture.picture.group for picture in learn)
        assert 0 < len(held) <= most


def test_what_is_not_needed_to_check_with_is_learned_from() -> None:
    learn, held = split([readable(number) for number in range(1000)], 0.5, 60)
    assert (len(learn), len(held)) == (940, 60)


def test_the_digest_of_data_knows_no_order() -> None:
    hashes = [f"{n:064x}" for n in range(5)]
    assert data_digest(hashes) == data_digest(hashes[::-1]) != data_digest(hashes[:4])


def test_a_record_tells_no_folders() -> None:
    record = training_record(
        "distil",
        seed=1,
        configuration={
            "teachers": [
                {"weights": "/home/me/secret/w.safetensors"},
                {"architecture": "open_clip:local-dir:/home/me/secret/clip"},
            ]
        },
        data={},
        initialised_from=EncoderSpec("vit", "/home/me/secret/w.safetensors"),
        measured=[],
    )
    assert "secret" not in repr(record)
    assert record["initialised_from"]["weights"] == "w.safetensors"


def test_an_eva_learns_with_every_patch() -> None:
    # Its patches go by their places, and its rotary embedding isn't kept in a file.
    timm = import_timm()
    model = timm.models.eva.Eva(
        img_size=64, patch_size=16, embed_dim=32, depth=1, num_heads=2, num_classes=0,
        use_rot_pos_emb=True,
    )  # fmt: skip
    student = Student(model, OWN, "eva")
    with pytest.raises(TrainingError, match="--drop-patches 0"):
        student.look_at_part(0.5)
    student.look_at_part(0.0)
    assert student(torch.zeros(2, 64, 64, 3, dtype=torch.uint8)).shape == (2, 32)
