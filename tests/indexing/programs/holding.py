"""``vsearch`` that stops before its fourth batch, says so, and waits to be ended."""

from __future__ import annotations

import time

from vsearch.cli import main
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.indexing import recorder

BATCHES = 3

really_embed = TimmEncoder.embed_backbone
batches = 0


def embed(encoder, pixels):
    global batches
    batches += 1
    if batches > BATCHES:
        print("holding", flush=True)
        time.sleep(600)
    return really_embed(encoder, pixels)


if __name__ == "__main__":
    recorder._FLUSH_ROWS = 8
    TimmEncoder.embed_backbone = embed
    main()
