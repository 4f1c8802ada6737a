"""The wiring to open_clip: a very small model with random weights, saved as open_clip saves one."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from vsearch.encoder import open_clip_texts
from vsearch.encoder.available import OF_OPEN_CLIP, AvailableEncoder
from vsearch.encoder.encoder_file import BackboneReference, write_encoder_file
from vsearch.encoder.head import Head
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_backbone, load_encoder, load_spec
from vsearch.encoder.open_clip_name import OpenClipName
from vsearch.encoder.open_clip_source import find_source
from vsearch.encoder.open_clip_towers import image_tower
from vsearch.encoder.texts import TextEncoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.encoder.torchvision_shim import make_torchvision_importable
from vsearch.errors import EncoderError, WeightsError

make_torchvision_importable()
open_clip = pytest.importorskip("open_clip", reason="the extra clip is not installed")

TEXTS = ["a red shoe", "a small blue bag", "", "very " * 40 + "long"]

MODEL: dict[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {
        "image_size": 64, "patch_size": 16, "width": 64, "head_width": 32, "layers": 2,
    },
    "text_cfg": {
        "context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2,
    },
}  # fmt: skip
PREPROCESSING = {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3]}


def save(folder: Path, model: Any, config: dict[str, Any], **preprocessing: Any) -> str:
    """Save a model as open_clip does, and name it."""
    folder.mkdir(exist_ok=True)
    about = {"model_cfg": config, "preprocess_cfg": PREPROCESSING | preprocessing}
    (folder / "open_clip_config.json").write_text(json.dumps(about))
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return f"open_clip:local-dir:{folder}"


def build(kind: str = "CLIP", seed: int = 0, **changes: Any) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return getattr(open_clip, kind)(**MODEL | changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save(folder, build(), MODEL)
    return folder


@pytest.fixture(scope="module")
def tiny(folder: Path) -> TimmEncoder:
    return load(f"open_clip:local-dir:{folder}")


def load(*arguments: Any, **options: Any) -> TimmEncoder:
    return load_encoder(*arguments, device="cpu", dtype="float32", **options)


def as_open_clip_embeds(name: str, images: list[Image.Image]) -> np.ndarray:
    model, _, prepare = open_clip.create_model_and_transforms(name.removeprefix("open_clip:"))
    with torch.no_grad():
        batch = torch.stack([prepare(image) for image in images])
        return model.eval().encode_image(batch, normalize=True).numpy()


@pytest.mark.parametrize("size", [64, [64, 96]], ids=["square", "wide"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("resize_mode", ["shortest", "squash", "longest"])
def test_embeds_as_open_clip_does(
    tmp_path: Path,
    make_picture: Callable[..., Image.Image],
    resize_mode: str,
    interpolation: str,
    size: Any,
) -> None:
    config = MODEL | {"vision_cfg": MODEL["vision_cfg"] | {"image_size": size}}
    model = build(vision_cfg=config["vision_cfg"])
    name = save(tmp_path / "m", model, config, resize_mode=resize_mode, interpolation=interpolation)
    images = [make_picture(150, 100), make_picture(90, 200, seed=1), make_picture(64, 64, seed=2)]

    embeddings = load(name).encode(images)

    # Another filter, crop or mean moves them by a hundred times as much.
    np.testing.assert_allclose(embeddings, as_open_clip_embeds(name, images), atol=2e-3)
    assert (np.sum(embeddings * as_open_clip_embeds(name, images), axis=1) > 0.99999).all()


def test_texts_are_embedded_as_open_clip_does(folder: Path, tiny: TimmEncoder) -> None:
    name = f"local-dir:{folder}"
    model = open_clip.create_model(name).eval()
    with torch.no_grad():
        tokens = open_clip.get_tokenizer(name)(TEXTS)
        expected = model.encode_text(tokens, normalize=True).numpy()

    encoder: TextEncoder = tiny
    embeddings = encoder.encode_texts(TEXTS)

    assert encoder.takes_texts
    assert (embeddings.shape, embeddings.dtype) == ((4, 24), np.float32)
    np.testing.assert_allclose(embeddings, expected, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_texts(TEXTS * 50)[-4:], expected, atol=1e-5)
    assert encoder.encode_texts([]).shape == (0, 24)


def test_both_layouts_of_a_file_give_the_same(
    tmp_path: Path, folder: Path, tiny: TimmEncoder, pictures: list[Path]
) -> None:
    newer = build("CustomTextCLIP")
    old = load_file(folder / "open_clip_model.safetensors")
    newer.load_state_dict(
        {
            key if key.startswith(("visual.", "logit")) else f"text.{key}": value
            for key, value in old.items()
        }
    )
    name = save(tmp_path / "newer", newer, MODEL | {"custom_text": True})

    loaded = load(name)

    assert loaded.fingerprint == tiny.fingerprint
    np.testing.assert_array_equal(loaded.encode(pictures[:2]), tiny.encode(pictures[:2]))
    np.testing.assert_array_equal(loaded.encode_texts(TEXTS), tiny.encode_texts(TEXTS))


def test_a_timm_network_as_image_tower(
    tmp_path: Path, make_picture: Callable[..., Image.Image]
) -> None:
    vision = {
        "timm_model_name": "test_vit", "image_size": 160, "timm_pool": "token",
        "timm_proj": "linear", "timm_model_pretrained": False,
    }  # fmt: skip
    config = MODEL | {"vision_cfg": vision, "custom_text": True}
    name = save(tmp_path / "m", build("CustomTextCLIP", vision_cfg=vision), config)
    images = [make_picture(300, 200), make_picture(170, 240, seed=1)]

    loaded = load(name)

    assert (loaded.dim, loaded.preprocessing.height) == (24, 160)
    np.testing.assert_allclose(loaded.encode(images), as_open_clip_embeds(name, images), atol=2e-3)


def test_the_spec_loads_it_again(folder: Path, tiny: TimmEncoder) -> None:
    weights = str(folder / "open_clip_model.safetensors")

    assert tiny.spec == EncoderSpec(f"open_clip:local-dir:{folder}", weights)
    assert tiny.name == "open_clip:tiny (open_clip_model.safetensors)"
    assert load_spec(tiny.spec, device="cpu").fingerprint == tiny.fingerprint


def test_a_relative_folder_is_named_in_full(
    folder: Path, tiny: TimmEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)

    assert load("open_clip:local-dir:tiny").spec == tiny.spec


def test_what_makes_another_embedding_makes_another_fingerprint(
    tmp_path: Path, tiny: TimmEncoder
) -> None:
    prints = {tiny.fingerprint}
    other_heads = MODEL | {"vision_cfg": MODEL["vision_cfg"] | {"head_width": 16}}
    for number, (config, seed, options) in enumerate(
        [
            (MODEL, 1, {}),
            (MODEL | {"quick_gelu": True}, 0, {}),
            (other_heads, 0, {}),
            (MODEL, 0, {"resize_mode": "squash"}),
        ]
    ):
        model = build(seed=seed)
        prints.add(load(save(tmp_path / str(number), model, config, **options)).fingerprint)

    assert len(prints) == 5


def test_the_text_tower_waits_for_a_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []
    text_tower = open_clip_texts.text_tower

    def counted(source: Any) -> Any:
        loads.append(threading.get_ident())
        return text_tower(source)

    monkeypatch.setattr(open_clip_texts, "text_tower", counted)
    encoder = load(f"open_clip:local-dir:{folder}")
    encoder.encode([Image.new("RGB", (70, 70))])
    assert loads == []

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(encoder.encode_texts, [TEXTS] * 4))

    assert len(loads) == 1
    assert all(np.array_equal(result, results[0]) for result in results)


def test_a_head_is_put_on_pictures_and_texts_alike(
    tmp_path: Path, tiny: TimmEncoder, pictures: list[Path]
) -> None:
    head = Head(np.random.default_rng(0).normal(size=(8, 24)).astype(np.float32))
    spec = tiny.spec
    path = tmp_path / "shop.safetensors"
    write_encoder_file(
        path,
        tensors={},
        architecture=spec.architecture,
        head=head,
        backbone=BackboneReference(spec.architecture, spec.weights, tiny.backbone_fingerprint),
    )

    loaded = load(path)

    assert loaded.spec == EncoderSpec(spec.architecture, spec.weights, str(path))
    assert loaded.fingerprint == head.fingerprint_on(tiny.fingerprint)
    np.testing.assert_array_equal(
        loaded.encode(pictures[:2]), head.apply(tiny.encode(pictures[:2]))
    )
    np.testing.assert_array_equal(loaded.encode_texts(TEXTS), head.apply(tiny.encode_texts(TEXTS)))


def test_random_weights(folder: Path, tiny: TimmEncoder) -> None:
    name = f"open_clip:local-dir:{folder}"
    encoder, same, other = (load(name, weights=f"random:{seed}") for seed in (3, 3, 4))

    assert encoder.spec == EncoderSpec(name, "random:3")
    assert encoder.fingerprint == same.fingerprint
    assert len({encoder.fingerprint, other.fingerprint, tiny.fingerprint}) == 3


def test_an_architecture_of_open_clips_own() -> None:
    encoder = load("open_clip:ViT-S-32-alt", weights="random:3")

    assert (encoder.name, encoder.dim) == ("open_clip:ViT-S-32-alt (random:3)", 256)
    assert encoder.preprocessing.interpolation == "bicubic"


@pytest.mark.parametrize("named", ["file", "folder"])
def test_weights_from_another_place(
    tmp_path: Path, folder: Path, tiny: TimmEncoder, named: str
) -> None:
    save(tmp_path / "other", build(seed=1), MODEL)
    file = tmp_path / "other" / "open_clip_model.safetensors"

    loaded = load(f"open_clip:local-dir:{folder}", weights=file if named == "file" else file.parent)

    assert loaded.spec == EncoderSpec(f"open_clip:local-dir:{folder}", str(file))
    assert loaded.fingerprint == load(f"open_clip:local-dir:{file.parent}").fingerprint
    assert loaded.fingerprint != tiny.fingerprint


def test_one_text_instead_of_several_is_refused(tiny: TimmEncoder) -> None:
    with pytest.raises(TypeError, match=r"for one write encode_texts\(\[text\]\)"):
        tiny.encode_texts("a red shoe")


def test_only_timms_can_be_trained(tiny: TimmEncoder) -> None:
    with pytest.raises(EncoderError, match="only timm's can be trained"):
        load_backbone(tiny.spec)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("open_clip:", "names nothing; write open_clip:ARCHITECTURE/TAG"),
        ("open_clip:local-dir:", "names nothing"),
        ("open_clip:ViT-B-23/openai", 'no model "ViT-B-23"; near it: .*ViT-B-32'),
        ("open_clip:ViT-B-32/laion3b", 'no weights "laion3b" of ViT-B-32; it has .*laion2b_s34b'),
        ("open_clip:ViT-B-32", r"name its weights after a slash \(.*laion2b_s34b_b79k"),
        ("open_clip:ViT-B-32-quickgelu/laion2b_s34b_b79k", 'no weights "laion2b_s34b_b79k"'),
        ("open_clip:coca_ViT-B-32/laion2b_s13b_b90k", "captioning model"),
    ],
)
def test_names_that_name_nothing(name: str, message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        load(name)


def test_weights_without_their_preprocessing(folder: Path) -> None:
    weights = folder / "open_clip_model.safetensors"

    with pytest.raises(EncoderError, match="several preprocessings; name after a slash"):
        load("open_clip:ViT-B-32", weights=weights)
    with pytest.raises(WeightsError, match="doesn't fit open_clip:ViT-B-32/openai"):
        load("open_clip:ViT-B-32/openai", weights=weights)


def test_a_pickle_is_refused_and_not_read(tmp_path: Path) -> None:
    name = save(tmp_path / "m", build(), MODEL)
    (tmp_path / "m" / "open_clip_model.safetensors").unlink()
    pickle = tmp_path / "m" / "open_clip_pytorch_model.bin"
    torch.save(build().state_dict(), pickle)

    with pytest.raises(WeightsError, match=r"open_clip_pytorch_model\.bin: a pickle, .*convert it"):
        load(name)
    with pytest.raises(WeightsError, match=r"open_clip_pytorch_model\.bin: a pickle, .*convert it"):
        load(name, weights=pickle)


def test_a_folder_that_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"{tmp_path}: has no safetensors file"):
        load(f"open_clip:local-dir:{tmp_path}")
    for name in ("a", "b"):
        save_file(build().state_dict(), tmp_path / f"{name}.safetensors")
    with pytest.raises(WeightsError, match=r"has a\.safetensors, b\.safetensors; say which"):
        load(f"open_clip:local-dir:{tmp_path}")
    (tmp_path / "b.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"open_clip_config\.json: no such file"):
        load(f"open_clip:local-dir:{tmp_path}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not an open_clip configuration"),
        ("[]", "not an open_clip configuration"),
        ('{"model_cfg": {}}', "no embed_dim, vision_cfg or text_cfg"),
        (
            '{"model_cfg": {"embed_dim": 8, "vision_cfg": {"wdth": 8}, "text_cfg": {}}}',
            "can't build it: .*wdth",
        ),
    ],
)
def test_damaged_configurations(tmp_path: Path, text: str, message: str) -> None:
    name = save(tmp_path / "m", build(), MODEL)
    (tmp_path / "m" / "open_clip_config.json").write_text(text)

    with pytest.raises(EncoderError, match=message):
        load(name)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"resize_mode": "stretch"}, "not supported"),
        ({"interpolation": "lanczos"}, "not supported"),
        ({"resize_mode": "longest", "fill_color": 255}, "not supported"),
        ({"mean": [0.5, 0.5]}, "no colour"),
    ],
)
def test_preprocessing_that_cannot_be_had(
    tmp_path: Path, option: dict[str, Any], message: str
) -> None:
    with pytest.raises(EncoderError, match=message):
        load(save(tmp_path / "m", build(), MODEL, **option))


def test_weights_of_the_image_tower_alone(tmp_path: Path) -> None:
    name = save(tmp_path / "m", build(), MODEL)
    file = tmp_path / "m" / "open_clip_model.safetensors"
    half = {key: value for key, value in load_file(file).items() if key.startswith("visual.")}
    save_file(half, file)

    loaded = load(name)

    assert loaded.encode([Image.new("RGB", (70, 70))]).shape == (1, 24)
    with pytest.raises(WeightsError, match=r'doesn\'t fit .*"text\..*" is missing'):
        loaded.encode_texts(["a red shoe"])


@pytest.mark.parametrize("encoder", OF_OPEN_CLIP, ids=lambda encoder: encoder.name)
def test_what_is_recommended_is_as_open_clip_has_it(encoder: AvailableEncoder) -> None:
    name = OpenClipName.parse(encoder.name)
    if name.architecture is None:
        # The network that Marqo's were made from.
        name = OpenClipName("ViT-B-16-SigLIP", "webli")
    source = find_source(EncoderSpec(str(name), "random:0"))
    tower = image_tower(dataclasses.replace(source, seed=None))
    millions = sum(parameter.numel() for parameter in tower.parameters()) / 1e6

    assert encoder.parameters_m == round(millions, 1)
    assert encoder.dim == tower.num_features
    assert tower.image_size == (encoder.side, encoder.side)
