"""``vsearch serve``: a collection as an HTTP service with a search page."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from typing import Annotated, Any

import typer

from vsearch.cli import FAILED
from vsearch.cli.options import CollectionOption, DeviceOption, settings_from
from vsearch.cli.output import note
from vsearch.errors import MissingExtra

_ACCESS = "Who may call"
_LIMITS = "How much"

#: Devices that need no look, for which torch would have to be imported.
_ALWAYS_THERE = ("auto", "cpu")


def serve(
    collection: CollectionOption = None,
    host: Annotated[
        str | None,
        typer.Option(help="The address to listen at.  \\[default: 127.0.0.1]", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            "-p",
            min=0,
            max=65_535,
            help="0 takes a free one.  \\[default: 8000]",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes; they share the index.  \\[default: one a core, four at most; one on"
            " a GPU]",
            show_default=False,
        ),
    ] = None,
    create: Annotated[
        bool, typer.Option("--create", help="Make an empty collection where there is none.")
    ] = False,
    anonymous: Annotated[
        str | None,
        typer.Option(
            metavar="auto|none|read|all",
            help="What callers without a key may do; auto: everything, as long as there are no"
            " keys and only this machine can connect.  \\[default: auto]",
            show_default=False,
            rich_help_panel=_ACCESS,
        ),
    ] = None,
    cors: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Another origin whose pages may call: https://shop.example; may be repeated.",
            show_default=False,
            rich_help_panel=_ACCESS,
        ),
    ] = None,
    fetch_urls: Annotated[
        bool,
        typer.Option(
            "--fetch-urls",
            help="Fetch pictures that requests and feeds give by URL, from public addresses only.",
            rich_help_panel=_ACCESS,
        ),
    ] = False,
    per_minute: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Requests a minute for each key, or address without one; 0 for no limit."
            "  \\[default: 600]",
            show_default=False,
            rich_help_panel=_LIMITS,
        ),
    ] = None,
    max_upload_mib: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            help="Larger requests are refused.  \\[default: 16]",
            show_default=False,
            rich_help_panel=_LIMITS,
        ),
    ] = None,
    queue: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Queries that are worked on or wait; more are told to come back."
            "  \\[default: 128]",
            show_default=False,
            rich_help_panel=_LIMITS,
        ),
    ] = None,
    page: Annotated[
        bool | None,
        typer.Option(
            "--page/--no-page",
            help="Whether / is the search page.  \\[default: page]",
            show_default=False,
        ),
    ] = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Write the log as JSON, one object a line.")
    ] = False,
    device: DeviceOption = None,
) -> None:
    """Serve a collection over HTTP: an API for the shop, a search page for people.

    The API is described at /openapi.json, and in docs/service.md. A feed that is
    indexed meanwhile is found without a restart. Each option but --create has a
    variable, VSEARCH_SERVE_* for most.

    Examples:

      vsearch serve

      vsearch serve --collection /srv/search --port 8080 --workers 4

      vsearch serve --host 0.0.0.0 --anonymous read --cors https://shop.example
    """
    # Before NumPy is imported, here and in the workers. What a query multiplies is small, and
    # threads of OpenBLAS that wait for more of it take a sixth of the processor.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from vsearch.api.run import listen, run
        from vsearch.api.security.binding import may_bind
        from vsearch.api.security.install import allowed_origins
        from vsearch.api.workers import suitable_workers
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("vsearch"):
            raise
        raise MissingExtra(
            f'vsearch serve: {error.name} is not installed; pip install "vsearch-engine[serve]"'
        ) from error
    from vsearch.collection import Collection
    from vsearch.service_settings import Anonymous, ServiceSettings
    from vsearch.settings import UrlPolicy

    if anonymous is not None and anonymous not in list(Anonymous):
        raise typer.BadParameter(f'--anonymous: "{anonymous}" is not {", ".join(Anonymous)}')
    given: dict[str, Any] = {
        "host": host,
        "port": port,
        "workers": workers,
        "anonymous": None if anonymous is None else Anonymous(anonymous),
        "cors_origins": tuple(cors) if cors else None,
        "per_minute": per_minute,
        "max_upload_mib": max_upload_mib,
        "queue": queue,
        "with_page": page,
        "fetch_urls": fetch_urls or None,
        "log_json": log_json or None,
    }
    serving = replace(
        ServiceSettings.from_environment(),
        **{name: value for name, value in given.items() if value is not None},
    )
    settings = settings_from(collection=collection, device=device)
    settings = replace(
        settings,
        urls=UrlPolicy.PUBLIC if serving.fetch_urls else UrlPolicy.NONE,
        max_megapixels=serving.max_megapixels,
    )
    # What is wrong is said here, and not by each process in its log, started again and again.
    allowed_origins(serving)
    if settings.device not in _ALWAYS_THERE:
        from vsearch.encoder.precision import choose_device

        choose_device(settings.device)
    if create and not (settings.collection / "manifest.json").exists():
        Collection.create(settings.collection, settings=settings).close()
    with Collection.open(settings.collection, settings=settings) as opened:
        may_bind(serving.host, has_keys=opened.keys.has_any(), anonymous=serving.anonymous)
    taken = listen(serving)
    serving = replace(serving, workers=serving.workers or suitable_workers(settings.device))
    address, port_taken = taken.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    note(f"{settings.collection}: http://{shown}:{port_taken}")
    with tempfile.TemporaryDirectory(prefix="vsearch-metrics-") as figures:
        if serving.workers > 1:
            # prometheus_client reads it when it is first imported, in the workers.
            os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", figures)
        if not run(settings, serving, taken):
            raise typer.Exit(FAILED)
