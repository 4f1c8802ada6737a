"""Which image is where, what became of it, and what has been encoded by which encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from vsearch.catalog import schema
from vsearch.catalog.feed_store import FeedRun
from vsearch.catalog.image_records import (
    FoundImage,
    ImageSource,
    RejectedSource,
    SourceStatus,
)
from vsearch.catalog.pages import PAGE

_sources = schema.image_sources.c
_images = schema.images.c
_encodings = schema.encodings.c
_shown = schema.product_images.c
_products = schema.products.c

# Made once: every query with a photo asks it.
_IDS_OF_HASHES = select(_images.id).where(
    _images.content_hash.in_(bindparam("hashes", expanding=True))
)


def find_encoder(connection: Connection, fingerprint: str) -> int | None:
    """The id of an encoder, or None where it has encoded nothing yet."""
    table = schema.encoders
    return connection.scalar(select(table.c.id).where(table.c.fingerprint == fingerprint))


def encoder_id(connection: Connection, fingerprint: str, name: str, dim: int) -> int:
    """The id of an encoder, registering it at its first use."""
    table = schema.encoders
    found = find_encoder(connection, fingerprint)
    if found is not None:
        return found
    return int(
        connection.execute(
            insert(table).values(fingerprint=fingerprint, name=name, dim=dim).returning(table.c.id)
        ).scalar_one()
    )


def _of_run(run: FeedRun | None) -> ColumnElement[bool]:
    """Whether a run has to look at a source; every source that a product shows where it is None.

    Those are the sources of the products that it lists, and what an earlier run was kept from
    reading, whichever feed that was of.
    """
    shown = select(_shown.source_id).where(_shown.source_id == _sources.id)
    if run is None:
        return shown.exists()
    listed = shown.join(schema.products, _products.id == _shown.product_id).where(
        _products.feed_id == run.feed_id, _products.seen_run == run.run
    )
    left_over = and_(_sources.status == SourceStatus.PENDING.value, shown.exists())
    return or_(listed.exists(), left_over)


def count_sources(connection: Connection, run: FeedRun | None) -> tuple[int, int]:
    """How many image sources the products of a run show, and how many of them are URLs.

    Of every feed where run is None.
    """
    is_url = or_(_sources.location.startswith("http://"), _sources.location.startswith("https://"))
    total, urls = connection.execute(
        select(func.count(), func.count().filter(is_url))
        .select_from(schema.image_sources)
        .where(_of_run(run))
    ).one()
    return total, urls


def sources(
    connection: Connection, run: FeedRun | None, encoder: int, *, after: int = 0
) -> list[ImageSource]:
    """A page of the image sources that the products of a run show, by id.

    Args:
        connection: where to read.
        run: whose products; every feed's where None.
        encoder: the id of the encoder that ``is_encoded`` is about.
        after: the last id of the page before.
    """
    return sources_where(
        connection,
        encoder,
        and_(_sources.id > after, _of_run(run)),
    )


def sources_where(
    connection: Connection, encoder: int, condition: ColumnElement[bool]
) -> list[ImageSource]:
    """At most a page of the image sources that fulfil a condition, by id.

    Args:
        connection: where to read.
        encoder: the id of the encoder that ``is_encoded`` is about.
        condition: on rows of ``schema.image_sources``.
    """
    encoded = exists().where(
        and_(_encodings.encoder_id == encoder, _encodings.image_id == _sources.image_id)
    )
    rows = connection.execute(
        select(
            _sources.id,
            schema.feeds.c.root,
            _sources.location,
            _sources.status,
            _sources.reason,
            _sources.size,
            _sources.mtime_ns,
            _sources.etag,
            _sources.last_modified,
            func.coalesce(_images.content_hash, ""),
            encoded,
        )
        .join(schema.feeds, schema.feeds.c.id == _sources.feed_id)
        .outerjoin(schema.images, _images.id == _sources.image_id)
        .where(condition)
        .order_by(_sources.id)
        .limit(PAGE)
    )
    return [
        ImageSource(source_id, root, location, SourceStatus(status), *rest)
        for source_id, root, location, status, *rest in rows
    ]


def record_found(connection: Connection, encoder: int, found: Sequence[FoundImage]) -> None:
    """Note what sources hold, all of it encoded and stored by now."""
    if not found:
        return
    ids = _image_ids(connection, found)
    connection.execute(
        update(schema.image_sources).where(_sources.id == bindparam("of")),
        [
            {
                "of": image.source_id,
                "status": SourceStatus.OK.value,
                "reason": "",
                "size": image.size,
                "mtime_ns": image.mtime_ns,
                "etag": image.etag,
                "last_modified": image.last_modified,
                "image_id": ids[image.content_hash],
            }
            for image in found
        ],
    )
    wanted = set(ids.values())
    done = connection.scalars(
        select(_encodings.image_id).where(
            _encodings.encoder_id == encoder, _encodings.image_id.in_(wanted)
        )
    )
    missing = wanted.difference(done)
    if missing:
        connection.execute(
            insert(schema.encodings),
            [{"encoder_id": encoder, "image_id": image_id} for image_id in sorted(missing)],
        )


def _image_ids(connection: Connection, found: Sequence[FoundImage]) -> dict[str, int]:
    by_hash = {image.content_hash: image for image in found}
    rows = connection.execute(
        select(_images.content_hash, _images.id).where(_images.content_hash.in_(list(by_hash)))
    )
    ids: dict[str, int] = dict(rows.all())
    new = [image for content_hash, image in by_hash.items() if content_hash not in ids]
    if new:
        added = connection.scalars(
            insert(schema.images).returning(_images.id, sort_by_parameter_order=True),
            [
                {
                    "content_hash": image.content_hash,
                    "size": image.size,
                    "width": image.width,
                    "height": image.height,
                }
                for image in new
            ],
        )
        ids |= {image.content_hash: i for image, i in zip(new, added, strict=True)}
    return ids


def image_sizes(connection: Connection, hashes: Iterable[str]) -> dict[str, tuple[int, int]]:
    """(width, height) in pixels of the images with these content hashes that are known."""
    rows = connection.execute(
        select(_images.content_hash, _images.width, _images.height).where(
            _images.content_hash.in_(list(hashes))
        )
    )
    return {content_hash: (width, height) for content_hash, width, height in rows}


def image_ids(connection: Connection, hashes: Sequence[str]) -> list[int]:
    """The ids of the images with these content hashes that are known."""
    return list(connection.scalars(_IDS_OF_HASHES, {"hashes": list(hashes)}))


def record_rejected(connection: Connection, rejected: Sequence[RejectedSource]) -> None:
    """Note sources that can't be used; they lose their image."""
    if rejected:
        connection.execute(
            update(schema.image_sources).where(_sources.id == bindparam("of")),
            [
                {
                    "of": one.source_id,
                    "status": SourceStatus.REJECTED.value,
                    "reason": one.reason,
                    "image_id": None,
                    "size": one.size,
                    "mtime_ns": one.mtime_ns,
                }
                for one in rejected
            ],
        )


def live_ids(connection: Connection, encoder: int) -> npt.NDArray[np.int64]:
    """(n,) int64, ascending: the images that some product shows and the encoder has encoded."""
    rows = connection.scalars(
        select(_encodings.image_id)
        .where(
            _encodings.encoder_id == encoder,
            exists()
            .where(_sources.image_id == _encodings.image_id)
            .where(_shown.source_id == _sources.id),
        )
        .order_by(_encodings.image_id)
        .execution_options(yield_per=10_000)
    )
    return np.fromiter(rows, dtype=np.int64)


def sample_ids(connection: Connection, encoder: int, count: int) -> list[int]:
    """At most ``count`` of ``live_ids``: the same pictures in any catalogue that shows them.

    Those of the lowest content hashes, which is as good as drawn.
    """
    rows = connection.scalars(
        select(_images.id)
        .join(schema.encodings, _encodings.image_id == _images.id)
        .where(
            _encodings.encoder_id == encoder,
            exists().where(_sources.image_id == _images.id).where(_shown.source_id == _sources.id),
        )
        .order_by(_images.content_hash)
        .limit(count)
    )
    return list(rows)


def content_hashes(connection: Connection, ids: npt.NDArray[np.int64]) -> list[str]:
    """The content hash of each image, in the order of the ids."""
    hashes: dict[int, str] = {}
    wanted = ids.tolist()
    for start in range(0, len(wanted), PAGE):
        rows = connection.execute(
            select(_images.id, _images.content_hash).where(
                _images.id.in_(wanted[start : start + PAGE])
            )
        )
        hashes |= dict(rows.all())
    return [hashes[image_id] for image_id in wanted]


def encoded_hashes(connection: Connection, fingerprint: str) -> Iterator[str]:
    """The content hash of every image that the encoder has encoded."""
    rows = connection.scalars(
        select(_images.content_hash)
        .join(schema.encodings, _encodings.image_id == _images.id)
        .join(schema.encoders, schema.encoders.c.id == _encodings.encoder_id)
        .where(schema.encoders.c.fingerprint == fingerprint)
        .execution_options(yield_per=10_000)
    )
    yield from rows


def count_encoded(connection: Connection, encoder: int) -> int:
    """How many images the encoder has encoded."""
    return (
        connection.scalar(
            select(func.count())
            .select_from(schema.encodings)
            .where(_encodings.encoder_id == encoder)
        )
        or 0
    )


def forget_encodings(connection: Connection, encoder: int, hashes: Sequence[str]) -> None:
    """Note that embeddings are gone, so that the next run encodes these images again."""
    for start in range(0, len(hashes), PAGE):
        lost = select(_images.id).where(_images.content_hash.in_(hashes[start : start + PAGE]))
        connection.execute(
            delete(schema.encodings).where(
                _encodings.encoder_id == encoder, _encodings.image_id.in_(lost)
            )
        )


def count_rejected(connection: Connection) -> int:
    """How many of the image sources that products show can't be used."""
    return (
        connection.scalar(
            select(func.count())
            .select_from(schema.image_sources)
            .where(_sources.status == SourceStatus.REJECTED.value, _of_run(None))
        )
        or 0
    )


def rejected_sources(connection: Connection, run: FeedRun | None = None) -> Iterator[ImageSource]:
    """Every rejected source that a product shows, by location."""
    rows = connection.execute(
        select(_sources.id, schema.feeds.c.root, _sources.location, _sources.reason)
        .join(schema.feeds, schema.feeds.c.id == _sources.feed_id)
        .where(_sources.status == SourceStatus.REJECTED.value, _of_run(run))
        .order_by(_sources.location)
        .execution_options(yield_per=1_000)
    )
    for source_id, root, location, reason in rows:
        yield ImageSource(
            source_id, root, location, SourceStatus.REJECTED, reason, None, None, "", "", "", False
        )


def forget_unshown_sources(connection: Connection) -> None:
    """Drop the sources that no product shows any more.

    Their images and embeddings stay: a product that comes back costs nothing.
    """
    shown = exists().where(_shown.source_id == _sources.id)
    connection.execute(delete(schema.image_sources).where(~shown))
