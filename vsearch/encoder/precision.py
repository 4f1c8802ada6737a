"""Which device a backbone runs on, and in which number format."""

from __future__ import annotations

import platform
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from vsearch.encoder.backbone import Backbone
from vsearch.encoder.int8_backbone import Int8Backbone
from vsearch.encoder.int8_linear import can_run_int8
from vsearch.encoder.interface import Pixels
from vsearch.encoder.preprocessing import Preprocessing
from vsearch.encoder.weights import Tensors
from vsearch.errors import EncoderError

MIN_COSINE = 0.999
"""What an embedding in bfloat16 must have with the same picture's in float32."""

MIN_INT8_COSINE = 0.99
"""What one in int8 must have with the same weights' in float32."""

_DTYPES = {
    "float32": torch.float32,
    "fp32": torch.float32,
    "bfloat16": torch.bfloat16,
    "bf16": torch.bfloat16,
}


def choose_device(wanted: str) -> torch.device:
    """Give the device of this name; ``auto`` is cuda, else mps, else cpu.

    Raises:
        EncoderError: no such device here.
    """
    offered = available_devices()
    if wanted == "auto":
        return torch.device(offered[0])
    aliases = {"cuda": "cuda:0", "mps:0": "mps", "cpu:0": "cpu"}
    if aliases.get(wanted, wanted) not in offered:
        raise EncoderError(
            f'device "{wanted}": not on this machine, which offers {", ".join(offered)}'
        )
    return torch.device(wanted)


def available_devices() -> tuple[str, ...]:
    """Name the devices of this machine, the fastest first."""
    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        gpus.append("mps")
    return (*gpus, "cpu")


def has_native_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware; emulation is slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    if platform.machine() in {"arm64", "aarch64"}:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    # torch has no public question for this; on x86 the one above is yes without hardware, too.
    questions = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, question, lambda: False)() for question in questions)


def place(
    model: nn.Module,
    preprocessing: Preprocessing,
    device: torch.device,
    wanted: str,
    *,
    reload: Callable[[], nn.Module],
    int8: Tensors | None = None,
) -> Backbone | Int8Backbone:
    """Put the model on its device in the wanted format.

    ``auto`` is int8 where the weights are, the CPU can and one picture's embedding agrees with
    float32. Else it is bfloat16 where the hardware has it and one picture's embedding agrees with
    float32, which costs the time of encoding that picture twice. Else it is float32.

    Args:
        model: float32, on the CPU. It is converted in place: a copy would double the memory
            of a large one, for the sake of a case that hardly ever comes.
        preprocessing: the model's own.
        device: where it goes.
        wanted: ``auto``, ``float32`` or ``bfloat16``.
        reload: gives the same model afresh, for that case.
        int8: its tensors as they are in an int8 encoder file.

    Raises:
        EncoderError: no such format.
    """
    if wanted != "auto":
        if wanted not in _DTYPES:
            raise EncoderError(f'dtype "{wanted}": not one of auto, float32, bfloat16')
        return Backbone(model, preprocessing, device, _DTYPES[wanted])
    exact = Backbone(model, preprocessing, device, torch.float32)
    has_bfloat16 = has_native_bfloat16(device)
    may_int8 = int8 is not None and device.type == "cpu" and can_run_int8()
    if not has_bfloat16 and not may_int8:
        return exact
    probe = probe_picture(preprocessing.height, preprocessing.width)[None]
    expected = exact.embed(probe)
    if int8 is not None and may_int8:
        float_dtype = torch.bfloat16 if has_bfloat16 else torch.float32
        quantised = _in_int8(model, int8, preprocessing, float_dtype, probe, expected)
        if quantised is not None:
            return quantised
    if not has_bfloat16:
        return exact
    fast = Backbone(model, preprocessing, device, torch.bfloat16)
    if float(torch.cosine_similarity(fast.embed(probe), expected)) >= MIN_COSINE:
        return fast
    return Backbone(reload(), preprocessing, device, torch.float32)


def _in_int8(
    model: nn.Module,
    tensors: Tensors,
    preprocessing: Preprocessing,
    float_dtype: torch.dtype,
    probe: Pixels,
    expected: torch.Tensor,
) -> Int8Backbone | None:
    """The same in int8; None where it can't be built or doesn't agree."""
    try:
        backbone = Int8Backbone(model, tensors, preprocessing, float_dtype)
        embedding = backbone.embed(probe)
    # torch's kernels are no public interface: whatever they object to, floats remain.
    except (ArithmeticError, AttributeError, EncoderError, LookupError, RuntimeError, TypeError,
            ValueError):  # fmt: skip
        return None
    agrees = float(torch.cosine_similarity(embedding, expected)) >= MIN_INT8_COSINE
    return backbone if agrees else None


def probe_picture(height: int, width: int) -> Pixels:
    """Make up a picture with edges, smooth shades and texture: (height, width, 3) uint8.

    With it ``place`` tries whether a format agrees with float32.
    """
    down, across = np.mgrid[0:height, 0:width]
    shade = 127 * across / width
    disc = 80 * (np.hypot(down - height / 2, across - width / 2) < height / 3)
    texture = 24 * np.sin(down / 3) * np.sin(across / 5)
    channels = (shade + disc, 255 - shade - disc + texture, 127 + texture - disc)
    return np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8)
