"""An open_clip encoder's text tower, loaded when the first text comes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import normalize

from vsearch.encoder.interface import Embeddings
from vsearch.encoder.open_clip_library import REMEDY, import_open_clip
from vsearch.encoder.open_clip_source import OpenClipSource
from vsearch.encoder.open_clip_towers import TextTower, text_tower
from vsearch.encoder.prefetch import batched
from vsearch.errors import EncoderError

_BATCH = 64


class OpenClipTexts:
    """Texts to embeddings, in float32. Safe to share between threads."""

    def __init__(self, source: OpenClipSource, device: torch.device) -> None:
        """Prepare; nothing is loaded."""
        self._source = source
        self._device = device
        self._gate = threading.Lock()
        self._loaded: tuple[Any, TextTower] | None = None

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts; what a text has beyond the tower's context is cut off.

        Returns:
            (n, dim) float32, L2-normalised, before any head.

        Raises:
            EncoderError: the tower or its tokenizer can't be loaded.
            WeightsError: the weights are missing, damaged or have no text tower.
        """
        tokenize, tower = self._get()
        rows = [np.empty((0, tower.num_features), np.float32)]
        for batch in batched(iter(texts), _BATCH):
            with torch.inference_mode():
                embeddings = tower(tokenize(batch).to(self._device))
                if getattr(embeddings, "shape", None) != (len(batch), tower.num_features):
                    raise EncoderError(
                        f'encoder "{self._source.name}": its text tower gives no embedding of'
                        f" {tower.num_features} numbers; choose another encoder"
                    )
                rows.append(normalize(embeddings.float()).cpu().numpy())
        return np.concatenate(rows)

    def _get(self) -> tuple[Any, TextTower]:
        with self._gate:
            if self._loaded is None:
                tokenize = self._tokenizer()
                self._loaded = tokenize, text_tower(self._source).to(self._device)
            return self._loaded

    def _tokenizer(self) -> Any:
        open_clip = import_open_clip(self._source.name)
        try:
            return open_clip.get_tokenizer(self._source.tokenizer)
        except ImportError as error:
            raise EncoderError(
                f'encoder "{self._source.name}": its tokenizer needs transformers ({error}):'
                f" {REMEDY}"
            ) from error
        except (LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
            raise EncoderError(
                f'encoder "{self._source.name}": its tokenizer can\'t be loaded: {error}'
            ) from error
