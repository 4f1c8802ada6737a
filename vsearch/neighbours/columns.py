"""Neighbours as columns."""

from __future__ import annotations

import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field("sku", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("neighbour_sku", pa.string(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),
    ]
)
"""One row for each neighbour of each product: rank 1 is the nearest, score the cosine."""
