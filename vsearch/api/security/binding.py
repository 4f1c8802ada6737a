"""Whether the service may listen where it is told to."""

from __future__ import annotations

from vsearch.api.security.local import is_loopback
from vsearch.errors import SettingsError
from vsearch.service_settings import Anonymous


def may_bind(host: str, *, has_keys: bool, anonymous: Anonymous) -> None:
    """See that an address that others can reach isn't opened by accident.

    Args:
        host: what to listen at; ``0.0.0.0`` and ``::`` are every address of the machine.
        has_keys: whether a key was ever made.
        anonymous: what callers without a key may do; ``read`` and ``all`` are said on purpose.

    Raises:
        SettingsError: others could reach it, nobody has a key, and nothing was said of callers
            without one.
    """
    if is_loopback(host) or has_keys or anonymous in (Anonymous.READ, Anonymous.ALL):
        return
    raise SettingsError(
        f"{host}: others can reach this address, and no key has been made; make one with"
        " `vsearch keys create NAME --scope read`, or say `--anonymous read` (or all) if anybody"
        " may ask, or listen at 127.0.0.1"
    )
