"""How large the inputs of a ViT's linear layers become, over pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from vsearch.encoder.preprocessing import Preprocessing

Watch = Callable[[str, torch.Tensor], None]
"""Is told of a layer's name and its input, (n, tokens, in) float32."""

_BATCH = 16


class Channels:
    """The lowest and the highest value of each channel."""

    def __init__(self) -> None:
        self.low = torch.tensor(torch.inf)
        self.high = torch.tensor(-torch.inf)

    def add(self, inputs: torch.Tensor) -> None:
        """Look at (..., channels) float32."""
        rows = inputs.flatten(0, -2)
        self.low = torch.minimum(self.low, rows.amin(0))
        self.high = torch.maximum(self.high, rows.amax(0))


class Ends:
    """The lowest and the highest of all values, less a share at each end."""

    def __init__(self, tail: float, pictures: int) -> None:
        """Leave out a share of ``tail`` (0..1) at each end, of so many pictures in all."""
        self._tail = tail
        self._pictures = pictures
        self._lowest = self._highest = torch.empty(0)

    def add(self, inputs: torch.Tensor) -> None:
        """Look at (n, tokens, channels) float32; only what may be left out is kept."""
        values = inputs.flatten()
        most = 1 + int(self._tail * inputs[0].numel() * self._pictures)
        self._lowest = _ends(torch.cat([self._lowest, values]), most, largest=False)
        self._highest = _ends(torch.cat([self._highest, values]), most, largest=True)

    @property
    def low(self) -> float:
        """The lowest that is left, once all pictures were looked at."""
        return float(self._lowest[-1])

    @property
    def high(self) -> float:
        """The highest that is left, once all pictures were looked at."""
        return float(self._highest[-1])


def watch_inputs(
    model: nn.Module,
    layers: Mapping[str, nn.Module],
    watch: Watch,
    pixels: Sequence[npt.NDArray[np.uint8]],
    preprocessing: Preprocessing,
    advance: Callable[[int], None],
) -> None:
    """Show pictures to a model and its layers' inputs to a watcher.

    Args:
        model: float32, on the CPU.
        layers: which, by name.
        watch: told of each input.
        pixels: (height, width, 3) uint8 each.
        preprocessing: the model's.
        advance: told how many pictures are done.
    """
    mean = torch.tensor(preprocessing.mean).view(1, 3, 1, 1)
    std = torch.tensor(preprocessing.std).view(1, 3, 1, 1)
    with torch.inference_mode(), _hooks(layers, watch):
        for start in range(0, len(pixels), _BATCH):
            batch = torch.from_numpy(np.stack(pixels[start : start + _BATCH]))
            model((batch.permute(0, 3, 1, 2).float() / 255 - mean) / std)
            advance(len(batch))


@contextmanager
def _hooks(layers: Mapping[str, nn.Module], watch: Watch) -> Iterator[None]:
    def hook_of(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
        return lambda _module, inputs: watch(name, inputs[0])

    handles = [layer.register_forward_pre_hook(hook_of(name)) for name, layer in layers.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _ends(values: torch.Tensor, most: int, *, largest: bool) -> torch.Tensor:
    return values.topk(min(most, len(values)), largest=largest).values
