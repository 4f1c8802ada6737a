"""The steps of a training: learning rate, moving average of the weights, checkpoints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from vsearch.encoder.precision import has_native_bfloat16
from vsearch.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

_FIRST = "exp_avg"
_SECOND = "exp_avg_sq"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the learning rate runs: up over the warm-up, then down to 0 as a half cosine."""

    steps: int

    peak: float
    """Learning rate after the warm-up."""

    warm_up: float = 0.05
    """Share of the steps, 0..1."""

    def rate(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        warm = max(1, round(self.steps * self.warm_up))
        if step < warm:
            return self.peak * (step + 1) / warm
        progress = (step - warm) / max(1, self.steps - warm)
        return self.peak * (1 + math.cos(math.pi * progress)) / 2


class Optimisation:
    """AdamW over what a module lets learn, with a moving average of its weights."""

    def __init__(
        self,
        module: nn.Module,
        schedule: Schedule,
        *,
        weight_decay: float = 0.05,
        average: float = 0.998,
    ) -> None:
        """Prepare the first step.

        Args:
            module: its parameters with ``requires_grad`` learn.
            schedule: of the learning rate.
            weight_decay: of matrices; vectors (biases, norms) have none.
            average: share of the moving average that a step keeps, 0..1.
        """
        self.step = 0
        self._module = module
        self._schedule = schedule
        self._keep = average
        self._learning = {
            name: parameter
            for name, parameter in module.named_parameters()
            if parameter.requires_grad
        }
        matrices = [p for p in self._learning.values() if p.ndim > 1]
        vectors = [p for p in self._learning.values() if p.ndim <= 1]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=schedule.peak,
        )
        self._average = {name: p.detach().clone() for name, p in self._learning.items()}

    def take_step(self, loss: torch.Tensor) -> None:
        """Learn from a loss."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._schedule.rate(self.step)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._learning.values(), 1.0)
        self._optimiser.step()
        self.step += 1
        # A young average follows closely, or it would remember the start for ever.
        keep = min(self._keep, (1 + self.step) / (10 + self.step))
        for name, parameter in self._learning.items():
            self._average[name].lerp_(parameter.detach(), 1 - keep)

    def averaged(self) -> Mapping[str, torch.Tensor]:
        """Give the moving average of what learns, by parameter name."""
        return self._average

    def save(self, path: Path, run: str) -> None:
        """Write a checkpoint."""
        state = self._optimiser.state
        tensors = {
            "student": {name: p.detach() for name, p in self._learning.items()},
            "average": self._average,
            "first_moment": {n: state[p][_FIRST] for n, p in self._learning.items() if p in state},
            "second_moment": {
                n: state[p][_SECOND] for n, p in self._learning.items() if p in state
            },
        }
        save_checkpoint(path, Checkpoint(self.step, run, tensors))

    def resume(self, path: Path, run: str) -> bool:
        """Go on from a checkpoint, if there is one.

        Raises:
            TrainingError: it is damaged, or of another training.
        """
        checkpoint = load_checkpoint(path, run)
        if checkpoint is None:
            return False
        parts = checkpoint.tensors
        with torch.no_grad():
            for name, parameter in self._learning.items():
                parameter.copy_(parts["student"][name])
                self._average[name].copy_(parts["average"][name])
                if name in parts.get("first_moment", {}):
                    self._optimiser.state[parameter] = {
                        "step": torch.tensor(float(checkpoint.step)),
                        _FIRST: parts["first_moment"][name].to(parameter.device),
                        _SECOND: parts["second_moment"][name].to(parameter.device),
                    }
        self.step = checkpoint.step
        return True


def autocast(device: torch.device) -> torch.autocast:
    """Multiply in bfloat16 where the hardware does; the weights stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=has_native_bfloat16(device))
