"""One attempt to get a picture over HTTP, within bounds of size and time."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from vsearch.errors import ImageRejected

MEBIBYTE = 2**20
MAX_REDIRECTS = 5

_RETRIED_STATUS = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What a server sent."""

    data: bytes
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that the picture is still the one with the given etag or date."""


class AttemptFailed(Exception):
    """One attempt came to nothing; another one may not."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


async def download(
    client: httpx.AsyncClient,
    url: str,
    conditions: dict[str, str],
    *,
    max_bytes: int,
    timeout_s: float,
) -> Downloaded | NotModified:
    """Ask for a URL once, following redirects.

    Args:
        client: has no time limits of its own.
        url: http or https.
        conditions: ``If-None-Match`` and ``If-Modified-Since``, or empty.
        max_bytes: a larger body isn't read to its end.
        timeout_s: seconds for all of it, from the look-up of the host's name to the last
            byte, so that a server can't hold it by sending a byte now and then.

    Raises:
        ImageRejected: asking again would not help.
        AttemptFailed: asking again may help.
    """
    try:
        async with asyncio.timeout(timeout_s), client.stream("GET", url, headers=conditions) as r:
            if r.status_code == httpx.codes.NOT_MODIFIED and conditions:
                return NotModified()
            _require_picture(r)
            data = await _read_body(r, max_bytes)
            return Downloaded(data, r.headers.get("etag"), r.headers.get("last-modified"))
    except TimeoutError as error:
        raise AttemptFailed(f"timed out after {timeout_s:g} s") from error
    except httpx.TooManyRedirects as error:
        raise ImageRejected(f"more than {MAX_REDIRECTS} redirects") from error
    # Some faults of a URL show as late as on connecting: a port above 65535, in a group.
    except (
        httpx.InvalidURL,
        httpx.UnsupportedProtocol,
        UnicodeError,
        ExceptionGroup,
    ) as error:
        raise ImageRejected("not an http(s) URL that can be asked for") from error
    except httpx.RequestError as error:
        raise _connection_failure(error) from error


def _require_picture(response: httpx.Response) -> None:
    status = response.status_code
    reason = f"{status} {httpx.codes.get_reason_phrase(status)}".strip()
    if status in _RETRIED_STATUS or status >= 500:
        raise AttemptFailed(reason, retry_after_s(response))
    if status != httpx.codes.OK:
        raise ImageRejected(reason)
    if response.headers.get("content-type", "").lower().startswith("text/html"):
        raise ImageRejected("the server sent an HTML page, not an image")


async def _read_body(response: httpx.Response, max_bytes: int) -> bytes:
    too_large = ImageRejected(f"larger than {max_bytes / MEBIBYTE:g} MiB")
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        # Not asked for, and a kilobyte of it may unpack to a megabyte.
        raise ImageRejected(f'the server sent it packed as "{encoding[:20]}", which is not read')
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def retry_after_s(response: httpx.Response) -> float | None:
    """Read ``Retry-After``: a number of seconds, or a date by the server's own clock.

    None where there is none, or none that can be read.
    """
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        then = parsedate_to_datetime(text)
        now = parsedate_to_datetime(response.headers.get("date", ""))
    except ValueError:
        return None
    return max(0.0, (_aware(then) - _aware(now)).total_seconds())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _connection_failure(error: httpx.RequestError) -> ImageRejected | AttemptFailed:
    # httpx names the step that failed; why it did is told by what lies deepest.
    for cause in reversed(_causes(error)):
        match cause:
            case ssl.SSLCertVerificationError():
                return ImageRejected(f"its TLS certificate is not valid: {cause.verify_message}")
            case ssl.SSLError():
                return AttemptFailed(f"TLS failed: {cause.reason}")
            case socket.gaierror():
                return AttemptFailed(f"can't find its host: {cause.strerror}")
            case OSError(errno=int(number)):
                step = "can't connect" if isinstance(error, httpx.ConnectError) else "broken off"
                return AttemptFailed(f"{step}: {os.strerror(number)}")
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return AttemptFailed("broken off by the server")
    return AttemptFailed(str(error) or type(error).__name__)


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what led to it, the outermost first; of several at once, the last."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        if isinstance(current, BaseExceptionGroup):
            current = current.exceptions[-1]
        else:
            current = current.__cause__ or current.__context__
    return chain
