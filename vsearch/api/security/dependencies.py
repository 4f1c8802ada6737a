"""What an endpoint asks for: a caller who may read, write or administer.

``Access`` stands in ``app.state.access``.
"""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from vsearch.access.scope import Scope
from vsearch.api.security.access import Access
from vsearch.api.security.caller import Caller

_bearer = HTTPBearer(
    scheme_name="key",
    bearerFormat="vs_<id>_<secret>",
    description="A key of the service, as `vsearch keys create` makes it, with the scope `read`,"
    " `write` or `admin`; each includes the ones before it. Whether some endpoints answer"
    " without one is up to whoever runs the service.",
    auto_error=False,
)

# Read by ``Access`` itself: here it is for the OpenAPI description.
_Described = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


async def _allowed(request: Request, scope: Scope, *, is_counted: bool = True) -> Caller:
    access = cast(Access, request.app.state.access)
    caller = await access.caller(request)
    if is_counted:
        access.count(request, caller)
    access.require(caller, scope)
    return caller


async def looking(request: Request, _key: _Described) -> Caller:
    """A caller who may read; the request isn't counted. For the pictures beside an answer."""
    return await _allowed(request, Scope.READ, is_counted=False)


async def reading(request: Request, _key: _Described) -> Caller:
    """A caller who may read."""
    return await _allowed(request, Scope.READ)


async def writing(request: Request, _key: _Described) -> Caller:
    """A caller who may write."""
    return await _allowed(request, Scope.WRITE)


async def administering(request: Request, _key: _Described) -> Caller:
    """A caller who may look into the service itself."""
    return await _allowed(request, Scope.ADMIN)
