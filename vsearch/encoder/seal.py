"""The checksum that an encoder file carries within itself, over all of it but the checksum."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

SEAL = "sha256"
"""The metadata's key."""

UNSEALED = "0" * 64
"""What stands in the checksum's place while it is computed."""

_LENGTH_BYTES = 8
_ALIGNMENT = 8
_CHUNK = 2**20


def sealed(content: bytes) -> bytes:
    """Put the checksum into a safetensors file whose metadata have ``UNSEALED`` in its place.

    The header's entries, which the library writes in an order of its own each time, are put
    into order as well: the same encoder always makes the same file.
    """
    (header_bytes,) = struct.unpack("<Q", content[:_LENGTH_BYTES])
    end = _LENGTH_BYTES + header_bytes
    entries = json.loads(content[_LENGTH_BYTES:end])
    header = json.dumps(entries, sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % _ALIGNMENT)
    content = struct.pack("<Q", len(header)) + header + content[end:]
    checksum = hashlib.sha256(content).hexdigest()
    return content.replace(_entry(UNSEALED), _entry(checksum), 1)


def is_intact(path: Path, checksum: str) -> bool:
    """Whether the file is as it was when it was sealed.

    Args:
        path: a safetensors file.
        checksum: what its metadata have under ``SEAL``.
    """
    with path.open("rb") as file:
        start = file.read(_LENGTH_BYTES)
        (header_bytes,) = struct.unpack("<Q", start)
        header = file.read(header_bytes)
        digest = hashlib.sha256(start + header.replace(_entry(checksum), _entry(UNSEALED), 1))
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == checksum


def _entry(checksum: str) -> bytes:
    # Within the metadata's own texts a quotation mark has a backslash before it.
    return f'"{SEAL}":"{checksum}"'.encode()
