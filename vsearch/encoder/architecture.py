"""timm's names: which there are, and an untrained or empty model of one."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from vsearch.encoder.torchvision_shim import import_timm
from vsearch.errors import EncoderError

_GENERATOR = threading.Lock()


def full_name(name: str) -> str:
    """Complete a timm name by the tag of its default weights, ``vit_tiny_patch16_224`` too.

    Raises:
        EncoderError: timm has no such architecture, or no such tag of it.
    """
    timm = import_timm()
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise EncoderError(f'encoder "{name}": timm has no such model{_near(name)}')
    known: list[str] = timm.list_pretrained(f"{architecture}.*")
    if tag and name not in known:
        raise EncoderError(
            f'encoder "{name}": timm has no weights "{tag}" of {architecture}'
            + (f"; it has {', '.join(known)}" if known else f"; write {architecture}")
        )
    if tag or not known:
        return name
    default_tag = timm.get_pretrained_cfg(architecture).tag
    return f"{architecture}.{default_tag}" if default_tag else architecture


def build(name: str, *, seed: int | None) -> nn.Module:
    """Build the model without its classifier, in evaluation mode, float32, on the CPU.

    Args:
        name: a timm name.
        seed: of random weights; with None they are left uninitialised, to be filled.

    Raises:
        EncoderError: the model can't be built.
    """
    timm = import_timm()
    model: nn.Module
    try:
        with initialisation(seed):
            model = timm.create_model(name, num_classes=0)
    except (RuntimeError, TypeError, ValueError) as error:
        raise EncoderError(f'encoder "{name}": timm can\'t build it: {error}') from error
    return model.eval()


@contextmanager
def initialisation(seed: int | None) -> Iterator[None]:
    """Within it a model that is built gets random weights of this seed; with None, none at all."""
    if seed is None:
        with _Uninitialised():
            yield
    else:
        # The generator belongs to the process: two threads would draw from each other's seed.
        with _GENERATOR, torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            yield


def pooling(model: nn.Module) -> str:
    """How the model makes one embedding of many patches: ``token``, ``avg``, ``map``, ..."""
    pool = getattr(model, "global_pool", None)
    if pool is None or isinstance(pool, nn.Module):
        head_pool = getattr(getattr(model, "head", None), "global_pool", None)
        pool = getattr(pool or head_pool, "pool_type", "own")
    return str(pool)


def dimension(model: nn.Module) -> int:
    """Length of the pooled embedding; 0 where the model doesn't say."""
    return int(getattr(model, "head_hidden_size", 0) or getattr(model, "num_features", 0))


def data_config(model: nn.Module) -> Mapping[str, Any]:
    """Input size, crop, interpolation, mean and std of the model's own pretraining."""
    config: Mapping[str, Any] = import_timm().data.resolve_model_data_config(model)
    return config


def _near(name: str) -> str:
    timm = import_timm()
    architecture = name.partition(".")[0]
    near = difflib.get_close_matches(name, timm.list_pretrained(), 3, 0.7)
    near += difflib.get_close_matches(architecture, timm.list_models(), 3, 0.7)
    return f"; near it: {', '.join(dict.fromkeys(near))}" if near else "; see `vsearch encoders`"


def _random_fillers() -> Iterable[Callable[..., Any]]:
    for name in ("normal_", "uniform_", "trunc_normal_", "kaiming_uniform_", "kaiming_normal_",
                 "xavier_uniform_", "xavier_normal_"):  # fmt: skip
        yield getattr(nn.init, name)
    yield from (torch.Tensor.normal_, torch.Tensor.uniform_, torch.Tensor.erfinv_)


class _Uninitialised(TorchFunctionMode):
    """Skips random initialisation: half a second for a ViT-B whose weights come from a file."""

    _skipped = frozenset(_random_fillers())

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func in self._skipped:
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))
