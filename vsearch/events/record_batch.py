"""Events as Arrow record batches, which pandas, Polars, DuckDB and others take over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vsearch.events.columns import NO_NUMBER, EventColumns

SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("sku", pa.string(), nullable=False),
        pa.field("at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("session_id", pa.string(), nullable=False),
        pa.field("query_id", pa.string(), nullable=False),
        pa.field("position", pa.int32()),
        pa.field("quantity", pa.int32()),
    ]
)


def record_batch(events: EventColumns) -> pa.RecordBatch:
    """Turn columns into a batch of ``SCHEMA``; who and where are empty where nobody knows."""
    return pa.record_batch(
        [
            pa.array(events.kinds, pa.string()),
            pa.array(events.skus, pa.string()),
            pa.array(events.at, pa.timestamp("us")).cast(SCHEMA.field("at").type),
            pa.array(events.user_ids, pa.string()),
            pa.array(events.session_ids, pa.string()),
            pa.array(events.query_ids, pa.string()),
            _numbers(events.positions),
            _numbers(events.quantities),
        ],
        schema=SCHEMA,
    )


def _numbers(numbers: npt.NDArray[np.int32]) -> pa.Array:
    return pa.array(numbers, mask=numbers == NO_NUMBER)
