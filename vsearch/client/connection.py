"""One service over HTTP: kept alive, asked again where that helps, its problems raised."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from vsearch._version import __version__
from vsearch.client.problems import error_of
from vsearch.errors import ServiceError, ServiceUnreachable, VsearchError
from vsearch.images.download import retry_after_s

_FIRST_BACKOFF_S = 0.2
_LONGEST_BACKOFF_S = 5.0

#: A service that is there takes a connection at once.
_CONNECT_S = 5.0

#: The service has not begun what it was asked for: it may be asked again, whatever it was.
_REFUSED = frozenset({429, 503})

#: Before these, nothing of the request was sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class _AskAgain(Exception):
    """One attempt has failed in a way that may pass."""

    def __init__(self, error: VsearchError, after_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_s = after_s


class Connection:
    """Sends requests to a service. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None,
        timeout_s: float,
        attempts: int,
        patience_s: float,
        http: httpx.Client | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: where the service is, ``https://search.example.com``.
            key: an API key, ``vs_...``; None for none.
            timeout_s: how long the service may be silent, in seconds.
            attempts: how often a request is sent at most, ≥ 1.
            patience_s: after so many seconds a request is not sent again.
            http: what sends the requests, for a proxy or certificates of one's own; it stays
                the caller's to close. None makes one.
            sleep: waits for a number of seconds.

        Raises:
            ServiceError: the address isn't one.
        """
        self.url = _address(url)
        self._headers = {"User-Agent": f"vsearch/{__version__}"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        self._timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S))
        self._http = httpx.Client() if http is None else http
        self._is_own = http is None
        self._backoff = wait_random_exponential(multiplier=_FIRST_BACKOFF_S, max=_LONGEST_BACKOFF_S)
        self._retrying = Retrying(
            retry=retry_if_exception_type(_AskAgain),
            stop=stop_after_attempt(attempts) | stop_before_delay(patience_s),
            wait=self._wait_s,
            sleep=sleep,
            reraise=True,
        )

    def send(
        self, method: str, path: str, *, repeatable: bool = True, **parts: Any
    ) -> httpx.Response:
        """Send a request and return its answer, read to the end; its status is 2xx.

        Where the service refuses for the moment (429, 503) it is asked again after as long
        as it says, up to the connection's patience; where the connection breaks, only if the
        request does no harm twice.

        Args:
            method: ``GET``, ``POST``, ``PUT``, ``DELETE``.
            path: from ``/v1`` on.
            repeatable: whether it may arrive twice.
            parts: ``json``, ``params``, ``content``, ``data`` or ``files`` as httpx takes them;
                files are rewound before they are sent again.

        Raises:
            VsearchError: what the service says, as the error that ``Collection`` would raise;
                a ``ServiceError`` where there is no such.
        """
        try:
            return self._retrying.copy()(self._attempt, method, path, repeatable, parts)
        except _AskAgain as failure:
            raise failure.error from failure.__cause__

    def json(self, method: str, path: str, **parts: Any) -> Any:
        """As ``send``; returns what the answer's JSON holds."""
        response = self.send(method, path, **parts)
        try:
            return response.json()
        except ValueError as error:
            raise ServiceError(
                f"{self.url}{path}: the answer isn't JSON; is there a vsearch service?"
            ) from error

    def close(self) -> None:
        """Let go of the connections."""
        if self._is_own:
            self._http.close()

    def _attempt(
        self, method: str, path: str, repeatable: bool, parts: dict[str, Any]
    ) -> httpx.Response:
        for _, file in parts.get("files", ()):
            if hasattr(file[1], "seek"):
                file[1].seek(0)
        try:
            response = self._http.request(
                method, self.url + path, headers=self._headers, timeout=self._timeout, **parts
            )
        except httpx.TransportError as error:
            failure = ServiceUnreachable(f"{self.url}: {_reason(error)}")
            if repeatable or isinstance(error, _NOT_SENT):
                raise _AskAgain(failure) from error
            raise failure from error
        if response.is_success:
            return response
        problem = error_of(response)
        if response.status_code in _REFUSED:
            raise _AskAgain(problem, retry_after_s(response))
        raise problem

    def _wait_s(self, state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.after_s if isinstance(failure, _AskAgain) else None
        return self._backoff(state) if asked is None else asked


def _address(url: str) -> str:
    """The address without a slash at its end.

    Raises:
        ServiceError: it isn't one.
    """
    try:
        address = httpx.URL(url.strip())
    except httpx.InvalidURL:
        address = httpx.URL("")
    if address.scheme not in ("http", "https") or not address.host or address.query:
        raise ServiceError(f'"{url}" is no address of a service; write https://search.example.com')
    return str(address).rstrip("/")


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time; is the service busy, or timeout_s too short?"
    if isinstance(error, httpx.ConnectError):
        return f"nobody answers ({error}); is the service running?"
    return f"the connection broke ({str(error) or type(error).__name__})"
