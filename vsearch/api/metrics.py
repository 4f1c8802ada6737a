"""What the service measures of itself, for Prometheus."""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The figures of one service."""

    def __init__(self, *, shared: bool = False) -> None:
        """Start from nothing.

        Args:
            shared: whether several processes' figures are put together.
        """
        # When a figure was begun is of no use to anybody.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._shared = shared
        self._registry = CollectorRegistry()
        registry = self._registry
        self.requests = Counter(
            "vsearch_requests",
            "Requests that were answered",
            ["route", "method", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "vsearch_request_seconds",
            "From the first byte of a request to the last of its answer",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.stages = Histogram(
            "vsearch_stage_seconds",
            "Where a query's time goes: fetch, decode, queue, encode, search",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.batch_size = Histogram(
            "vsearch_batch_size", "Pictures encoded at once", buckets=_SIZES, registry=registry
        )
        self.waiting = Gauge(
            "vsearch_queries_in_flight",
            "Queries that are worked on or wait",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.queue = Gauge(
            "vsearch_encoder_queue",
            "Pictures that waited when the latest batch was made",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.cache = Counter(
            "vsearch_embedding_cache",
            "Pictures looked for among those that came before",
            ["found"],
            registry=registry,
        )
        self.refused = Counter(
            "vsearch_refused",
            "Requests sent away: queue (it is full), rate (too many a minute)",
            ["why"],
            registry=registry,
        )
        self.generation = Gauge(
            "vsearch_index_generation",
            "The generation that queries are answered from",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.images = Gauge(
            "vsearch_index_images",
            "Pictures in the index",
            registry=registry,
            multiprocess_mode="mostrecent",
        )

    def observe_stage(self, stage: str, seconds: float) -> None:
        """Count a stage of a query."""
        self.stages.labels(stage).observe(seconds)

    def observe_batch(self, pictures: int, waiting: int) -> None:
        """Count a batch of the encoder's."""
        self.batch_size.observe(pictures)
        self.queue.set(waiting)

    def observe_cached(self, found: bool) -> None:
        """Count a picture that was looked for among those that came before."""
        self.cache.labels("yes" if found else "no").inc()

    def text(self) -> bytes:
        """All figures in Prometheus' format; of all processes where they are shared."""
        if not self._shared:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        multiprocess.MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)
