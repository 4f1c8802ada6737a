"""``vsearch status``: what a collection holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from vsearch.cli.options import CollectionOption, JsonOption, settings_from
from vsearch.cli.output import note, print_json, readable_bytes

if TYPE_CHECKING:
    from vsearch.calibration.calibration import Calibration
    from vsearch.index.manifest import EncoderRecord
    from vsearch.searching.status import CollectionStatus


def status(
    collection: CollectionOption = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="List the images that can't be used, and why.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Read every file and compare its checksum."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a collection holds.

    Examples:

      vsearch status

      vsearch status --rejected --json

      vsearch status --verify --collection /srv/search
    """
    from vsearch.cli.tables import print_table
    from vsearch.collection import Collection

    settings = settings_from(collection=collection)
    with Collection.open(settings.collection, settings=settings) as opened:
        if verify:
            opened.verify()
            note("every file has its recorded checksum")
        if rejected:
            images = opened.rejected_images()
            if as_json:
                for image in images:
                    print_json(asdict(image))
            else:
                rows = ([image.location, image.reason] for image in images)
                print_table([("image", "left"), ("why it can't be used", "left")], rows)
            return
        found = opened.status()
    if as_json:
        print_json(_as_record(found))
    else:
        _print(found, str(settings.collection))


def _as_record(status: CollectionStatus) -> dict[str, object]:
    record = asdict(status)
    record["feeds"] = [
        asdict(feed) | {"root": str(feed.root), "read_at": feed.read_at.isoformat()}
        for feed in status.feeds
    ]
    return record


def _head_facts(record: EncoderRecord) -> list[tuple[str, str]]:
    if record.head is None:
        return []
    return [
        ("head", record.head),
        ("backbone", f"{record.backbone_fingerprint}, stored embeddings of {record.backbone_dim}"),
    ]


def _calibrated(calibration: Calibration | None) -> str:
    if calibration is None:
        return "none: it takes 20 products with readable pictures; `vsearch index` makes it"
    return (
        f"{calibration.fitted_at}, on {calibration.photos:,} stand-ins for photos; nothing alike"
        f" below {calibration.nothing_alike_below:.2f}"
    )


def _print(status: CollectionStatus, where: str) -> None:
    from vsearch.cli.tables import print_facts, print_table

    manifest = status.manifest
    published = (
        f"{manifest.index_kind}, {manifest.index_size:,} embeddings of {manifest.dim}, generation"
        f" {manifest.generation}"
        if manifest.generation
        else "none yet"
    )
    disk = [
        f"{name} {readable_bytes(size)}"
        for name, size in (
            ("catalogue", status.database_bytes),
            ("embeddings", status.embeddings_bytes),
            ("index", status.index_bytes),
            ("downloads", status.downloads_bytes),
        )
        if size
    ]
    print_facts(
        [
            ("collection", where),
            ("products", f"{status.products:,} ({status.without_image:,} without a usable image)"),
            ("images", f"{status.sources:,} ({status.rejected:,} rejected)"),
            ("index", published),
            ("encoder", manifest.encoder.name),
            ("", manifest.encoder.fingerprint),
            *_head_facts(manifest.encoder),
            ("calibration", _calibrated(status.calibration)),
            ("updated", f"{manifest.updated_at} by vsearch {manifest.written_by}"),
            ("on disk", ", ".join(disk)),
        ]
    )
    if status.feeds:
        note("")
        print_table(
            [("feed", "left"), ("format", "left"), ("products", "right"), ("read at", "left")],
            (
                [feed.name, feed.format, f"{feed.products:,}", f"{feed.read_at:%Y-%m-%d %H:%M} UTC"]
                for feed in status.feeds
            ),
        )
