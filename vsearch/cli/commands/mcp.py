"""``vsearch mcp``: the catalogue as tools for agents."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli.options import CollectionOption, DeviceOption, settings_from
from vsearch.errors import MissingExtra
from vsearch.settings import Settings, UrlPolicy

if TYPE_CHECKING:
    from vsearch.mcp_server.catalogue import Catalogue

_LIBRARY = ("mcp", "mcp_types")


def mcp(
    collection: CollectionOption = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Ask the service at this address, and not a folder.  \\[or VSEARCH_SERVICE_URL]",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="The service's API key. Other users of this machine see it here; better set"
            " VSEARCH_SERVICE_KEY.",
            show_default=False,
        ),
    ] = None,
    fetch_urls: Annotated[
        UrlPolicy,
        typer.Option(
            help="Which pictures are fetched by their address. An agent may have it from a page"
            " that nobody trusts."
        ),
    ] = UrlPolicy.PUBLIC,
    device: DeviceOption = None,
) -> None:
    r"""Offer the catalogue to an agent as tools, over the Model Context Protocol.

    Speaks on stdin and stdout: an agent's program starts it, with these words as
    its command. The tools find products by photo or words, find similar ones,
    tell all of a product and describe the catalogue. They change nothing. Takes
    the extra \[mcp].

    Examples:

      vsearch mcp --collection /srv/search

      vsearch mcp --url https://search.example.com
    """
    try:
        from vsearch.mcp_server.server import mcp_server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARY:
            raise
        raise MissingExtra(
            'vsearch mcp: the library mcp is not installed; pip install "vsearch-engine[mcp]"'
        ) from error

    if collection is not None and url is not None:
        raise typer.BadParameter("--collection and --url: give one of the two")
    settings = replace(settings_from(collection=collection, device=device), urls=fetch_urls)
    service = url or (settings.service_url if collection is None else None)
    with ExitStack() as stack:
        if service is None:
            catalogue = _local(settings, stack)
        else:
            catalogue = _served(service, key or settings.service_key, settings, stack)
        mcp_server(catalogue).run("stdio")


def _local(settings: Settings, stack: ExitStack) -> Catalogue:
    from vsearch.collection import Collection
    from vsearch.mcp_server.local import LocalCatalogue

    opened = Collection.open(settings.collection, settings=settings)
    return LocalCatalogue(stack.enter_context(opened))


def _served(url: str, key: str | None, settings: Settings, stack: ExitStack) -> Catalogue:
    from vsearch.client import Client
    from vsearch.mcp_server.served import ServedCatalogue

    client = Client(url, key=key, settings=settings)
    return ServedCatalogue(stack.enter_context(client))
