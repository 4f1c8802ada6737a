"""An encoder in one word of a command line: ``NAME``, ``FILE`` or ``NAME@WEIGHTS``."""

from __future__ import annotations

from pathlib import Path

_BEFORE_WEIGHTS = "@"


def name_and_weights(text: str) -> tuple[str | None, str | None]:
    """Take it apart into what ``--encoder`` and ``--weights`` would be; None where not given.

    >>> name_and_weights("vit_small_patch16_224@random:0")
    ('vit_small_patch16_224', 'random:0')
    >>> name_and_weights("models/tuned.safetensors")
    ('models/tuned.safetensors', None)
    >>> name_and_weights("@hub")
    (None, 'hub')
    """
    # A file may have the sign in its name.
    if Path(text).is_file():
        return text, None
    name, _, weights = text.partition(_BEFORE_WEIGHTS)
    return name or None, weights or None


def short_name(text: str) -> str:
    """The same for a table: of a path only the file's name.

    >>> short_name("vit_tiny_patch16_224@/models/my.safetensors")
    'vit_tiny_patch16_224@my.safetensors'
    """
    name, weights = name_and_weights(text)
    parts = [name or ""] if weights is None else [name or "", weights]
    return _BEFORE_WEIGHTS.join(Path(part).name if "/" in part else part for part in parts)
