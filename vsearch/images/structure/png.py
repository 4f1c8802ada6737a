"""PNG: chunks."""

from __future__ import annotations

from vsearch.errors import ImageRejected

#: Encoders cut the picture into chunks of 8 KiB, the thriftiest of 512 bytes.
_SPARE_CHUNKS = 1024
_BYTES_A_CHUNK = 512

_SIGNATURE_BYTES = 8
_CHUNK_BYTES = 12
_END = b"IEND"


def check(data: bytes) -> None:
    """Count chunks.

    Raises:
        ImageRejected: there are too many for the file's size.
    """
    most = _SPARE_CHUNKS + len(data) // _BYTES_A_CHUNK
    at, last = _SIGNATURE_BYTES, len(data) - _CHUNK_BYTES
    for _ in range(most):
        if at > last or data[at + 4 : at + 8] == _END:
            return
        at += _CHUNK_BYTES + int.from_bytes(data[at : at + 4], "big")
    raise ImageRejected(f"PNG of more than {most:,} chunks; save it anew")
