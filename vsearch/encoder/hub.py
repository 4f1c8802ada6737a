"""Pretrained weights from the Hugging Face hub, as a safetensors file."""

from __future__ import annotations

from pathlib import Path

import httpx
from huggingface_hub import hf_hub_download, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError

from vsearch.encoder.torchvision_shim import import_timm
from vsearch.errors import WeightsError

_REMEDY = "give the weights as a file: --weights FILE.safetensors"
_ANSWER_TIMEOUT_S = 10.0


def download(
    architecture: str, *, endpoint: str | None = None, cache_dir: Path | None = None
) -> Path:
    """Find timm's weights of an architecture in the hub's cache, or download them into it.

    Whether the hub can be reached is asked once, for 10 seconds: the hub's own client would
    ask again for most of a minute where a machine has no network.

    Args:
        architecture: a full timm name, with its tag.
        endpoint: another address than huggingface.co.
        cache_dir: another folder than the hub's usual one.

    Raises:
        WeightsError: timm offers none, the hub can't be reached, or it refuses.
    """
    config = import_timm().get_pretrained_cfg(architecture)
    filename = (config.hf_hub_filename if config else None) or "model.safetensors"
    if config is None or not config.hf_hub_id or not filename.endswith(".safetensors"):
        raise WeightsError(f"{architecture}: the hub has no safetensors weights of it; {_REMEDY}")
    repository, _, revision = config.hf_hub_id.partition("@")
    return download_file(
        repository,
        filename,
        revision=revision or None,
        wanted_for=architecture,
        endpoint=endpoint,
        cache_dir=cache_dir,
    )


def download_file(
    repository: str,
    filename: str,
    *,
    wanted_for: str,
    revision: str | None = None,
    endpoint: str | None = None,
    cache_dir: Path | None = None,
) -> Path:
    """Find a file of a repository in the hub's cache, or download it there; as ``download``.

    Args:
        repository: ``organisation/name``.
        filename: its path in there.
        wanted_for: the encoder, for messages.
        revision: a branch, tag or commit; None is the main branch.
        endpoint: another address than huggingface.co.
        cache_dir: another folder than the hub's usual one.

    Raises:
        WeightsError: the hub can't be reached, has no such file, or refuses.
    """
    cached = try_to_load_from_cache(repository, filename, cache_dir=cache_dir, revision=revision)
    if isinstance(cached, str):
        return Path(cached)
    url = hf_hub_url(repository, filename, revision=revision, endpoint=endpoint)
    try:
        _require_answer(url)
        downloaded = hf_hub_download(
            repository, filename, revision=revision, cache_dir=cache_dir, endpoint=endpoint
        )
    except (OSError, httpx.HTTPError, HfHubHTTPError) as error:
        # The hub's client puts "please check your connection" before what really happened.
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        raise WeightsError(
            f"{wanted_for}: can't get its weights from {url} ({reason}); {_REMEDY}"
        ) from error
    return Path(downloaded)


def _require_answer(url: str) -> None:
    # Whether it is allowed to have the file is left to the hub's client, which may know a token.
    response = httpx.head(url, timeout=_ANSWER_TIMEOUT_S)
    if response.is_server_error:
        response.raise_for_status()
