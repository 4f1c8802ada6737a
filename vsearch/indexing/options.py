"""What a user can ask of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vsearch.errors import SettingsError

AUTO = "auto"
INDEX_KINDS = (AUTO, "exact", "hnsw", "ivf")


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How ``index`` goes about it.

    Raises:
        SettingsError: ``index_kind`` is none of ``INDEX_KINDS``.
    """

    format: str | None = None
    """The feed's format; None tells it from the content."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    """Columns of the feed to the fields that they hold."""

    encoding: str | None = None
    """The feed's text encoding; None tells it from the content."""

    feed_name: str | None = None
    """What the collection knows the feed by; None is its resolved path."""

    prune: bool = False
    """Remove the products of this feed that it no longer lists."""

    dry_run: bool = False
    """Say what would change, and change nothing."""

    refresh: bool = False
    """Ask again for images behind URLs that are known."""

    index_kind: str | None = None
    """One of ``INDEX_KINDS``; None keeps what was asked for last."""

    rebuild: bool = False
    """Build the index anew from the stored embeddings."""

    replace_encoder: bool = False
    """Move the collection to the encoder at hand, whichever it was built with."""

    batch_size: int | None = None
    """Images encoded at once; None takes what suits the device."""

    def __post_init__(self) -> None:
        if self.index_kind is not None and self.index_kind not in INDEX_KINDS:
            raise SettingsError(
                f'"{self.index_kind}" is no kind of index; there are {", ".join(INDEX_KINDS)}'
            )
