"""A whole distillation with a small real ViT: it learns, goes on, repeats itself and tells."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vsearch.encoder.encoder_file import read_encoder_file, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_backbone, load_encoder
from vsearch.encoder.sources import spec_of
from vsearch.errors import TrainingError
from vsearch.progress import Silence
from vsearch.training.augment import Augmentation
from vsearch.training.distil import Check, DistilOptions
from vsearch.training.distil_run import DistilRequest, DistilResult, distil
from vsearch.training.school import Teacher

SMALL = "test_vit.r160_in1k"
CNN = EncoderSpec("test_efficientnet.r160_in1k", "random:0")

QUICK = DistilOptions(
    steps=12, batch_size=8, learning_rate=2e-3, drop_patches=0.25, checks=3, seed=5
)

PLAIN = replace(
    QUICK,
    steps=40,
    learning_rate=1e-3,
    drop_patches=0.0,
    augmentation=Augmentation(crop_chance=0, flip_chance=0, light=0, blur_chance=0),
)


@pytest.fixture
def request_(
    folder: Path, tmp_path: Path, teacher: EncoderSpec, student: EncoderSpec
) -> DistilRequest:
    return DistilRequest(
        sources=[folder],
        teachers=[Teacher(teacher, views=("centre", "zoom"))],
        student=student,
        output=tmp_path / "out.safetensors",
        work=tmp_path / "work",
        held_out=0.3,
        half=False,
        options=QUICK,
    )


def run(request: DistilRequest) -> tuple[DistilResult, list[Check]]:
    checks: list[Check] = []
    return distil(request, Silence(), checks.append), checks


def test_student_comes_nearer_to_its_teacher(request_: DistilRequest) -> None:
    result, checks = run(replace(request_, options=PLAIN))
    assert [check.step for check in checks] == [0, 13, 26, 39, 40]
    assert 1 - result.last.cosine < 0.85 * (1 - result.first.cosine)
    assert result.learned_from + 24 * request_.held_out > 20


def test_result_loads_as_an_encoder_and_tells_how_it_was_made(request_: DistilRequest) -> None:
    result, _ = run(replace(request_, half=True, name="mine"))
    encoder = load_encoder(result.output)
    assert encoder.encode([next(iter(request_.sources[0].iterdir()))]).shape == (1, encoder.dim)
    about = read_encoder_file(result.output)
    assert about.name == "mine"
    assert about.training["command"] == "distil"
    assert about.training["seed"] == QUICK.seed
    assert about.training["configuration"]["steps"] == QUICK.steps
    assert about.training["configuration"]["teachers"][0]["views"] == ["centre", "zoom"]
    assert about.training["data"]["images"] == result.learned_from
    after = {figure["metric"]: figure["after"] for figure in about.training["measured"]}
    assert after["cosine"] == pytest.approx(result.last.cosine)


def test_a_second_training_tells_of_the_first(request_: DistilRequest, tmp_path: Path) -> None:
    first, _ = run(request_)
    start = spec_of(first.output)
    options = replace(QUICK, steps=1, seed=6)
    second = replace(
        request_,
        student=start,
        output=tmp_path / "2.safetensors",
        work=tmp_path / "2",
        options=options,
    )
    training = read_encoder_file(run(second)[0].output).training
    assert (training["seed"], training["initialised_from"]["training"]["seed"]) == (6, QUICK.seed)


def test_same_seed_gives_the_same_encoder_and_another_another(
    request_: DistilRequest, tmp_path: Path
) -> None:
    prints = []
    for number, seed in enumerate((1, 1, 2)):
        options = replace(QUICK, steps=3, seed=seed)
        output, work = tmp_path / f"{number}.safetensors", tmp_path / f"work{number}"
        run(replace(request_, options=options, output=output, work=work))
        prints.append(load_encoder(output, dtype="float32").fingerprint)
    assert prints[0] == prints[1] != prints[2]


def test_interrupted_training_goes_on_where_it_was(request_: DistilRequest, tmp_path: Path) -> None:
    whole = replace(request_, output=tmp_path / "whole.safetensors", work=tmp_path / "whole")
    run(whole)

    class Interrupts(Silence):
        @contextmanager
        def stage(self, name, total, unit):  # type: ignore[no-untyped-def]
            done = 0

            def advance(more: int) -> None:
                nonlocal done
                done += more
                if name == "distil" and done == 5:
                    raise KeyboardInterrupt

            yield advance

    with pytest.raises(KeyboardInterrupt):
        distil(request_, Interrupts(), lambda _check: None)
    assert not request_.output.exists()
    _, checks = run(request_)
    assert [check.step for check in checks] == [0, 8, 12]
    first, second = (
        load_encoder(path, dtype="float32") for path in (whole.output, request_.output)
    )
    pictures = sorted(request_.sources[0].iterdir())[:4]
    np.testing.assert_allclose(first.encode(pictures), second.encode(pictures), atol=1e-5)


def test_training_stops_early_where_it_is_told_and_goes_on_later(request_: DistilRequest) -> None:
    result, checks = run(replace(request_, stop_after=6))
    assert [check.step for check in checks] == [0, 4, 6]
    assert read_encoder_file(result.output).training["configuration"]["stop_after"] == 6
    _, checks = run(request_)
    assert [check.step for check in checks] == [0, 8, 12]


def test_checkpoint_of_other_options_is_refused_unless_forgotten(request_: DistilRequest) -> None:
    run(request_)
    other = replace(request_, options=replace(QUICK, learning_rate=1e-3))
    with pytest.raises(TrainingError, match=r"other pictures or options.*--restart"):
        run(other)
    run(replace(other, restart=True))


def test_bad_pictures_are_named_and_the_rest_is_learned_from(
    request_: DistilRequest, folder: Path
) -> None:
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    (folder / "empty.jpg").write_bytes(b"")
    result, _ = run(replace(request_, options=replace(QUICK, steps=1)))
    assert {refused.path.name for refused in result.refused} == {"broken.png", "empty.jpg"}


def test_keeping_all_of_the_initial_weights_changes_nothing(
    request_: DistilRequest, student: EncoderSpec
) -> None:
    run(request_)
    # All has been learned: only the mixture is made again.
    result, checks = run(replace(request_, keep=1.0))
    assert [check.step for check in checks] == [0, QUICK.steps]
    initial = load_encoder(student.architecture, weights=student.weights, dtype="float32")
    pictures = sorted(request_.sources[0].iterdir())[:4]
    kept = load_encoder(result.output, dtype="float32").encode(pictures)
    np.testing.assert_allclose(kept, initial.encode(pictures), atol=1e-6)


def test_an_ensemble_of_other_lengths_has_a_say(request_: DistilRequest, tmp_path: Path) -> None:
    other = EncoderSpec("test_efficientnet.r160_in1k", "random:0")
    assert len({load_encoder(spec.architecture, weights="random:0").dim
                for spec in (request_.student, other)}) == 2  # fmt: skip
    alone, _ = run(replace(request_, work=tmp_path / "alone"))
    together, _ = run(
        replace(
            request_,
            teachers=[*request_.teachers, Teacher(other, views=("centre",), weight=3.0)],
            output=tmp_path / "together.safetensors",
        )
    )
    assert load_encoder(alone.output).fingerprint != load_encoder(together.output).fingerprint


def test_a_teacher_of_another_length_is_imitated_as_far_as_it_goes(
    request_: DistilRequest, tmp_path: Path
) -> None:
    longer = EncoderSpec("test_efficientnet.r160_in1k", "random:0")
    teachers = [Teacher(longer, views=("centre",))]
    result, checks = run(replace(request_, teachers=teachers, options=PLAIN))
    student = load_encoder(request_.student.architecture, weights="random:1")
    assert load_encoder(result.output).dim == student.dim
    assert (checks[-1].loss or 1) < 0.7 * (checks[1].loss or 1)
    assert checks[-1].cosine > checks[0].cosine


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": replace(QUICK, batch_size=64)}, "fewer than a batch of 64"),
        ({"sources": [Path("nowhere")]}, "nowhere: no such folder or CSV file"),
        ({"held_out": 0.0}, "and 0 held out: both are needed"),
    ],
)
def test_what_can_not_be_done_is_said(
    request_: DistilRequest, change: dict[str, object], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        run(replace(request_, **change))  # type: ignore[arg-type]


def test_a_network_without_patches_can_not_leave_them_out(request_: DistilRequest) -> None:
    cnn = EncoderSpec("test_efficientnet.r160_in1k", "random:0")
    request = replace(request_, student=cnn, teachers=[Teacher(cnn, views=("centre",))])
    with pytest.raises(TrainingError, match="--drop-patches 0"):
        run(request)
    result, _ = run(
        replace(request, options=replace(QUICK, drop_patches=0.0, steps=2), restart=True)
    )
    assert result.last.step == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": replace(QUICK, drop_patches=0.5), "student": CNN}, "set --drop-patches 0"),
        ({"weight": 0.0}, "--teacher-weight: 0 for every teacher"),
        ({"views": ("centre", "zom")}, 'view "zom": not one of centre, zoom, whole'),
        ({"output": Path()}, r"\.: a folder; name a file to write"),
    ],
)
def test_what_can_not_work_is_said_before_the_teachers_look(
    request_: DistilRequest, change: dict[str, object], message: str
) -> None:
    of_teacher = {key: value for key, value in change.items() if key in ("weight", "views")}
    of_request = {key: value for key, value in change.items() if key not in of_teacher}
    teachers = [replace(request_.teachers[0], **of_teacher)]  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match=message):
        run(replace(request_, teachers=teachers, **of_request))  # type: ignore[arg-type]
    assert not request_.work.exists()


def test_a_student_with_a_head_is_refused(request_: DistilRequest, tmp_path: Path) -> None:
    model, preprocessing, architecture = load_backbone(request_.student)
    tuned = tmp_path / "tuned.safetensors"
    # As long as the backbone's own embeddings, so that no shape gives it away.
    head = Head(np.random.default_rng(0).standard_normal((64, 64), np.float32))
    write_encoder_file(
        tuned,
        tensors=model.state_dict(),
        architecture=architecture,
        preprocessing=preprocessing,
        head=head,
    )
    student = EncoderSpec(architecture, str(tuned), str(tuned))
    with pytest.raises(TrainingError, match=r"tuned\.safetensors: has a head"):
        run(replace(request_, student=student))


def test_a_student_may_be_what_a_distillation_wrote(
    request_: DistilRequest, tmp_path: Path
) -> None:
    options = replace(QUICK, steps=1)
    first, _ = run(replace(request_, options=options))
    path = str(first.output)
    student = EncoderSpec(SMALL, path, path if read_encoder_file(first.output).head else None)
    again = replace(
        request_, student=student, work=tmp_path / "w", output=tmp_path / "2.safetensors"
    )
    assert run(replace(again, options=options))[0].last.step == 1


def test_a_loss_that_is_not_finite_ends_it(
    request_: DistilRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsearch.training.distil.feature_loss", lambda *_: torch.tensor(np.nan))
    with pytest.raises(TrainingError, match="step 1: the loss is not finite"):
        run(request_)
    assert not request_.output.exists()


def test_the_file_tells_how_many_steps_were_taken(request_: DistilRequest) -> None:
    run(replace(request_, stop_after=6))
    result, _ = run(replace(request_, stop_after=3))
    assert read_encoder_file(result.output).training["configuration"]["steps_taken"] == 6
