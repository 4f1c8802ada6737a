"""Which encoder a collection is used with: its own, unless another one is named."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path

from vsearch.encoder.encoder_file import EncoderFile, read_encoder_file
from vsearch.encoder.handle import EncoderHandle
from vsearch.encoder.interface import Encoder, EncoderIdentity, EncoderSpec
from vsearch.encoder.name import encoder_name
from vsearch.encoder.sources import in_full, is_file, local_file
from vsearch.errors import EncoderMismatch
from vsearch.index.manifest import Manifest
from vsearch.settings import BUNDLED, HUB, Settings


def recorded_identity(manifest: Manifest) -> EncoderIdentity:
    """The encoder that made a collection's embeddings."""
    record = manifest.encoder
    return EncoderIdentity(
        EncoderSpec(record.architecture, record.weights, record.head),
        record.name,
        record.fingerprint,
        manifest.dim,
        record.backbone_fingerprint,
        record.backbone_dim,
    )


def recorded_encoder(manifest: Manifest, settings: Settings) -> EncoderHandle:
    """The collection's own encoder, whichever the settings name.

    Where they name its head's file at another place, the head is read from there.
    """
    recorded = recorded_identity(manifest)
    # Wherever its backbone is said to be: this is asked for the head alone.
    anywhere = dataclasses.replace(settings, weights=None)
    named = _with_head_named(anywhere, recorded) if recorded.spec.head else None
    if named is not None and named.fingerprint == recorded.fingerprint:
        recorded = named
    return EncoderHandle(partial(_load_recorded, recorded.spec, settings), expected=recorded)


def chosen_encoder(
    manifest: Manifest | None, settings: Settings, *, replace: bool = False
) -> EncoderHandle:
    """The encoder that the settings name; where they name none, the collection's own.

    Nothing is loaded where the settings and the manifest agree on name and weights, nor where
    the settings name a head for the collection's own backbone.

    Args:
        manifest: of the collection; None where there is none yet.
        settings: may name an encoder, weights, or both.
        replace: whether the collection is to move to whatever that gives now: then nothing
            that is recorded of it is taken on trust but a backbone that a head was made for.
    """
    if manifest is None:
        return EncoderHandle(partial(_load_chosen, settings))
    recorded = recorded_identity(manifest)
    named = _with_head_named(settings, recorded)
    if named is not None:
        return EncoderHandle(partial(_load_recorded, named.spec, settings), expected=named)
    spec = recorded.spec
    if _names_it(settings, spec):
        load = partial(_load_recorded, spec, settings)
        return EncoderHandle(load, expected=None if replace else recorded)
    if settings.encoder is None and not replace:
        # The same head or architecture, with a backbone from another place.
        own = spec.architecture if _brings_its_head(spec) else spec.head
        settings = dataclasses.replace(settings, encoder=own)
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


def _with_head_named(settings: Settings, recorded: EncoderIdentity) -> EncoderIdentity | None:
    """The collection's backbone with the head whose file the settings name, if they do."""
    if settings.encoder is None or not is_file(settings.encoder):
        return None
    spec = dataclasses.replace(recorded.spec, head=in_full(settings.encoder))
    if not _names_weights(settings, spec):
        return None
    file = read_encoder_file(Path(in_full(settings.encoder)))
    head, backbone = file.head, file.backbone
    if head is None or backbone is None or backbone.fingerprint != recorded.backbone_fingerprint:
        return None
    if head.in_dim != recorded.backbone_dim:
        return None
    return EncoderIdentity(
        spec,
        encoder_name(spec, _file_of_backbone(spec), file),
        head.fingerprint_on(recorded.backbone_fingerprint),
        head.out_dim,
        recorded.backbone_fingerprint,
        recorded.backbone_dim,
    )


def _file_of_backbone(spec: EncoderSpec) -> EncoderFile | None:
    path = local_file(spec.weights)
    return None if path is None or not path.is_file() else read_encoder_file(path)


def _names_it(settings: Settings, spec: EncoderSpec) -> bool:
    encoder = settings.encoder
    if not _names_weights(settings, spec):
        return False
    if encoder is None:
        return True
    if encoder == BUNDLED or is_file(encoder):
        return in_full(encoder) == (spec.head or spec.weights)
    if spec.weights == BUNDLED or not _brings_its_head(spec):
        return False
    # A tag says only which of timm's own weights are meant: without them a short name will do.
    is_short_name = spec.weights != HUB and encoder == spec.architecture.partition(".")[0]
    return is_short_name or encoder == spec.architecture


def _names_weights(settings: Settings, spec: EncoderSpec) -> bool:
    return settings.weights is None or in_full(settings.weights) == spec.weights


def _brings_its_head(spec: EncoderSpec) -> bool:
    """Whether nothing but the weights' own file is needed: it has its head, or there is none."""
    return spec.head in (None, spec.weights)


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
