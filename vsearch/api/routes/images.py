"""The catalogue's pictures, by what they contain."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi import Query as Parameter

from vsearch.api.problems import documented
from vsearch.api.security import Caller, looking
from vsearch.api.service import ServiceDep
from vsearch.images.formats import ImageFormat, recognise

router = APIRouter(prefix="/v1/images", tags=["pictures"])

LookingCaller = Annotated[Caller, Depends(looking)]

ContentHash = Annotated[
    str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the file, in hex")
]

#: The address names the content: it never changes.
_FOR_EVER = "max-age=31536000, immutable"

_SIDE = 320

_PICTURE = {"schema": {"type": "string", "format": "binary"}}
_PROBLEMS = documented(401, 403, 404, 422, 503)
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "As the caller has it"}}

_TYPES = {
    ImageFormat.JPEG: "image/jpeg",
    ImageFormat.PNG: "image/png",
    ImageFormat.GIF: "image/gif",
    ImageFormat.WEBP: "image/webp",
    ImageFormat.AVIF: "image/avif",
    ImageFormat.HEIF: "image/heif",
    ImageFormat.TIFF: "image/tiff",
    ImageFormat.BMP: "image/bmp",
    ImageFormat.PPM: "image/x-portable-pixmap",
}


@router.get(
    "/{content_hash}",
    response_class=Response,
    responses={
        200: {
            "description": "The file",
            "content": dict.fromkeys(sorted(_TYPES.values()), _PICTURE),
        },
        **_UNCHANGED,
        **_PROBLEMS,
    },
    summary="A picture of the catalogue as it was indexed",
)
async def image(
    content_hash: ContentHash, request: Request, service: ServiceDep, caller: LookingCaller
) -> Response:
    """Only pictures that a product shows are given out."""
    data = await service.do(lambda: service.collection.image(content_hash))
    return _answer(request, caller, data, _TYPES[recognise(data)], content_hash)


@router.get(
    "/{content_hash}/thumbnail",
    response_class=Response,
    responses={
        200: {"description": "A WebP", "content": {"image/webp": _PICTURE}},
        **_UNCHANGED,
        **_PROBLEMS,
    },
    summary="A small copy of a picture",
)
async def thumbnail(
    content_hash: ContentHash,
    request: Request,
    service: ServiceDep,
    caller: LookingCaller,
    side: Annotated[
        int, Parameter(ge=1, le=1280, description="of its long side, in pixels")
    ] = _SIDE,
) -> Response:
    """It comes in a few sizes: the next larger one."""
    data = await service.do(lambda: service.collection.thumbnail(content_hash, side))
    return _answer(request, caller, data, "image/webp", f"{content_hash}-{side}")


def _answer(request: Request, caller: Caller, data: bytes, kind: str, tag: str) -> Response:
    # What needs a key, a cache on the way must not give to those without one.
    whose = "public" if caller.key_id is None else "private"
    headers = {"Cache-Control": f"{whose}, {_FOR_EVER}", "ETag": f'"{tag}"'}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)
