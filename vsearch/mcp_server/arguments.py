"""What the tools take, as an agent reads it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vsearch.mcp_server.replies import MAX_THUMBNAILS

Photo = Annotated[
    str | None,
    Field(
        description="the picture to look for: a file's path, an http(s) address, or the image file"
        " in base64 (a data URI will do)"
    ),
]
Part = Annotated[
    list[float] | None,
    Field(
        min_length=4,
        max_length=4,
        description="the part of the photo that is meant: left, top, width, height; shares of the"
        " picture where none is above 1, else pixels",
    ),
]
Where = Annotated[
    str,
    Field(
        description="a filter: `category:shoes AND price < 50 AND available`;"
        " describe_catalogue names fields and values"
    ),
]
Count = Annotated[int, Field(ge=1, le=50, description="how many products")]
Offset = Annotated[int, Field(ge=0, le=1_000, description="pass over so many: the pages before")]
Skus = Annotated[list[str] | None, Field(max_length=16)]
History = Annotated[list[str] | None, Field(max_length=200)]
InStock = Annotated[bool, Field(description="whether only what can be bought now is found")]
Thumbnails = Annotated[
    bool,
    Field(description=f"whether to show the pictures of the first {MAX_THUMBNAILS} products"),
]
