"""Quantising: a small real ViT in, a file that agrees with it out, or a reason why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from vsearch.encoder import precision
from vsearch.encoder.encoder_file import BackboneReference, read_encoder_file, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.int8_linear import can_run_int8
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_backbone, load_encoder
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.sources import spec_of
from vsearch.encoder.token_and_mean import TOKEN_AND_MEAN, token_head
from vsearch.errors import EncoderError, TrainingError
from vsearch.progress import Silence
from vsearch.training import quantise_run
from vsearch.training.quantise import quantise, quantise_rows
from vsearch.training.quantise_ranges import Channels, Ends
from vsearch.training.quantise_request import QuantiseRequest, QuantiseResult
from vsearch.training.quantise_run import quantise_encoder

SMALL = "test_vit.r160_in1k"


def run(spec: EncoderSpec, folder: Path, output: Path, **options: object) -> QuantiseResult:
    request = QuantiseRequest(spec, [folder], output, calibrate=16)
    return quantise_encoder(replace(request, **options), Silence())  # type: ignore[arg-type]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Two labels of four pictures each, told apart by their colours."""
    root = tmp_path / "labelled"
    for label, colour in (("warm", (255, 120, 0)), ("cold", (0, 120, 255))):
        (root / label).mkdir(parents=True)
        for number in range(4):
            random = np.random.default_rng(number)
            noise = random.integers(0, 60, (6, 6, 3), dtype=np.uint8)
            blocks = np.clip(noise.astype(int) + colour, 0, 255).astype(np.uint8)
            image = Image.fromarray(blocks).resize((90, 90), Image.Resampling.NEAREST)
            image.save(root / label / f"{number}.png")
    return root


def test_the_file_agrees_and_tells_how_it_was_made(
    teacher: EncoderSpec, folder: Path, labelled: Path, tmp_path: Path
) -> None:
    output = tmp_path / "small.safetensors"

    result = run(teacher, folder, output, labelled=labelled, seed=3)

    file = read_encoder_file(output)
    small = load_encoder(output, device="cpu")
    exact = load_encoder(teacher.architecture, weights=teacher.weights, dtype="float32")
    images = sorted(folder.iterdir())
    cosines = np.sum(small.encode(images) * exact.encode(images), axis=1)
    assert cosines.min() > 0.99
    assert small.dtype == ("int8" if can_run_int8() else precision_of_floats())
    assert result.size == output.stat().st_size < 0.5 * 4 * small.parameters
    assert (len(result.chosen.calibration), len(result.chosen.held_out)) == (16, 8)
    assert 0.99 < result.agreement.worst <= result.agreement.mean <= 1.00001
    assert (file.quantised, file.name, file.architecture) == ("int8", "small", SMALL)
    record = file.training
    assert (record["command"], record["seed"]) == ("quantise", 3)
    assert record["data"] == {"sha256": result.chosen.sha256, "images": 16}
    assert [one["metric"] for one in record["measured"]] == ["cosine", "worst cosine", "R@1"]
    assert result.recall is not None
    assert record["measured"][2]["after"] == result.recall.after.mean
    lost = result.recall.before.mean - result.recall.after.mean
    assert result.recall.lost.mean == pytest.approx(lost)


def precision_of_floats() -> str:
    has = precision.has_native_bfloat16(torch.device("cpu"))
    return "bfloat16" if has else "float32"


def test_the_same_seed_gives_the_same_weights(
    teacher: EncoderSpec, folder: Path, tmp_path: Path
) -> None:
    first, again, other = (tmp_path / f"{name}.safetensors" for name in "abc")
    for output, seed in ((first, 0), (again, 0), (other, 1)):
        run(teacher, folder, output, seed=seed)

    digests = [read_encoder_file(path).training["data"]["sha256"] for path in (first, again, other)]
    assert digests[0] == digests[1] != digests[2]
    with safe_open(first, "np") as one, safe_open(again, "np") as two:
        for name in one.keys():  # noqa: SIM118 - not a dict
            np.testing.assert_array_equal(one.get_tensor(name), two.get_tensor(name))


@pytest.mark.parametrize("apart", [False, True])
def test_head_pooling_name_and_record_are_kept(
    teacher: EncoderSpec, folder: Path, tmp_path: Path, apart: bool
) -> None:
    """``apart``: the head's file names its backbone, which is another file."""
    model, preprocessing, architecture = load_backbone(teacher)
    whole = tmp_path / "whole.safetensors"
    own = replace(preprocessing, crop_fraction=0.8)
    write_encoder_file(
        whole,
        tensors=model.state_dict(),
        architecture=architecture,
        preprocessing=own,
        pooling=TOKEN_AND_MEAN,
        head=None if apart else token_head(64),
        training={"command": "distil"},
        name="my-encoder",
    )
    source = whole
    if apart:
        source = tmp_path / "head.safetensors"
        backbone = load_encoder(whole, device="cpu").backbone_fingerprint
        head = Head(np.random.default_rng(0).normal(size=(5, 128)).astype(np.float32))
        write_encoder_file(
            source,
            tensors={},
            architecture=architecture,
            head=head,
            backbone=BackboneReference(architecture, str(whole), backbone),
            training={"command": "tune"},
            name="my-head",
        )
    output = tmp_path / "small.safetensors"

    run(spec_of(source), folder, output)

    file = read_encoder_file(output)
    before, after = (load_encoder(path, device="cpu", dtype="float32") for path in (source, output))
    assert file.name == ("my-head" if apart else "my-encoder")
    assert file.pooling == TOKEN_AND_MEAN
    assert file.head is not None
    assert before.head is not None
    assert file.head.digest == before.head.digest
    assert file.preprocessing is not None
    assert file.preprocessing.crop_fraction == 0.8
    commands = [one["command"] for one in file.training["earlier"]]
    assert commands == (["tune", "distil"] if apart else ["distil"])
    assert (after.dim, after.backbone_dim) == (before.dim, 128)
    pictures = sorted(folder.iterdir())
    assert np.sum(before.encode(pictures) * after.encode(pictures), axis=1).min() > 0.99


def test_channels_may_be_divided_by_different_numbers(teacher: EncoderSpec, folder: Path) -> None:
    """Quantised on one deviation, the model gives what it gave on three."""
    model, preprocessing, _ = load_backbone(teacher)
    given = replace(preprocessing, mean=(0.48, 0.45, 0.4), std=(0.23, 0.27, 0.41))
    random = np.random.default_rng(0)
    pixels = [random.integers(0, 256, (160, 160, 3), dtype=np.uint8) for _ in range(4)]
    expected = embed(model, pixels, given)

    quantised = quantise(model, pixels, given)

    assert quantised.preprocessing.std == (0.23, 0.23, 0.23)
    # The model was changed to an equal one: its own floats, smoothed, and not yet rounded.
    torch.testing.assert_close(
        embed(model, pixels, quantised.preprocessing), expected, atol=1e-3, rtol=1e-3
    )


def embed(
    model: torch.nn.Module, pixels: list[np.ndarray], preprocessing: Preprocessing
) -> torch.Tensor:
    mean, std = (torch.tensor(three) for three in (preprocessing.mean, preprocessing.std))
    batch = (torch.from_numpy(np.stack(pixels)) / 255 - mean) / std
    with torch.inference_mode():
        result: torch.Tensor = model(batch.permute(0, 3, 1, 2))
    return result


def test_a_layer_that_no_step_serves_stays_float(teacher: EncoderSpec) -> None:
    model, preprocessing, _ = load_backbone(teacher)
    random = np.random.default_rng(0)
    pixels = [random.integers(0, 256, (160, 160, 3), dtype=np.uint8) for _ in range(4)]
    with torch.no_grad():
        # One unit of the MLP shouts at some patches: such a step is too coarse at the others.
        model.get_parameter("blocks.3.mlp.fc1.weight")[7] *= 3000

    quantised = quantise(model, pixels, preprocessing)

    assert quantised.kept == ("blocks.3.mlp.fc2",)
    assert quantised.tensors["blocks.3.mlp.fc2.weight"].dtype == torch.float16
    assert quantised.tensors["blocks.2.mlp.fc2.weight"].dtype == torch.int8


def test_a_worse_encoder_is_refused_unless_told(
    teacher: EncoderSpec, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantise_run, "LEAST_COSINE", 1.1)
    output = tmp_path / "small.safetensors"

    with pytest.raises(TrainingError, match=r"not written: mean cosine .* 0\.9.*--allow-worse"):
        run(teacher, folder, output)
    assert not output.exists()

    run(teacher, folder, output, allow_worse=True)
    assert read_encoder_file(output).quantised == "int8"


def test_lost_recall_is_refused(
    teacher: EncoderSpec,
    folder: Path,
    labelled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quantise_run, "MOST_LOST", -1.1)
    output = tmp_path / "small.safetensors"

    with pytest.raises(TrainingError, match=r"R@1 on .*labelled .* before and .* lost \("):
        run(teacher, folder, output, labelled=labelled)
    assert not output.exists()


def test_too_few_pictures(teacher: EncoderSpec, folder: Path, tmp_path: Path) -> None:
    for path in sorted(folder.iterdir())[15:]:
        path.unlink()
    (folder / "copy.png").write_bytes((folder / "00.png").read_bytes())
    (folder / "broken.png").write_bytes(b"no picture")

    with pytest.raises(TrainingError, match="15 different pictures that can be read; at least 16"):
        run(teacher, folder, tmp_path / "small.safetensors")


def test_no_pictures(teacher: EncoderSpec, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(TrainingError, match="no pictures"):
        run(teacher, tmp_path / "empty", tmp_path / "small.safetensors")


def test_what_cannot_be_quantised_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"can't be quantised: it has .*layer scales"):
        run(EncoderSpec("test_vit2.r160_in1k", "random:0"), folder, tmp_path / "x.safetensors")
    with pytest.raises(TrainingError, match=r"open_clip:.*only timm's plain ViTs"):
        run(EncoderSpec("open_clip:ViT-B-32/x", "hub"), folder, tmp_path / "x.safetensors")


def test_int8_is_not_quantised_again(teacher: EncoderSpec, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.safetensors"
    run(teacher, folder, output)

    with pytest.raises(TrainingError, match="is int8 already"):
        run(spec_of(output), folder, tmp_path / "smaller.safetensors")


def test_the_float_encoder_is_not_overwritten(
    teacher: EncoderSpec, folder: Path, tmp_path: Path
) -> None:
    source = tmp_path / "float.safetensors"
    model, _, architecture = load_backbone(teacher)
    write_encoder_file(source, tensors=model.state_dict(), architecture=architecture)

    with pytest.raises(TrainingError, match="the float encoder itself is there"):
        run(spec_of(source), folder, source)


def test_rows_are_rounded_to_within_half_a_step() -> None:
    weight = torch.randn(20, 64, generator=torch.Generator().manual_seed(0))
    weight[3] = 0

    rows, scales = quantise_rows(weight)

    assert (rows.dtype, scales.shape) == (torch.int8, (20,))
    assert ((rows * scales[:, None] - weight).abs() <= scales[:, None] * 0.5001).all()
    assert (scales > 0).all()


def test_ends_leave_out_their_share_whatever_the_batches() -> None:
    values = torch.randn(10, 20, 5, generator=torch.Generator().manual_seed(0))
    ordered = values.flatten().sort().values
    whole, parts = Ends(0.01, 10), Ends(0.01, 10)

    whole.add(values)
    for part in values.split(3):
        parts.add(part)

    assert (whole.low, whole.high) == (parts.low, parts.high)
    assert (whole.low, whole.high) == (float(ordered[10]), float(ordered[-11]))


def test_channels_know_their_bounds() -> None:
    values = torch.randn(6, 7, 3, generator=torch.Generator().manual_seed(0))
    seen = Channels()
    for part in values.split(4):
        seen.add(part)

    torch.testing.assert_close(seen.low, values.flatten(0, 1).amin(0))
    torch.testing.assert_close(seen.high, values.flatten(0, 1).amax(0))
