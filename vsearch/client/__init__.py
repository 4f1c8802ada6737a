"""A collection behind a service, as if it were here: the same questions, records and errors."""

from __future__ import annotations

from vsearch.client.client import Client

__all__ = ["Client"]
