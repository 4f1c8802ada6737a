"""The server: the tools and the one resource, as the protocol has them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import getdoc
from typing import ParamSpec

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, ToolAnnotations

from vsearch._version import __version__
from vsearch.errors import VsearchError
from vsearch.mcp_server.catalogue import Catalogue
from vsearch.mcp_server.description import FILTER_LANGUAGE
from vsearch.mcp_server.recommending_tools import RecommendingTools
from vsearch.mcp_server.toolbox import Toolbox

_Given = ParamSpec("_Given")

_INSTRUCTIONS = (
    "A shop's catalogue that can be searched by photo. Call describe_catalogue once to learn"
    " which categories, brands and attributes there are; then find_products with a photo, words"
    " or both, and a filter in `where`. A product that fits can be asked for its likes with"
    " similar_products, for what completes it with goes_with, and for all that is known of it with"
    " product. recommend_products takes what a shopper has looked at or bought."
)

_READS_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def mcp_server(catalogue: Catalogue) -> MCPServer:
    """A server for one catalogue; ``run`` speaks the protocol over stdin and stdout.

    Args:
        catalogue: what is searched; it stays the caller's to close.
    """
    server = MCPServer(
        "vsearch",
        title="Visual product search",
        instructions=_INSTRUCTIONS,
        version=__version__,
        # Standard error is shown to whoever set it up: faults, and not each call.
        log_level="ERROR",
    )
    tools, recommending = Toolbox(catalogue), RecommendingTools(catalogue)
    for title, tool in (
        ("Find products by photo or words", tools.find_products),
        ("Find similar products", recommending.similar_products),
        ("Find what goes with products", recommending.goes_with),
        ("Recommend products to a shopper", recommending.recommend_products),
        ("Tell all of a product", tools.product),
        ("Describe the catalogue", tools.describe_catalogue),
    ):
        server.add_tool(
            _told(tool),
            title=title,
            description=getdoc(tool),
            annotations=_READS_ONLY,
            structured_output=True,
        )

    @server.resource(
        "vsearch://filter-language",
        name="filter-language",
        title="The filter language",
        description="how `where` is written: conditions, fields, categories, attributes",
        mime_type="text/markdown",
    )
    def filter_language() -> str:
        return FILTER_LANGUAGE

    return server


def _told(tool: Callable[_Given, CallToolResult]) -> Callable[_Given, CallToolResult]:
    """Give an agent our own message; of any other fault it learns nothing."""

    @wraps(tool)
    def answered(*args: _Given.args, **kwargs: _Given.kwargs) -> CallToolResult:
        try:
            return tool(*args, **kwargs)
        except VsearchError as error:
            raise ToolError(str(error)) from error

    return answered
