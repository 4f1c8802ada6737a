"""The page: plain files that a browser loads as they are."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""The folder that is served: ``index.html`` and what it names."""
