"""Fits a collection's calibration, where one is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection

from vsearch.calibration import fit
from vsearch.calibration.calibration import Calibration
from vsearch.calibration.drawing import draw
from vsearch.calibration.evidence import Inquiry
from vsearch.calibration.file import Fitting, calibration_file, read_fitting, write_fitting
from vsearch.calibration.pictures import pictures_of
from vsearch.calibration.sample import Plan, Sampled, draw_sample
from vsearch.calibration.stand_ins import (
    COPY,
    StandInKey,
    StandIns,
    read_stand_ins,
    stand_ins_file,
    write_stand_ins,
)
from vsearch.collection_embeddings import CollectionEmbeddings
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Embeddings
from vsearch.index.embeddings import EmbeddingStore
from vsearch.index.generation import open_generation
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.progress import Progress
from vsearch.storage import storage_errors

#: With stand-ins of fewer products nothing is said of scores.
FEWEST_PRODUCTS = 20

#: Fitted again once the index has grown or shrunk by this factor.
_GROWTH = 2

_PICTURE_SIDE = 320


def is_due(layout: Layout, manifest: Manifest) -> bool:
    """Whether a collection's calibration is missing, or of a catalogue of another size."""
    if manifest.index_size < FEWEST_PRODUCTS:
        return False
    fitting = read_fitting(layout, manifest.encoder.fingerprint)
    if fitting is None:
        return True
    sizes = sorted((fitting.images, manifest.index_size))
    return sizes[1] >= _GROWTH * sizes[0]


def forget_stale(layout: Layout, manifest: Manifest) -> None:
    """Remove what was fitted for encoders that the collection no longer has.

    Of a catalogue that has become too small for it, also what was fitted while it was large.

    Raises:
        StorageError: the folder can't be written.
    """
    record = manifest.encoder
    kept = {stand_ins_file(layout, record.backbone_fingerprint)}
    if manifest.index_size >= FEWEST_PRODUCTS:
        kept.add(calibration_file(layout, record.fingerprint))
    if not layout.calibration.is_dir():
        return
    with storage_errors(layout.calibration):
        for path in sorted(layout.calibration.iterdir()):
            if path not in kept and path.is_file():
                path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Fits one collection; the caller holds the writer's lock."""

    layout: Layout
    connection: Connection
    manifest: Manifest
    """With a published generation."""
    backbone_id: int
    """Of the catalogue."""
    store: EmbeddingStore
    handle: EncoderHandle
    """Loaded only where stand-ins have to be drawn."""
    max_pixels: int

    def calibrate(self, progress: Progress) -> Fitting:
        """Fit, and write what came of it.

        Raises:
            EncoderError: the encoder can't be loaded.
            StorageError: the disk is full or can't be written.
        """
        plan = Plan.of(self.manifest.index_size)
        sample = draw_sample(self.connection, self.backbone_id, plan)
        calibration = None
        if len({one.view.group for one in sample}) >= FEWEST_PRODUCTS:
            calibration = self._fit(sample, plan, self._stand_ins(sample, plan, progress))
        fitting = Fitting(self.manifest.index_size, calibration)
        write_fitting(self.layout, self.manifest.encoder.fingerprint, fitting)
        return fitting

    def _stand_ins(self, sample: list[Sampled], plan: Plan, progress: Progress) -> StandIns:
        """What was kept, and what has to be drawn anew."""
        record = self.manifest.encoder
        backbone = record.backbone_fingerprint
        hashes = [one.view.content_hash for one in sample]
        wanted = [StandInKey(one, n) for one in hashes for n in range(plan.photos_each)]
        wanted += [StandInKey(one, COPY) for one in hashes[: plan.copies]]
        kept = read_stand_ins(self.layout, backbone, record.backbone_dim)
        found = {key: kept[key] for key in wanted if key in kept}
        missing = [key for key in wanted if key not in kept]
        if not missing:
            return found
        pictures = pictures_of(
            [one.view for one in sample],
            self.layout.downloads,
            side=_PICTURE_SIDE,
            max_pixels=self.max_pixels,
        )
        with progress.stage("scores", len(missing), "photos") as advance:
            drawn = draw(pictures, missing, self.handle.get(), advance)
        if drawn:
            write_stand_ins(self.layout, backbone, found | drawn)
        return found | drawn

    def _fit(self, sample: list[Sampled], plan: Plan, stand_ins: StandIns) -> Calibration | None:
        photos = [
            (one, stand_ins[key])
            for one in sample
            for number in range(plan.photos_each)
            if (key := StandInKey(one.view.content_hash, number)) in stand_ins
        ]
        copied = [
            (one, stand_ins[key])
            for one in sample[: plan.copies]
            if (key := StandInKey(one.view.content_hash, COPY)) in stand_ins
        ]
        if not copied or len({one.view.group for one, _ in photos}) < FEWEST_PRODUCTS:
            return None
        embeddings = CollectionEmbeddings(self.store, self.handle)
        index = open_generation(self.layout.folder, self.manifest)
        inquiry = Inquiry(self.connection, index, embeddings)
        findings = inquiry.find([one for one, _ in photos], self._after_head(photos))
        if len(findings) < FEWEST_PRODUCTS:
            return None
        originals = embeddings.get([one.view.content_hash for one in sample])
        nearest = inquiry.find(sample, originals)
        of_copies = embeddings.get([one.view.content_hash for one, _ in copied])
        match = fit.fit_match(findings)
        return Calibration(
            encoder=self.manifest.encoder.fingerprint,
            score_weight=match.score_weight,
            lead_weight=match.lead_weight,
            offset=match.offset,
            usual_rival=fit.usual_rival(findings),
            nothing_alike_below=fit.nothing_alike(findings),
            duplicate_threshold=fit.copies_from(
                np.sum(of_copies * self._after_head(copied), axis=1, dtype=np.float64),
                np.array([finding.rivals[0].score for finding in nearest]),
            ),
            category_temperature=fit.fit_temperature(findings, inquiry.categories(findings)),
            images=self.manifest.index_size,
            photos=len(findings),
            fitted_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _after_head(self, stand_ins: list[tuple[Sampled, Embeddings]]) -> Embeddings:
        embeddings = np.stack([embedding for _, embedding in stand_ins])
        head = self.handle.head
        return embeddings if head is None else head.apply(embeddings)
