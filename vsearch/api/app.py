"""The application: one process of the service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing

from fastapi import FastAPI

from vsearch._version import __version__
from vsearch.access.key_ring import KeyRing
from vsearch.api import problems
from vsearch.api.encoded_slashes import EncodedSlashes
from vsearch.api.metrics import Metrics
from vsearch.api.openapi import describe
from vsearch.api.page import serve_page
from vsearch.api.request_context import RequestContext
from vsearch.api.routes import collection, events, health, images, products, query, recommend
from vsearch.api.routes import jobs as jobs_routes
from vsearch.api.security.access import Access
from vsearch.api.security.install import secure
from vsearch.api.security.key_uses import noting_key_uses
from vsearch.api.service import Service
from vsearch.api.startup import StartupProblems
from vsearch.api.warming import warm_recommender
from vsearch.collection import Collection
from vsearch.encoder.decoders import decoding_threads
from vsearch.jobs.jobs import Jobs
from vsearch.jobs.runner import JobRunner
from vsearch.searching.serving import ServingOptions
from vsearch.service_settings import ServiceSettings
from vsearch.settings import Settings

#: Threads for changes: one of them works, for all that wait.
_CHANGES = 8

#: Threads for what is neither a query nor a change.
_OTHERS = 8

_DESCRIPTION = """Give it a shopper's photo, and it finds the product.

Errors are RFC 9457 problem details. Every answer carries `X-Request-ID`; the same id stands in
the service's log. 429 and 503 say in `Retry-After` when to ask again."""


def create_app(settings: Settings, serving: ServiceSettings) -> FastAPI:
    """Make the application; the collection is opened when it starts.

    Args:
        settings: which collection, and how its pictures and encoder are read.
        serving: how the service runs.
    """
    metrics = Metrics(shared=serving.workers > 1)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with (
            Collection.open(
                settings.collection,
                settings=settings,
                serving=ServingOptions(
                    queue_size=serving.queue,
                    lanes=_lanes(serving.workers),
                    observe=metrics.observe_stage,
                    observe_batch=metrics.observe_batch,
                    observe_cached=metrics.observe_cached,
                ),
            ) as opened,
            ThreadPoolExecutor(serving.queue, thread_name_prefix="query") as queries,
            ThreadPoolExecutor(_CHANGES, thread_name_prefix="change") as changes,
            ThreadPoolExecutor(_OTHERS, thread_name_prefix="other") as others,
        ):
            # Before the first caller comes, who would wait for seconds.
            opened.load_encoder()
            ring = KeyRing(opened.keys)
            app.state.access = Access(
                ring, anonymous=serving.anonymous, per_minute=serving.per_minute
            )
            jobs = Jobs(settings.collection, settings)
            app.state.service = Service(
                opened, settings, serving, jobs, metrics, queries, changes, others
            )
            others.submit(warm_recommender, opened)
            runner = JobRunner(
                settings.collection, settings, keep_events_days=serving.keep_events_days
            )
            with closing(jobs), runner:
                async with noting_key_uses(ring):
                    yield

    app = FastAPI(
        title="vsearch",
        summary="Visual product search",
        description=_DESCRIPTION,
        version=__version__,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    for router in (
        health.router,
        query.router,
        recommend.router,
        products.router,
        images.router,
        jobs_routes.router,
        events.router,
        collection.router,
    ):
        app.include_router(router)
    if serving.with_page:
        serve_page(app)
    describe(app)
    secure(app, serving)
    app.add_middleware(EncodedSlashes)
    app.add_middleware(RequestContext, metrics=metrics)
    app.add_middleware(StartupProblems)
    return app


def _lanes(workers: int) -> int:
    """How many batches a process makes side by side: twice its share of the cores.

    Connections don't spread evenly over processes: one that has most of them may take cores
    that the others leave idle.
    """
    cores = decoding_threads()
    return min(cores, max(1, 2 * cores // max(1, workers)))
