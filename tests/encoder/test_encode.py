from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vsearch.encoder.interface import Encoder, ImageInput
from vsearch.encoder.load import load_encoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.encoder.torchvision_shim import import_timm
from vsearch.errors import ImageRejected

# Batches of other sizes add up in another order.
SAME = 1e-5


def test_embeddings_have_unit_length_and_the_promised_shape(
    encoder: TimmEncoder, pictures: list[Path]
) -> None:
    embeddings = encoder.encode(pictures)

    assert embeddings.shape == (len(pictures), encoder.dim) == (10, 64)
    assert embeddings.dtype == np.float32
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)


def test_different_pictures_have_different_embeddings(
    encoder: TimmEncoder, pictures: list[Path]
) -> None:
    embeddings = encoder.encode(pictures)
    apart = np.linalg.norm(embeddings[:, None] - embeddings[None], axis=-1)

    assert (apart[~np.eye(len(pictures), dtype=bool)] > 100 * SAME).all()


@pytest.fixture
def reseeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        yield


@pytest.mark.usefixtures("reseeded")
def test_embeds_as_the_model_and_timms_transform_do(
    encoder: TimmEncoder, make_picture: Callable[..., Image.Image]
) -> None:
    timm = import_timm()
    model = timm.create_model("test_vit.r160_in1k", num_classes=0).eval()
    config = timm.data.resolve_model_data_config(model)
    image = make_picture(320, 240)
    with torch.no_grad():
        expected = model(timm.data.create_transform(**config, is_training=False)(image)[None])
    expected = torch.nn.functional.normalize(expected)[0].numpy()

    assert float(encoder.encode([image])[0] @ expected) > 0.99999


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 10, 64])
def test_neither_batch_size_nor_threads_matter(
    encoder: TimmEncoder, pictures: list[Path], batch_size: int
) -> None:
    one_by_one = np.concatenate(
        [
            encoder.encode_prepared(encoder.prepare(Image.open(path).convert("RGB"))[None])
            for path in pictures
        ]
    )

    embeddings = encoder.encode(pictures, batch_size=batch_size)

    # A decoder may read a JPEG at half its size, which changes its embedding a little.
    assert np.allclose(embeddings[::2], one_by_one[::2], atol=SAME)
    assert (np.sum(embeddings * one_by_one, axis=1) > 0.999).all()


def test_the_same_pictures_give_the_same_embeddings(
    encoder: TimmEncoder, pictures: list[Path]
) -> None:
    assert np.array_equal(encoder.encode(pictures), encoder.encode(iter(pictures)))


def test_a_picture_is_the_same_as_path_text_bytes_image_or_array(
    encoder: TimmEncoder, pictures: list[Path]
) -> None:
    path = pictures[0]
    image = Image.open(path)
    inputs: list[ImageInput] = [path, str(path), path.read_bytes(), image, np.asarray(image)]

    embeddings = encoder.encode(inputs)

    assert np.allclose(embeddings, embeddings[0], atol=SAME)


def test_no_pictures_give_no_rows(encoder: TimmEncoder) -> None:
    for nothing in ([], iter(())):
        assert encoder.encode(nothing).shape == (0, 64)
    assert encoder.encode_prepared(np.empty((0, 160, 160, 3), np.uint8)).shape == (0, 64)


@pytest.mark.parametrize(
    "one",
    [
        "picture.jpg",
        Path("picture.jpg"),
        b"...",
        Image.new("RGB", (9, 9)),
        np.zeros((9, 9, 3), np.uint8),
    ],
    ids=["text", "path", "bytes", "image", "array"],
)
def test_one_picture_instead_of_several_is_refused(encoder: TimmEncoder, one: ImageInput) -> None:
    with pytest.raises(TypeError, match=r"for one write encode\(\[picture\]\)"):
        encoder.encode(one)  # type: ignore[arg-type]


def test_a_batch_of_arrays_is_several_pictures(encoder: TimmEncoder) -> None:
    batch = np.random.default_rng(0).integers(0, 256, (3, 170, 180, 3), dtype=np.uint8)

    assert np.array_equal(encoder.encode(batch), encoder.encode(list(batch)))


def test_draws_from_a_generator_only_as_far_as_it_needs(
    encoder: TimmEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, lead = 0, []
    encode_prepared = TimmEncoder.encode_prepared

    def watched(self: TimmEncoder, pixels: np.ndarray) -> np.ndarray:
        lead.append(drawn)
        return encode_prepared(self, pixels)

    def source() -> Iterator[Image.Image]:
        nonlocal drawn
        for _ in range(60):
            drawn += 1
            yield Image.new("RGB", (170, 170))

    monkeypatch.setattr(TimmEncoder, "encode_prepared", watched)

    assert len(encoder.encode(source(), batch_size=4)) == 60
    ahead = 2 * 4 + encoder.decoders
    assert all(count <= 4 * number + ahead for number, count in enumerate(lead, start=1))


@pytest.mark.parametrize("kind", ["path", "bytes"])
def test_a_damaged_picture_in_the_middle_is_named(
    encoder: TimmEncoder, pictures: list[Path], tmp_path: Path, kind: str
) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(pictures[1].read_bytes()[:700])
    inputs: list[ImageInput] = list(pictures)
    inputs[6] = damaged if kind == "path" else damaged.read_bytes()
    before = threading.active_count()

    with pytest.raises(ImageRejected) as caught:
        encoder.encode(inputs, batch_size=2)

    where = str(damaged) if kind == "path" else "images[6]"
    assert str(caught.value).startswith(f"{where}: ")
    assert caught.value.reason in str(caught.value)
    for thread in threading.enumerate():
        if thread.name.startswith("prefetch"):
            thread.join(30)
    assert threading.active_count() <= before


def test_a_picture_above_the_bound_is_rejected(pictures: list[Path]) -> None:
    small = load_encoder("test_vit", weights="random:0", device="cpu", max_pixels=10_000)

    with pytest.raises(ImageRejected, match=r"the limit is 0\.01"):
        small.encode(pictures)


def test_many_threads_share_one_encoder(encoder: TimmEncoder, pictures: list[Path]) -> None:
    expected = encoder.encode(pictures)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: encoder.encode(pictures, batch_size=3), range(12)))

    assert all(np.allclose(result, expected, atol=SAME) for result in results)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 224, 224, 3), np.uint8), np.zeros((2, 160, 160, 3), np.float32)],
    ids=["size", "dtype"],
)
def test_pixels_of_another_kind_are_refused(encoder: TimmEncoder, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"\(n, 160, 160, 3\) uint8 is needed, not \(2, "):
        encoder.encode_prepared(pixels)


def test_only_rgb_is_prepared(encoder: TimmEncoder) -> None:
    with pytest.raises(ValueError, match="mode RGB is needed, not L"):
        encoder.prepare(Image.new("L", (200, 200)))


def test_is_what_the_rest_of_vsearch_knows_as_an_encoder(encoder: TimmEncoder) -> None:
    known: Encoder = encoder

    assert known.name == "test_vit.r160_in1k (random:0)"
    assert known.min_side == 168
    assert known.decoders >= 1
    assert known.batch_size > 32  # 160 x 160 pixels are half as many as 224 x 224
