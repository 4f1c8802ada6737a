"""Writing when keys were last used: beside the requests, which never wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from vsearch.access.key_ring import KeyRing
from vsearch.errors import VsearchError

_EVERY_S = 5.0

_log = logging.getLogger(__name__)


@asynccontextmanager
async def noting_key_uses(ring: KeyRing, *, every_s: float = _EVERY_S) -> AsyncIterator[None]:
    """Look every few seconds whether a key's use is to be written, as long as the block lasts."""
    task = asyncio.create_task(_note_again_and_again(ring, every_s))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _note_again_and_again(ring: KeyRing, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await asyncio.to_thread(ring.note_uses)
        except VsearchError as error:
            _log.warning("when keys were last used can't be written: %s", error)
