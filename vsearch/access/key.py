"""A key as its owner holds it: ``vs_<id>_<secret>``."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

_ID_BYTES = 8
_SECRET_BYTES = 32

# The lengths follow from the bytes: two hex digits a byte, four base64 characters for three.
_SHAPE = re.compile(r"vs_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")

#: The beginning of a secret gives it away as well, to whoever tries the rest.
_LIKE_A_KEY = re.compile(r"(vs_[0-9a-f]{16})_[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key's two parts."""

    id: str
    """16 hex digits, not secret: what lists and logs call the key."""

    secret: str = field(repr=False)
    """43 characters of base64url, from 32 random bytes; nobody keeps it but the key's owner."""

    @property
    def text(self) -> str:
        """The whole key, as it stands behind ``Authorization: Bearer``."""
        return f"vs_{self.id}_{self.secret}"

    @property
    def digest(self) -> str:
        """SHA-256 of the secret, 64 hex digits: what is kept.

        A slow hash is for passwords, which can be guessed; 256 random bits can't.
        """
        return hashlib.sha256(self.secret.encode("ascii")).hexdigest()

    def has_digest(self, digest: str) -> bool:
        """Whether its digest is this one, found in a time that doesn't tell how much agrees."""
        return hmac.compare_digest(self.digest, digest)


def make_key() -> ApiKey:
    """A new key, from the operating system's random numbers."""
    return ApiKey(secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES))


def without_secrets(text: str) -> str:
    """A text, for a log, in which keys are left with their ids alone.

    >>> without_secrets("/v1/products/vs_0123456789abcdef_q64pfyj5ibxj")
    '/v1/products/vs_0123456789abcdef_***'
    """
    return _LIKE_A_KEY.sub(r"\1_***", text)


def parse_key(text: str) -> ApiKey | None:
    """Take a key apart; None where the text has not the shape of one."""
    shape = _SHAPE.fullmatch(text)
    return None if shape is None else ApiKey(*shape.groups())
