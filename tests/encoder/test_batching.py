"""Many threads, one encoder: common batches, and nobody pays for another's picture."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from vsearch.encoder.batch_queue import BatchQueue
from vsearch.encoder.batching import BatchingEncoder
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import EncoderError, Overloaded

_SOON_S = 20
_BAD = 255


def picture(number: int) -> np.ndarray:
    return np.full((1, 2, 2, 3), number, np.uint8)


class Device:
    """Embeds a picture as its first number; can be held up in the middle of a batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered = threading.Semaphore(0)
        self.free = threading.Event()
        self.free.set()

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        numbers = pixels[:, 0, 0, 0].tolist()
        self.batches.append(numbers)
        self.entered.release()
        assert self.free.wait(_SOON_S)
        if _BAD in numbers:
            raise ValueError("a picture that no device likes")
        return pixels[:, 0, 0, :1].astype(np.float32)

    def held_up(self) -> None:
        self.free.clear()


class Line:
    """A queue before a device, and threads that stand in it."""

    def __init__(self, device: Device, *, lanes: int, size: int, batch_size: int) -> None:
        self.device = device
        self.told: list[tuple[str, float]] = []
        self.told_of_batches: list[tuple[int, int]] = []
        self.lanes_prepared: list[str] = []
        self.queue = BatchQueue(
            device,
            batch_size=batch_size,
            lanes=lanes,
            size=size,
            prepare_lane=lambda: self.lanes_prepared.append(threading.current_thread().name),
            observe=lambda stage, seconds: self.told.append((stage, seconds)),
            observe_batch=lambda size, waiting: self.told_of_batches.append((size, waiting)),
        )
        self._threads = ThreadPoolExecutor(64)

    def ask(self, number: int) -> Future[np.ndarray]:
        return self._threads.submit(self.queue.embed, picture(number))

    def ask_one_after_another(self, numbers: Sequence[int]) -> list[Future[np.ndarray]]:
        """Each stands in the line before the next one comes."""
        asked = []
        for waiting, number in enumerate(numbers, start=1):
            asked.append(self.ask(number))
            until(lambda wanted=waiting: len(self.queue._waiting) == wanted)
        return asked

    def end(self) -> None:
        self.device.free.set()
        self.queue.close()
        self._threads.shutdown()


def until(holds: Callable[[], bool]) -> None:
    for _ in range(int(_SOON_S / 0.002)):
        if holds():
            return
        threading.Event().wait(0.002)
    raise AssertionError("it never came to that")


@pytest.fixture
def line() -> Iterator[Callable[..., Line]]:
    lines: list[Line] = []

    def make(*, lanes: int = 1, size: int = 100, batch_size: int = 8) -> Line:
        lines.append(Line(Device(), lanes=lanes, size=size, batch_size=batch_size))
        return lines[-1]

    yield make
    for one in lines:
        one.end()


def test_what_comes_while_a_batch_is_made_is_the_next_batch(line) -> None:
    here = line()
    here.device.held_up()
    first = here.ask(1)
    assert here.device.entered.acquire(timeout=_SOON_S)
    others = here.ask_one_after_another([2, 3, 4])
    here.device.free.set()
    assert [one.result(_SOON_S).tolist() for one in (first, *others)] == [
        [[1.0]],
        [[2.0]],
        [[3.0]],
        [[4.0]],
    ]
    assert here.device.batches == [[1], [2, 3, 4]]
    assert here.told_of_batches == [(1, 0), (3, 0)]
    assert sorted(stage for stage, _ in here.told) == 4 * ["encode"] + 4 * ["queue"]
    assert all(seconds >= 0 for _, seconds in here.told)


def test_a_batch_is_no_larger_than_allowed(line) -> None:
    here = line(batch_size=3)
    here.device.held_up()
    first = here.ask(0)
    assert here.device.entered.acquire(timeout=_SOON_S)
    others = here.ask_one_after_another(range(1, 8))
    here.device.free.set()
    assert [float(one.result(_SOON_S)[0, 0]) for one in (first, *others)] == list(range(8))
    assert here.device.batches == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_lanes_share_what_waits(line) -> None:
    here = line(lanes=2)
    here.device.held_up()
    running = [here.ask(0), here.ask(1)]
    for _ in running:
        assert here.device.entered.acquire(timeout=_SOON_S)
    others = here.ask_one_after_another(range(2, 8))
    here.device.free.set()
    assert [float(one.result(_SOON_S)[0, 0]) for one in (*running, *others)] == list(range(8))
    # The first lane that is free leaves half of them to the other.
    assert here.device.batches[2] == [2, 3, 4]
    assert len(set(here.lanes_prepared)) == 2


def test_a_picture_that_fails_fails_alone(line) -> None:
    here = line()
    here.device.held_up()
    first = here.ask(1)
    assert here.device.entered.acquire(timeout=_SOON_S)
    others = here.ask_one_after_another([2, _BAD, 3])
    here.device.free.set()
    assert float(first.result(_SOON_S)[0, 0]) == 1
    assert float(others[0].result(_SOON_S)[0, 0]) == 2
    with pytest.raises(ValueError, match="no device likes"):
        others[1].result(_SOON_S)
    assert float(others[2].result(_SOON_S)[0, 0]) == 3
    assert float(here.ask(4).result(_SOON_S)[0, 0]) == 4, "and the lane goes on"


def test_pictures_of_another_shape_fail_alone(line) -> None:
    here = line()
    here.device.held_up()
    first = here.ask(1)
    assert here.device.entered.acquire(timeout=_SOON_S)
    odd = here._threads.submit(here.queue.embed, np.full((1, 3, 3, 3), 7, np.uint8))
    until(lambda: len(here.queue._waiting) == 1)
    usual = here.ask(2)
    until(lambda: len(here.queue._waiting) == 2)
    here.device.free.set()
    assert [float(one.result(_SOON_S)[0, 0]) for one in (first, odd, usual)] == [1, 7, 2]


def test_who_comes_to_a_full_queue_is_told_to_come_back(line) -> None:
    here = line(size=2)
    here.device.held_up()
    first = here.ask(1)
    assert here.device.entered.acquire(timeout=_SOON_S)
    others = here.ask_one_after_another([2, 3])
    with pytest.raises(Overloaded, match="2 pictures wait to be encoded, 2 at most") as refused:
        here.queue.embed(picture(4))
    assert refused.value.retry_after_s > 0
    here.device.free.set()
    for one in (first, *others):
        one.result(_SOON_S)
    assert here.queue.embed(picture(4)).tolist() == [[4.0]]
    assert 4 not in [number for batch in here.device.batches[:-1] for number in batch]


def test_other_work_has_its_turn_between_batches(line) -> None:
    here = line()
    here.device.held_up()
    first = here.ask(1)
    assert here.device.entered.acquire(timeout=_SOON_S)
    (second,) = here.ask_one_after_another([2])
    batches_before: list[int] = []
    other = here._threads.submit(
        here.queue.run, lambda: batches_before.append(len(here.device.batches)) or "done"
    )
    until(lambda: len(here.queue._waiting) == 2)
    third = here.ask(3)
    until(lambda: len(here.queue._waiting) == 3)
    here.device.free.set()
    assert other.result(_SOON_S) == "done"
    for one in (first, second, third):
        one.result(_SOON_S)
    assert here.device.batches == [[1], [2], [3]]
    assert batches_before == [2]
    with pytest.raises(ZeroDivisionError):
        here.queue.run(lambda: 1 / 0)


def test_closing_ends_the_threads_and_fails_what_waits(line) -> None:
    before = set(threading.enumerate())
    here = line()
    here.device.held_up()
    first = here.ask(1)
    assert here.device.entered.acquire(timeout=_SOON_S)
    others = here.ask_one_after_another([2, 3])
    closing = threading.Thread(target=here.queue.close)
    closing.start()
    for one in others:
        with pytest.raises(EncoderError, match="is closed"):
            one.result(_SOON_S)
    here.device.free.set()
    assert float(first.result(_SOON_S)[0, 0]) == 1, "what had begun comes to its end"
    closing.join(_SOON_S)
    assert not closing.is_alive()
    running = {thread.name for thread in set(threading.enumerate()) - before}
    assert not running & set(here.lanes_prepared)
    with pytest.raises(EncoderError, match="is closed"):
        here.queue.embed(picture(4))
    here.queue.close()


def test_nobody_encodes_for_a_caller_who_was_interrupted(line) -> None:
    here = line()
    here.device.held_up()
    first = here.ask(1)
    assert here.device.entered.acquire(timeout=_SOON_S)

    def interrupt() -> None:
        until(lambda: len(here.queue._waiting) == 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        here.queue.embed(picture(2))
    interrupting.join(_SOON_S)
    here.device.free.set()
    first.result(_SOON_S)
    assert here.queue.embed(picture(3)).tolist() == [[3.0]]
    assert here.device.batches == [[1], [3]]


def test_a_process_that_forgets_to_close_ends() -> None:
    program = (
        "import numpy as np\n"
        "from vsearch.encoder.batch_queue import BatchQueue\n"
        "queue = BatchQueue(lambda p: p[:, 0, 0, :1], batch_size=4, lanes=2, size=9,\n"
        "    prepare_lane=lambda: None, observe=print, observe_batch=print)\n"
        "assert queue.embed(np.ones((3, 2, 2, 3), np.uint8)).shape == (3, 1)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=_SOON_S)
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="session")
def shared(encoder: TimmEncoder) -> Iterator[BatchingEncoder]:
    shared = BatchingEncoder(encoder, queue_size=100, lanes=2)
    yield shared
    shared.close()


def test_embeddings_are_those_of_the_encoder(
    encoder: TimmEncoder, shared: BatchingEncoder, make_picture
) -> None:
    images = [make_picture(190, 170, seed=seed) for seed in range(40)]
    expected = encoder.encode(images)
    with ThreadPoolExecutor(16) as threads:
        rows = threads.map(
            lambda image: shared.encode_prepared(shared.prepare(image)[None]), images
        )
        found = np.concatenate([*rows])
    cosines = (found * expected).sum(axis=1)
    assert cosines.min() > 1 - 1e-3
    # Each its own: of random weights' embeddings no two are that close.
    others = found @ expected.T - 2 * np.eye(len(images))
    assert others.max() < cosines.min()


def test_it_is_an_encoder_in_every_other_way(
    encoder: TimmEncoder, shared: BatchingEncoder, make_picture, pictures: list[Path]
) -> None:
    image = make_picture(200, 180, seed=3)
    np.testing.assert_allclose(shared.encode(pictures), encoder.encode(pictures), atol=1e-5)
    pixels = encoder.prepare(image)[None]
    np.testing.assert_allclose(
        shared.embed_backbone(pixels), encoder.embed_backbone(pixels), atol=1e-5
    )
    for tokens, expected in (
        (shared.patches(image, depth=0.5), encoder.patches(image, depth=0.5)),
        (shared.whole_patches(image), encoder.whole_patches(image)),
    ):
        np.testing.assert_allclose(tokens.tokens, expected.tokens, atol=1e-4)
    for name in (
        *("name", "spec", "fingerprint", "dim", "head", "backbone_fingerprint", "backbone_dim"),
        *("preprocessing", "min_side", "device", "batch_size", "decoders", "takes_texts"),
    ):
        assert getattr(shared, name) == getattr(encoder, name), name
    assert shared.encode_prepared(pixels[:0]).shape == (0, encoder.dim)
    with pytest.raises(EncoderError, match="no text tower"):
        shared.encode_texts(["a cup"])
    with pytest.raises(ValueError, match="uint8 is needed"):
        shared.encode_prepared(pixels[:, :10])
