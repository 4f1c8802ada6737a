"""A linear layer of int8 weights on uint8 input, by oneDNN, and whether this machine has it."""

from __future__ import annotations

from typing import Any

import torch

from vsearch.encoder.int8_format import SCALE_SUFFIX, STEP_SUFFIX, Tensors

_OPERATIONS = ("qlinear_prepack", "qlinear_pointwise")
_LARGEST_U8 = 255


def can_run_int8() -> bool:
    """Whether this processor multiplies uint8 by int8 (VNNI) and this torch lets it.

    Without VNNI sums overflow, or a reference kernel takes a second for a picture.
    """
    has_vnni = getattr(torch.cpu, "_is_vnni_supported", lambda: False)
    return bool(has_vnni()) and all(hasattr(torch.ops.onednn, name) for name in _OPERATIONS)


class Int8Linear:
    """Takes (..., in) uint8 by its own step and zero point. Thread-safe."""

    def __init__(
        self,
        weight: torch.Tensor,
        scale: torch.Tensor,
        bias: torch.Tensor,
        step: float,
        zero: int,
    ) -> None:
        """Reorder the weights as the kernel wants them.

        Args:
            weight: (out, in) int8.
            scale: (out,) float32, of its rows.
            bias: (out,) float32.
            step: of the input.
            zero: the input that stands for 0, 0 to 255.
        """
        self.step, self.zero = step, zero
        self._packed = torch.ops.onednn.qlinear_prepack(weight.contiguous(), None)
        self._scale, self._bias = scale.float().contiguous(), bias.float().contiguous()
        self._zeros = torch.zeros(len(scale), dtype=torch.int32)

    @classmethod
    def of_layer(
        cls, tensors: Tensors, name: str, row_factors: torch.Tensor | None = None
    ) -> Int8Linear:
        """Take a layer out of an encoder file.

        Args:
            tensors: the file's.
            name: the layer's.
            row_factors: (out,) float32 that what comes out is multiplied by.
        """
        scale, bias = tensors[f"{name}{SCALE_SUFFIX}"].float(), tensors[f"{name}.bias"].float()
        if row_factors is not None:
            scale, bias = scale * row_factors, bias * row_factors
        step, zero = tensors[f"{name}{STEP_SUFFIX}"].tolist()
        return cls(tensors[f"{name}.weight"], scale, bias, step, int(zero))

    def apply(self, inputs: torch.Tensor, dtype: torch.dtype, *, gelu: bool = False) -> Any:
        """Multiply: (..., out) of that float format, after GELU if wanted."""
        return self._run(inputs, dtype, "gelu" if gelu else "none", 1.0, 0)

    def apply_into(self, inputs: torch.Tensor, following: Int8Linear) -> Any:
        """Multiply and GELU: (..., out) uint8 as the following layer takes it."""
        return self._run(inputs, torch.uint8, "gelu", following.step, following.zero)

    def add_to(self, inputs: torch.Tensor, residual: torch.Tensor) -> Any:
        """Multiply and add: (..., out) float32, in the residual's own memory."""
        return torch.ops.onednn.qlinear_pointwise.binary(
            inputs, self.step, self.zero, self._packed, self._scale, self._zeros, residual,
            self._bias, 1.0, 0, torch.float32, 1.0, 0, "sum", 1.0, "none", [], "",
        )  # fmt: skip

    def _run(
        self, inputs: torch.Tensor, dtype: torch.dtype, after: str, out_step: float, out_zero: int
    ) -> Any:
        return torch.ops.onednn.qlinear_pointwise.default(
            inputs, self.step, self.zero, self._packed, self._scale, self._zeros,
            self._bias, out_step, out_zero, dtype, after, [], "none",
        )  # fmt: skip


def to_uint8(values: torch.Tensor) -> torch.Tensor:
    """Cut off and round down float32 that is already in steps; it is changed.

    Whoever computes the values adds the zero point and a half, which rounds to the nearest.
    """
    # By way of int32: torch takes several times as long from float straight to uint8.
    return values.clamp_(0, _LARGEST_U8).to(torch.int32).to(torch.uint8)
