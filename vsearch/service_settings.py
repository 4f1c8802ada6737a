"""How the service runs: frozen, read once, passed down as plain arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vsearch.errors import SettingsError
from vsearch.settings import EnvironmentReader


class Anonymous(StrEnum):
    """What callers without a key may do."""

    AUTO = "auto"
    """Everything where no key has been made and only this machine can connect, else nothing."""

    NONE = "none"
    READ = "read"
    ALL = "all"


@dataclass(frozen=True)
class ServiceSettings:
    """What a ``VSEARCH_SERVE_*`` variable may set; the field's name in capitals is its suffix."""

    host: str = "127.0.0.1"
    """The address to listen at."""

    port: int = 8000
    """0 takes a free one."""

    workers: int = 0
    """Processes; they share the memory-mapped index. 0 for as many as suit the machine."""

    anonymous: Anonymous = Anonymous.AUTO
    """What callers without a key may do."""

    cors_origins: tuple[str, ...] = ()
    """Other origins whose pages may call, ``https://shop.example``, separated by commas."""

    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    """Addresses whose word on who calls is taken (``X-Forwarded-For``), separated by commas."""

    per_minute: int = 600
    """Requests a minute that a key, or an address without one, may make of each process; 0 for
    no limit."""

    fetch_urls: bool = False
    """Whether pictures that come by URL are fetched, from public addresses."""

    max_upload_mib: float = 16.0
    """A request's body that is larger (in MiB) is refused; of a feed ``max_feed_mib``."""

    max_megapixels: float = 50.0
    """A picture with more pixels (in millions) is rejected before it is decoded: decoding takes
    some 15 bytes a pixel."""

    max_feed_mib: float = 1024.0
    """A feed that is larger (in MiB) is refused."""

    upload_timeout_s: float = 60.0
    """How long a body of a request may take to arrive, in seconds; a feed ten times as long."""

    keep_events_days: int = 0
    """Events are removed when they are so many days old; 0 keeps them."""

    queue: int = 128
    """Queries that are worked on or wait, and as many changes; more are told to come back."""

    with_page: bool = True
    """Whether ``/`` is the search page."""

    log_json: bool = False
    """Whether the log is JSON, one object a line."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> ServiceSettings:
        """Read the ``VSEARCH_SERVE_*`` variables; what isn't set keeps its default.

        Raises:
            SettingsError: a variable has a value of the wrong kind or range.
        """
        read = EnvironmentReader.of(environment)
        return cls(
            host=read.text("SERVE_HOST") or cls.host,
            port=read.whole("SERVE_PORT", cls.port, at_most=65_535),
            workers=read.whole("SERVE_WORKERS", cls.workers),
            anonymous=_anonymous(read.text("SERVE_ANONYMOUS") or cls.anonymous),
            cors_origins=read.listed("SERVE_CORS_ORIGINS", cls.cors_origins),
            trusted_proxies=read.listed("SERVE_TRUSTED_PROXIES", cls.trusted_proxies),
            per_minute=read.whole("SERVE_PER_MINUTE", cls.per_minute),
            fetch_urls=read.switch("SERVE_FETCH_URLS", cls.fetch_urls),
            max_upload_mib=read.positive("SERVE_MAX_UPLOAD_MIB", cls.max_upload_mib),
            max_megapixels=read.positive("SERVE_MAX_MEGAPIXELS", cls.max_megapixels),
            max_feed_mib=read.positive("SERVE_MAX_FEED_MIB", cls.max_feed_mib),
            upload_timeout_s=read.positive("SERVE_UPLOAD_TIMEOUT_S", cls.upload_timeout_s),
            keep_events_days=read.whole("SERVE_KEEP_EVENTS_DAYS", cls.keep_events_days),
            queue=read.count("SERVE_QUEUE", cls.queue),
            with_page=read.switch("SERVE_WITH_PAGE", cls.with_page),
            log_json=read.switch("SERVE_LOG_JSON", cls.log_json),
        )

    @property
    def max_upload_bytes(self) -> int:
        """``max_upload_mib`` in bytes."""
        return int(self.max_upload_mib * 2**20)

    @property
    def max_feed_bytes(self) -> int:
        """``max_feed_mib`` in bytes."""
        return int(self.max_feed_mib * 2**20)


def _anonymous(text: str) -> Anonymous:
    try:
        return Anonymous(text)
    except ValueError:
        raise SettingsError(
            f'VSEARCH_SERVE_ANONYMOUS: "{text}" is not {", ".join(Anonymous)}'
        ) from None
