"""The int8 network against the floats that its file stands for, and when floats it must be.

Where the processor has no VNNI, the tests of the int8 network itself are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch import nn

from vsearch.encoder import precision
from vsearch.encoder.architecture import build, data_config
from vsearch.encoder.encoder_file import read_encoder_file, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.int8_format import INT8, dequantise
from vsearch.encoder.int8_linear import Int8Linear, can_run_int8, to_uint8
from vsearch.encoder.int8_shape import vit_shape
from vsearch.encoder.load import load_encoder
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.encoder.token_and_mean import TOKEN_AND_MEAN, TokenAndMean
from vsearch.errors import EncoderError, WeightsError

SMALL = "test_vit.r160_in1k"
SIDE = 160

needs_vnni = pytest.mark.skipif(not can_run_int8(), reason="this processor has no VNNI")

Pixels = npt.NDArray[np.uint8]
MakeFile = Callable[..., Path]


def rounded_tensors(model: nn.Module) -> dict[str, torch.Tensor]:
    """Every linear layer's weights in int8 by its largest, every input from -8 to 8 (or 0 to 8)."""
    layers = {name for name, part in model.named_modules() if isinstance(part, nn.Linear)}
    tensors = {}
    for name, tensor in model.state_dict().items():
        layer = name.removesuffix(".weight")
        if layer not in layers | {"patch_embed.proj"} or layer == name:
            tensors[name] = tensor
            continue
        scale = tensor.flatten(1).abs().amax(1) / 127
        shaped = scale.view(-1, *[1] * (tensor.ndim - 1))
        tensors[name] = (tensor / shaped).round().to(torch.int8)
        tensors[f"{layer}.weight_scale"] = scale
        if layer in layers:
            reach = 0.5 if layer.endswith(("fc2", "proj")) else 5.0
            tensors[f"{layer}.input_step"] = torch.tensor([2 * reach / 255, 128.0])
    return tensors


@pytest.fixture
def make_file(tmp_path: Path, model: nn.Module) -> MakeFile:
    """``make_file(pooling=None, head=None, change={name: tensor or None})``."""

    def make(
        pooling: str | None = None,
        head: Head | None = None,
        change: dict[str, torch.Tensor | None] | None = None,
        quantised: str = INT8,
    ) -> Path:
        tensors = rounded_tensors(model) | (change or {})
        path = tmp_path / "int8.safetensors"
        write_encoder_file(
            path,
            tensors={name: tensor for name, tensor in tensors.items() if tensor is not None},
            architecture=SMALL,
            preprocessing=preprocessing_of(model),
            pooling=pooling,
            quantised=quantised,
            head=head,
        )
        return path

    return make


def preprocessing_of(model: nn.Module) -> Preprocessing:
    own = Preprocessing.from_data_config(data_config(model))
    return Preprocessing.from_record(
        {field: getattr(own, field) for field in own.__slots__} | {"std": [0.25, 0.25, 0.25]}
    )


@pytest.fixture(scope="module")
def pixels() -> Pixels:
    """(9, 160, 160, 3): blocks of other colours each."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (9, 5, 5, 3), dtype=np.uint8)
    return coarse.repeat(32, axis=1).repeat(32, axis=2)


def load(path: Path, dtype: str = "auto") -> TimmEncoder:
    return load_encoder(path, device="cpu", dtype=dtype)


def cosines(first: TimmEncoder, second: TimmEncoder, pixels: Pixels) -> npt.NDArray[np.float32]:
    both = first.encode_prepared(pixels) * second.encode_prepared(pixels)
    return np.asarray(both.sum(1), np.float32)


@needs_vnni
@pytest.mark.parametrize("pooling", [None, TOKEN_AND_MEAN])
@pytest.mark.parametrize("head", [None, 16])
def test_int8_agrees_with_its_own_floats(
    make_file: MakeFile, pixels: Pixels, pooling: str | None, head: int | None
) -> None:
    dim = 128 if pooling else 64
    random = np.random.default_rng(1)
    weight = None if head is None else random.normal(size=(head, dim)).astype(np.float32)
    path = make_file(pooling, None if weight is None else Head(weight))

    small, exact = load(path), load(path, "float32")

    assert (small.dtype, exact.dtype) == ("int8", "float32")
    assert (small.dim, small.backbone_dim) == (exact.dim, exact.backbone_dim) == (head or dim, dim)
    assert small.fingerprint == exact.fingerprint
    assert small.parameters == exact.parameters
    assert cosines(small, exact, pixels).min() > 0.995
    assert not np.array_equal(small.encode_prepared(pixels), exact.encode_prepared(pixels))


@needs_vnni
@pytest.mark.parametrize("depth", [0.5, 1.0])
@pytest.mark.parametrize("scale", [1, 2])
def test_patch_tokens_agree_with_the_floats_too(
    make_file: MakeFile, pixels: Pixels, depth: float, scale: int
) -> None:
    path, picture = make_file(), Image.fromarray(pixels[0])
    small = load(path).whole_patches(picture, depth=depth, scale=scale).tokens
    exact = load(path, "float32").whole_patches(picture, depth=depth, scale=scale).tokens
    assert small.shape == exact.shape == (10 * scale, 10 * scale, 64)
    assert (small * exact).sum(-1).min() > 0.99


@needs_vnni
def test_a_picture_is_embedded_alike_in_every_batch(make_file: MakeFile, pixels: Pixels) -> None:
    encoder = load(make_file(TOKEN_AND_MEAN))

    together = encoder.encode_prepared(pixels)
    alone = np.concatenate([encoder.encode_prepared(one[None]) for one in pixels])

    assert encoder.dtype == "int8"
    np.testing.assert_allclose(together, alone, atol=2e-3)
    np.testing.assert_array_equal(encoder.encode_prepared(pixels), together)


@needs_vnni
def test_a_layer_may_stay_float(make_file: MakeFile, model: nn.Module, pixels: Pixels) -> None:
    name = "blocks.2.mlp.fc2"
    weight = model.state_dict()[f"{name}.weight"].half()
    path = make_file(
        change={
            f"{name}.weight": weight,
            f"{name}.weight_scale": None,
            f"{name}.input_step": None,
        }
    )

    small, exact = load(path), load(path, "float32")

    assert small.dtype == "int8"
    assert cosines(small, exact, pixels).min() > 0.995


@needs_vnni
def test_read_only_pixels_are_taken(make_file: MakeFile, pixels: Pixels) -> None:
    encoder = load(make_file())
    frozen = pixels.copy()
    frozen.flags.writeable = False

    np.testing.assert_array_equal(encoder.encode_prepared(frozen), encoder.encode_prepared(pixels))


@needs_vnni
def test_the_linear_layer_does_what_its_integers_say() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randint(-127, 128, (8, 32), dtype=torch.int8, generator=generator)
    inputs = torch.randint(0, 256, (3, 5, 32), dtype=torch.uint8, generator=generator)
    scale = torch.rand(8, generator=generator) / 100
    bias = torch.rand(8, generator=generator)
    layer = Int8Linear(weight, scale, bias, 0.05, 117)
    floats = (inputs.double() - 117) * 0.05
    expected = floats @ (weight.double() * scale.double()[:, None]).T + bias

    residual = torch.ones(3, 5, 8)
    summed = layer.add_to(inputs, residual.clone())

    torch.testing.assert_close(layer.apply(inputs, torch.float32), expected.float())
    torch.testing.assert_close(summed, expected.float() + 1)
    following = Int8Linear(weight[:, :8], scale, bias, 0.02, 9)
    steps = (nn.functional.gelu(expected) / 0.02 + 9).round().clamp(0, 255)
    assert (layer.apply_into(inputs, following).double() - steps).abs().max() <= 1


def test_rounding_to_uint8_cuts_off() -> None:
    values = torch.tensor([-3.0, 0.4, 0.9, 1.2, 254.9, 255.5, 900.0])

    assert to_uint8(values).tolist() == [0, 0, 0, 1, 254, 255, 255]


def test_floats_are_the_files_own_weights(make_file: MakeFile) -> None:
    path = make_file()
    encoder = load(path, "float32")
    with safe_open(path, "pt") as file:
        raw = file.get_tensor("blocks.0.mlp.fc1.weight")
        scale = file.get_tensor("blocks.0.mlp.fc1.weight_scale")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    weights = dequantise(path, tensors)

    assert raw.dtype == torch.int8
    torch.testing.assert_close(weights["blocks.0.mlp.fc1.weight"], raw.float() * scale[:, None])
    assert weights.keys() == build(SMALL, seed=0).state_dict().keys()
    plain = path.with_name("plain.safetensors")
    write_encoder_file(
        plain, tensors=weights, architecture=SMALL, preprocessing=encoder.preprocessing
    )
    assert load(plain, "float32").fingerprint == encoder.fingerprint


def test_where_int8_cannot_run_floats_do(
    make_file: MakeFile, pixels: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file()
    own = load(path)
    monkeypatch.setattr(precision, "can_run_int8", lambda: False)

    elsewhere = load(path)

    assert elsewhere.dtype in ("bfloat16", "float32")
    assert elsewhere.fingerprint == own.fingerprint
    assert cosines(elsewhere, own, pixels).min() > 0.995


@needs_vnni
def test_steps_that_spoil_the_embedding_are_not_used(make_file: MakeFile, pixels: Pixels) -> None:
    useless = torch.tensor([100.0, 128.0])
    path = make_file(change={f"blocks.{n}.attn.qkv.input_step": useless for n in range(6)})

    encoder = load(path)

    assert encoder.dtype != "int8"
    assert cosines(encoder, load(path, "float32"), pixels).min() > 0.995


@needs_vnni
def test_a_missing_step_leaves_floats(make_file: MakeFile) -> None:
    encoder = load(make_file(change={"blocks.1.attn.proj.input_step": None}))

    assert encoder.dtype != "int8"


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_a_named_format_is_used(make_file: MakeFile, dtype: str) -> None:
    assert load(make_file(), dtype).dtype == dtype


@pytest.mark.parametrize(
    ("name", "tensor", "reason"),
    [
        ("blocks.0.mlp.fc1.weight_scale", None, '"blocks.0.mlp.fc1.weight" has no scale'),
        ("blocks.0.mlp.fc1.weight_scale", torch.ones(3), "no number above 0 for each row"),
        ("patch_embed.proj.weight_scale", -torch.ones(64), "no number above 0 for each row"),
        ("blocks.0.mlp.fc1.weight", torch.zeros(192, 64), "has a scale and no int8 weights"),
        ("blocks.0.mlp.fc1.input_step", torch.tensor([0.0, 3.0]), "is no step"),
        ("blocks.0.mlp.fc1.input_step", torch.tensor([0.1, 256.0]), "is no step"),
        ("blocks.0.mlp.fc1.input_step", torch.tensor([0.1]), "is no step"),
    ],
)
def test_damage_is_named(
    make_file: MakeFile, name: str, tensor: torch.Tensor | None, reason: str
) -> None:
    path = make_file(change={name: tensor})

    with pytest.raises(WeightsError) as error:
        load(path)

    assert str(error.value).startswith(f"{path}: damaged: ")
    assert reason in str(error.value)
    assert str(error.value).endswith("; get it again")


def test_weights_of_another_shape_are_named(make_file: MakeFile) -> None:
    path = make_file(change={"blocks.0.attn.proj.weight": torch.zeros(64, 63, dtype=torch.int8)})

    with pytest.raises(WeightsError, match="doesn't fit"):
        load(path)


def test_a_flipped_byte_is_noticed(make_file: MakeFile) -> None:
    path = make_file()
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)

    with pytest.raises(WeightsError, match="checksum"):
        load(path)


def test_what_a_newer_version_quantised_is_refused(make_file: MakeFile) -> None:
    path = make_file(quantised="int4")

    with pytest.raises(WeightsError, match=r'quantised as "int4".*upgrade vsearch'):
        read_encoder_file(path)


def test_a_plain_vit_has_a_shape(model: nn.Module) -> None:
    shape = vit_shape(model)

    assert (shape.depth, shape.heads, shape.with_mean) == (6, 2, False)
    assert vit_shape(TokenAndMean(build(SMALL, seed=0))).with_mean


@pytest.mark.parametrize(
    ("name", "obstacle"),
    [
        ("test_vit2.r160_in1k", "layer scales"),
        ("test_vit3.r160_in1k", 'the pooling "'),
        ("test_resnet.r160_in1k", "another architecture"),
    ],
)
def test_other_networks_are_refused(name: str, obstacle: str) -> None:
    with pytest.raises(EncoderError, match=f"can't be quantised: it has .*{obstacle}"):
        vit_shape(build(name, seed=0))
