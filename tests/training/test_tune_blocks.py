from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vsearch.encoder.head import Head
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.token_and_mean import TokenAndMean
from vsearch.errors import ImageRejected, TrainingError
from vsearch.images.cache import ContentCache
from vsearch.images.content import content_hash
from vsearch.progress import Silence
from vsearch.training.examples import UNKNOWN, Examples
from vsearch.training.partial import PartlyTrained, proxies_of
from vsearch.training.picture_source import PictureSource
from vsearch.training.student import Student, load_student
from vsearch.training.tune_blocks import BlockOptions, BlockTraining, embed_all

SPEC = EncoderSpec("test_vit.r160_in1k", "random:0")
LABELS = 4
EACH = 4
MAX_PIXELS = 1_000_000


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> PictureSource:
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    paths = []
    for row in range(LABELS * EACH):
        pattern = np.random.default_rng(row // EACH).random((6, 6, 1)) * 200
        pixels = np.kron(pattern, np.ones((20, 20, 3))) + random.uniform(0, 50, 3)
        paths.append(folder / f"{row}.png")
        Image.fromarray(pixels.astype(np.uint8)).save(paths[-1])
    contents = [content_hash(path.read_bytes()) for path in paths]
    return PictureSource(paths, contents, ContentCache(folder / "downloads"))


def examples_of(source: PictureSource, embeddings: np.ndarray) -> Examples:
    count = len(source.places)
    labels = np.arange(count) // EACH
    return Examples(
        embeddings=embeddings,
        labels=labels,
        hidden=np.full(count, UNKNOWN),
        products=labels,
        is_held_out=np.zeros(count, bool),
        weights=np.ones(count, np.float32),
        contents=source.contents,
        gallery=count,
    )


def identity_head(dim: int) -> Head:
    return Head(np.eye(dim, dtype=np.float32), np.zeros(dim, np.float32))


OPTIONS = BlockOptions(blocks=2, rank=2, steps=6, batch_size=4, learning_rate=1e-2, checks=3)


def training(
    source: PictureSource, checkpoint: Path, options: BlockOptions = OPTIONS
) -> BlockTraining:
    student = load_student(SPEC)
    start = embed_all(load_student(SPEC), len(source.places), source, Silence(), MAX_PIXELS)
    return BlockTraining(
        student,
        examples_of(source, start),
        np.arange(len(source.places)),
        source,
        identity_head(2 * student.dim),
        start,
        options,
        checkpoint,
        max_pixels=MAX_PIXELS,
    )


@pytest.mark.parametrize("rank", [None, 2])
def test_only_the_last_blocks_change(
    source: PictureSource, tmp_path: Path, rank: int | None
) -> None:
    before = load_student(SPEC).model.state_dict()
    learned = training(source, tmp_path / "c", replace(OPTIONS, rank=rank))

    losses = list(learned.run(OPTIONS.steps, Silence()))
    after = learned.finish()

    assert losses[-1] < losses[0]
    assert after.keys() == before.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    blocks = {int(name.split(".")[1]) for name in changed if name.startswith("blocks.")}
    depth = 1 + max(int(name.split(".")[1]) for name in before if name.startswith("blocks."))
    assert blocks == {depth - 2, depth - 1}
    assert {name.split(".")[0] for name in changed} <= {"blocks", "norm"}


def test_what_is_merged_embeds_as_what_learned(source: PictureSource) -> None:
    student = load_student(SPEC)
    torch.manual_seed(0)
    dim = 2 * student.dim
    net = PartlyTrained(student, 2, 3, identity_head(dim), torch.eye(dim))
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if name.endswith(".up"):
                parameter.normal_(0, 0.1)
    pixels = torch.randint(0, 256, (2, 160, 160, 3), dtype=torch.uint8)
    with torch.no_grad():
        learned = net.backbone(net.frozen(pixels))

        net.merge({})
        plain = TokenAndMean(student.model.eval())(
            torch.addcmul(student.shift, pixels.permute(0, 3, 1, 2).float(), student.scale)
        )

    plain = torch.nn.functional.normalize(plain)
    assert torch.nn.functional.cosine_similarity(learned, plain).min() > 0.999
    assert not [name for name, _ in student.model.named_parameters() if "parametriz" in name]


def test_changes_of_low_rank_are_none_at_first() -> None:
    plain, changed = load_student(SPEC), load_student(SPEC)
    dim = 2 * plain.dim
    nets = [
        PartlyTrained(student, 2, rank, identity_head(dim), torch.eye(dim))
        for student, rank in ((plain, None), (changed, 4))
    ]
    pixels = torch.randint(0, 256, (2, 160, 160, 3), dtype=torch.uint8)

    with torch.no_grad():
        outputs = [net(net.frozen(pixels)) for net in nets]

    torch.testing.assert_close(*outputs)


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(
    source: PictureSource, tmp_path: Path
) -> None:
    whole = training(source, tmp_path / "whole")
    list(whole.run(OPTIONS.steps, Silence()))

    first = training(source, tmp_path / "parts").run(OPTIONS.steps, Silence())
    next(first)
    first.close()
    second = training(source, tmp_path / "parts")
    assert second.step == 2
    list(second.run(OPTIONS.steps, Silence()))

    for name, tensor in whole.finish().items():
        torch.testing.assert_close(second.finish()[name], tensor, atol=1e-4, rtol=1e-3)


def test_ctrl_c_keeps_the_steps_since_the_last_check(
    source: PictureSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = training(source, tmp_path / "c")
    learn, taken = interrupted._learn, iter(range(3))

    def learn_three(batch: object) -> float:
        if next(taken, None) is None:
            raise KeyboardInterrupt
        return learn(batch)  # type: ignore[arg-type]

    monkeypatch.setattr(interrupted, "_learn", learn_three)
    with pytest.raises(KeyboardInterrupt):
        list(interrupted.run(OPTIONS.steps, Silence()))

    assert training(source, tmp_path / "c").step == 3


def test_a_checkpoint_of_other_options_is_refused(source: PictureSource, tmp_path: Path) -> None:
    list(training(source, tmp_path / "c").run(2, Silence()))

    with pytest.raises(TrainingError, match="of a training with other pictures or options"):
        training(source, tmp_path / "c", replace(OPTIONS, margin=0.5))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (replace(OPTIONS, blocks=99), "--blocks 99: test_vit.* has [0-9]+ blocks"),
        (replace(OPTIONS, batch_size=17), "16 pictures to learn from: fewer than a batch of 17"),
    ],
)
def test_options_that_can_not_be_are_named(
    source: PictureSource, tmp_path: Path, options: BlockOptions, told: str
) -> None:
    with pytest.raises(TrainingError, match=told):
        training(source, tmp_path / "c", options)


def test_a_network_without_blocks_is_refused() -> None:
    student = load_student(EncoderSpec("test_efficientnet.r160_in1k", "random:0"))

    with pytest.raises(TrainingError, match=r"only a ViT with a class token .* --method head"):
        PartlyTrained(student, 1, None, identity_head(2), torch.eye(2))


def test_a_picture_that_has_changed_is_not_learned_from(
    source: PictureSource, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(b"another")
    changed = replace(source, places=[tmp_path / "a.png"], contents=source.contents[:1])

    with pytest.raises(ImageRejected, match="it has changed since it was indexed"):
        changed.read(0)


def test_a_proxy_is_the_middle_of_its_label() -> None:
    embeddings = np.eye(4, dtype=np.float32)

    proxies = proxies_of(identity_head(4), embeddings, np.array([0, 0, 1, 1]), 2)

    half = 0.5**0.5
    torch.testing.assert_close(proxies, torch.tensor([[half, half, 0, 0], [0, 0, half, half]]))


def test_students_are_what_the_file_will_be(source: PictureSource) -> None:
    student: Student = load_student(SPEC)

    embeddings = embed_all(student, 3, source, Silence(), MAX_PIXELS)

    assert embeddings.shape == (3, 2 * student.dim)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-3)
