"""Which encoder a collection is used with: its own, unless another one is named."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Encoder, EncoderIdentity, EncoderSpec
from vsearch.errors import EncoderMismatch
from vsearch.index.manifest import Manifest
from vsearch.settings import Settings


def recorded_identity(manifest: Manifest) -> EncoderIdentity:
    """The encoder that made a collection's embeddings."""
    record = manifest.encoder
    spec = EncoderSpec(record.architecture, record.weights)
    return EncoderIdentity(
        spec, record.name, record.fingerprint, manifest.dim, record.fingerprint, manifest.dim
    )


def chosen_encoder(
    manifest: Manifest | None, settings: Settings, *, replace: bool = False
) -> EncoderHandle:
    """The encoder that the settings name; where they name none, the collection's own.

    Nothing is loaded where the settings and the manifest agree on name and weights.

    Args:
        manifest: of the collection; None where there is none yet.
        settings: may name an encoder, weights, or both.
        replace: whether the collection is to move to whatever that gives now: then nothing
            that is recorded of it is taken on trust.
    """
    if manifest is None:
        return EncoderHandle(partial(_load_chosen, settings))
    recorded = recorded_identity(manifest)
    if _names_it(settings, recorded.spec):
        load = partial(_load_recorded, recorded.spec, settings)
        return EncoderHandle(load, expected=None if replace else recorded)
    if settings.encoder is None and not replace:
        # The same architecture from another place.
        settings = dataclasses.replace(settings, encoder=recorded.spec.architecture)
    return EncoderHandle(partial(_load_chosen, settings))


def require_same(manifest: Manifest, handle: EncoderHandle, *, remedy: str) -> None:
    """See that a collection's embeddings can be compared with the encoder's.

    Raises:
        EncoderMismatch: another encoder made them; the message names both.
    """
    recorded, chosen = recorded_identity(manifest), handle.identity
    if recorded.fingerprint != chosen.fingerprint:
        raise EncoderMismatch(
            f"the collection was built with {recorded.name} [{recorded.fingerprint[:12]}],"
            f" not with {chosen.name} [{chosen.fingerprint[:12]}]: {remedy}"
        )


def _names_it(settings: Settings, spec: EncoderSpec) -> bool:
    is_its_name = settings.encoder in (None, spec.architecture)
    weights = settings.weights
    if weights is not None and weights != spec.weights:
        weights = str(Path(weights).expanduser().absolute())
    return is_its_name and weights in (None, spec.weights)


# timm and torch take seconds to import: only what encodes pays for them.
def _load_recorded(spec: EncoderSpec, settings: Settings) -> Encoder:
    from vsearch.encoder.load import load_spec

    return load_spec(spec, device=settings.device, max_pixels=settings.max_pixels)


def _load_chosen(settings: Settings) -> Encoder:
    from vsearch.encoder.load import load_encoder

    return load_encoder(
        settings.encoder,
        weights=settings.weights,
        device=settings.device,
        max_pixels=settings.max_pixels,
    )
