"""Who a request comes from, by its key or its address, and what they may do."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from vsearch.access.key import ApiKey, parse_key
from vsearch.access.key_ring import KeyRing
from vsearch.access.key_store import KeyRecord
from vsearch.access.scope import EVERYTHING, NOTHING, Scope
from vsearch.api.problems import Problem
from vsearch.api.security.caller import Caller, whence
from vsearch.api.security.local import is_local
from vsearch.api.security.rate import ALLOWANCE, RateLimiter
from vsearch.service_settings import Anonymous

_SCHEME = "bearer"


class Access:
    """What the security of one process knows: keys, limits, what callers without a key may."""

    def __init__(self, ring: KeyRing, *, anonymous: Anonymous, per_minute: int) -> None:
        """Put it together.

        Args:
            ring: knows the keys.
            anonymous: what callers without a key may do.
            per_minute: requests that a key, or an address without one, may make; 0: no limit.
        """
        self._ring = ring
        self._anonymous = anonymous
        self._limiter = RateLimiter(per_minute)

    async def caller(self, request: HTTPConnection) -> Caller:
        """Who asks.

        Raises:
            Problem: 401, the request has a key that isn't one, or isn't any more; 429, too
                many such requests come from there.
        """
        given = request.headers.get("authorization")
        if given is None:
            return Caller(None, await self._anonymous_scopes(request))
        record = await self._record(given)
        if record is None:
            self._count(request, f"refused {whence(request)}", None)
            raise Problem(
                401,
                "bad-key",
                "The key opens nothing",
                'the header isn\'t "Authorization: Bearer vs_..." with a key that is in force',
                headers={"WWW-Authenticate": 'Bearer realm="vsearch", error="invalid_token"'},
            )
        request.scope["key_id"] = record.id
        return Caller(record.id, record.scope.included, record.per_minute)

    def require(self, caller: Caller, scope: Scope) -> None:
        """See that a caller may do something.

        Raises:
            Problem: 401 without a key, 403 with one that isn't good for it.
        """
        if scope in caller.scopes:
            return
        if caller.key_id is None:
            raise Problem(
                401,
                "no-key",
                "A key is needed",
                f'send "Authorization: Bearer vs_..." with a key of scope {scope};'
                " whoever runs the service makes one with `vsearch keys create`",
                headers={"WWW-Authenticate": 'Bearer realm="vsearch"'},
            )
        raise Problem(
            403,
            "scope",
            "The key isn't good for this",
            f"key {caller.key_id} lacks the scope {scope}",
            headers={
                "WWW-Authenticate": 'Bearer realm="vsearch", error="insufficient_scope",'
                f' scope="{scope}"'
            },
        )

    def count(self, request: HTTPConnection, caller: Caller) -> None:
        """Count a request to its caller's minute.

        Raises:
            Problem: 429, too many.
        """
        who = f"address {whence(request)}" if caller.key_id is None else f"key {caller.key_id}"
        self._count(request, who, caller.per_minute)

    def _count(self, request: HTTPConnection, who: str, per_minute: int | None) -> None:
        allowance = self._limiter.ask(who, per_minute=per_minute)
        if allowance is None:
            return
        request.scope[ALLOWANCE] = allowance
        if not allowance.is_granted:
            raise Problem(
                429,
                "too-many-requests",
                "Too many requests",
                f"{allowance.limit} requests a minute are allowed; ask again in"
                f" {allowance.reset_s} s",
                headers={"Retry-After": str(allowance.reset_s)},
            )

    async def _record(self, header: str) -> KeyRecord | None:
        scheme, _, text = header.partition(" ")
        key: ApiKey | None = parse_key(text.strip()) if scheme.lower() == _SCHEME else None
        if key is None:
            return None
        return self._ring.recall(key) or await run_in_threadpool(self._ring.look_up, key)

    async def _anonymous_scopes(self, request: HTTPConnection) -> frozenset[Scope]:
        match self._anonymous:
            case Anonymous.NONE:
                return NOTHING
            case Anonymous.READ:
                return Scope.READ.included
            case Anonymous.ALL:
                return EVERYTHING
            case Anonymous.AUTO:
                if not is_local(request):
                    return NOTHING
                known = self._ring.knows_whether_any()
                has_any = self._ring.has_any
                locked = has_any() if known else await run_in_threadpool(has_any)
                return NOTHING if locked else EVERYTHING
