"""The configuration: frozen, read in one place, passed down as plain arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from vsearch.errors import SettingsError

Choice = TypeVar("Choice", bound=StrEnum)

DEFAULT_COLLECTION = Path(".vsearch")

#: The architecture of the default encoder, by timm's name.
DEFAULT_ENCODER = "vit_tiny_patch16_224.augreg_in21k_ft_in1k"

HUB = "hub"
BUNDLED = "bundled"

#: Where the default encoder's weights come from: the package, whatever the architecture above.
DEFAULT_WEIGHTS = BUNDLED

MEGAPIXEL = 1_000_000
MEBIBYTE = 2**20


class UrlPolicy(StrEnum):
    """Which pictures are fetched by their address."""

    ANY = "any"
    """From wherever this machine can reach, its own network included: for one's own feeds."""

    PUBLIC = "public"
    """From hosts of the Internet only: for addresses that somebody else has sent."""

    NONE = "none"
    """None at all."""


@dataclass(frozen=True)
class Settings:
    """What a ``VSEARCH_*`` variable may set; the field's name in capitals is its suffix."""

    collection: Path = DEFAULT_COLLECTION
    """The collection's folder."""

    database_url: str | None = None
    """A SQLAlchemy URL that replaces the collection's own SQLite file."""

    encoder: str | None = None
    """A timm name, ``bundled``, or the path of an encoder file; None means the collection's own
    encoder, or the default for a new one."""

    weights: str | None = None
    """The backbone's: a safetensors file, ``bundled``, ``hub`` or ``random:SEED``."""

    device: str = "auto"
    """``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``."""

    max_megapixels: float = 80.0
    """A picture with more pixels (in millions) is rejected before it is decoded."""

    urls: UrlPolicy = UrlPolicy.ANY
    """Which pictures are fetched by their address: ``any``, ``public`` or ``none``."""

    max_download_mib: float = 32.0
    """A picture behind a URL that is larger (in MiB) is rejected while it is read."""

    download_timeout_s: float = 20.0
    """How long one attempt to fetch one picture may take, in seconds."""

    download_attempts: int = 3
    """How often a picture is asked for before it is given up."""

    download_workers: int = 8
    """How many pictures are fetched at once."""

    service_url: str | None = None
    """Where a service is that is asked instead of a folder: ``https://search.example.com``."""

    service_key: str | None = field(default=None, repr=False)
    """The API key to ask it with."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the ``VSEARCH_*`` variables; what isn't set keeps its default.

        Raises:
            SettingsError: a variable has a value of the wrong kind or range.
        """
        read = EnvironmentReader.of(environment)
        return cls(
            collection=Path(read.text("COLLECTION") or DEFAULT_COLLECTION),
            database_url=read.text("DATABASE_URL"),
            encoder=read.text("ENCODER"),
            weights=read.text("WEIGHTS"),
            device=read.text("DEVICE") or "auto",
            max_megapixels=read.positive("MAX_MEGAPIXELS", cls.max_megapixels),
            urls=read.choice("URLS", cls.urls),
            max_download_mib=read.positive("MAX_DOWNLOAD_MIB", cls.max_download_mib),
            download_timeout_s=read.positive("DOWNLOAD_TIMEOUT_S", cls.download_timeout_s),
            download_attempts=read.count("DOWNLOAD_ATTEMPTS", cls.download_attempts),
            download_workers=read.count("DOWNLOAD_WORKERS", cls.download_workers),
            service_url=read.text("SERVICE_URL"),
            service_key=read.text("SERVICE_KEY"),
        )

    @property
    def max_pixels(self) -> int:
        """``max_megapixels`` in pixels."""
        return int(self.max_megapixels * MEGAPIXEL)

    @property
    def max_download_bytes(self) -> int:
        """``max_download_mib`` in bytes."""
        return int(self.max_download_mib * MEBIBYTE)


class EnvironmentReader:
    """Reads one variable at a time and says which one is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @classmethod
    def of(cls, environment: Mapping[str, str] | None) -> EnvironmentReader:
        """Over these variables; None reads those of the process."""
        return cls(os.environ if environment is None else environment)

    def text(self, suffix: str) -> str | None:
        """The variable as it is; None where it isn't set, or empty."""
        return self._environment.get(f"VSEARCH_{suffix}") or None

    def listed(self, suffix: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Texts separated by commas."""
        text = self.text(suffix)
        if text is None:
            return default
        return tuple(part.strip() for part in text.split(",") if part.strip())

    def switch(self, suffix: str, default: bool) -> bool:
        """Yes or no."""
        text = self.text(suffix)
        if text is None:
            return default
        known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        if text.lower() not in known:
            raise SettingsError(f'VSEARCH_{suffix}: "{text}" is not yes or no')
        return known[text.lower()]

    def positive(self, suffix: str, default: float) -> float:
        """A number above 0."""
        text = self.text(suffix)
        if text is None:
            return default
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0 < number < float("inf"):
            raise SettingsError(f'VSEARCH_{suffix}: "{text}" is not a positive number')
        return number

    def choice(self, suffix: str, default: Choice) -> Choice:
        """One of the default's kind."""
        text = self.text(suffix)
        if text is None:
            return default
        try:
            return type(default)(text)
        except ValueError:
            known = ", ".join(type(default))
            raise SettingsError(f'VSEARCH_{suffix}: "{text}" is none of {known}') from None

    def count(self, suffix: str, default: int) -> int:
        """A whole number from 1."""
        return self.whole(suffix, default, at_least=1)

    def whole(
        self, suffix: str, default: int, *, at_least: int = 0, at_most: int | None = None
    ) -> int:
        """A whole number in a range."""
        text = self.text(suffix)
        if text is None:
            return default
        bounds = f"from {at_least}" + ("" if at_most is None else f" to {at_most}")
        is_whole = text.isascii() and text.isdecimal()
        if not is_whole or int(text) < at_least or (at_most is not None and int(text) > at_most):
            raise SettingsError(f'VSEARCH_{suffix}: "{text}" is not a whole number {bounds}')
        return int(text)


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables for a process begun by this one: those of this one, and these over them."""
    return os.environ | variables
