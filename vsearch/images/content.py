"""The name of a picture's content: what lets a renamed or re-listed picture cost nothing."""

from __future__ import annotations

import hashlib


def content_hash(data: bytes) -> str:
    """Return the SHA-256 of an image file's bytes: 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()
