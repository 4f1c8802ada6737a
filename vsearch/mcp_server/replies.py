"""A tool's reply: structured, in a few words, with pictures on request."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from mcp_types import CallToolResult, ContentBlock, ImageContent, TextContent
from pydantic import BaseModel

from vsearch.errors import VsearchError
from vsearch.mcp_server.catalogue import Catalogue
from vsearch.searching.result import Hit

#: More pictures than this fill an agent's context without helping it.
MAX_THUMBNAILS = 8


def reply(
    structured: BaseModel, text: str, pictures: Sequence[ContentBlock] = ()
) -> CallToolResult:
    """What a tool answers."""
    return CallToolResult(
        content=[TextContent(type="text", text=text), *pictures],
        structured_content=structured.model_dump(mode="json"),
    )


def pictures_of(catalogue: Catalogue, hits: Sequence[Hit]) -> list[ContentBlock]:
    """The pictures of the first hits, each after its rank and SKU."""
    shown = [hit for hit in hits if hit.content_hash][:MAX_THUMBNAILS]
    return [part for hit in shown for part in _picture(catalogue, hit)]


def _picture(catalogue: Catalogue, hit: Hit) -> list[ContentBlock]:
    try:
        webp = catalogue.thumbnail(hit.content_hash)
    except VsearchError:
        return []  # The product's line stands without its picture.
    data = base64.b64encode(webp).decode("ascii")
    return [
        TextContent(type="text", text=f"{hit.rank}. {hit.sku}:"),
        ImageContent(type="image", data=data, mime_type="image/webp"),
    ]
