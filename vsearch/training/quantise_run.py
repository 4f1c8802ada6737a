"""A whole quantisation: an encoder and pictures in, an int8 encoder file out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from vsearch.encoder.encoder_file import EncoderFile, read_encoder_file, write_encoder_file
from vsearch.encoder.int8_format import INT8
from vsearch.encoder.int8_linear import can_run_int8
from vsearch.encoder.int8_shape import vit_shape
from vsearch.encoder.interface import EncoderSpec
from vsearch.encoder.load import load_backbone, load_encoder, load_spec
from vsearch.encoder.open_clip_name import is_open_clip
from vsearch.encoder.precision import probe_picture
from vsearch.encoder.sources import local_file
from vsearch.encoder.timm_encoder import TimmEncoder
from vsearch.errors import TrainingError
from vsearch.evaluation.open_labelled import open_labelled
from vsearch.progress import Progress
from vsearch.training.output import require_output
from vsearch.training.quantise import LARGEST_ERROR, SMOOTHING, TAIL, Quantised, quantise
from vsearch.training.quantise_check import Agreement, Recall, agreement, costs, recall
from vsearch.training.quantise_pictures import choose
from vsearch.training.quantise_request import QuantiseRequest, QuantiseResult
from vsearch.training.record import training_record

LEAST_COSINE = 0.99
"""What the mean cosine to the float encoder must reach."""

MOST_LOST = 0.01
"""Of R@1."""


def quantise_encoder(request: QuantiseRequest, progress: Progress) -> QuantiseResult:
    """Quantise an encoder, measure what that costs, and write it.

    Raises:
        TrainingError: there are too few pictures, the encoder is int8 already, or it would lose
            too much.
        EncoderError: the encoder can't be loaded, or isn't a plain ViT.
        EvaluationError: nothing can be measured on the labelled set.
        StorageError: the disk is full or can't be written.
    """
    files = _files(request.encoder)
    if request.output.absolute() in {file.path.absolute() for file in files}:
        raise TrainingError(
            f"{request.output}: the float encoder itself is there; name another --output"
        )
    require_output(request.output)
    model, _, architecture = load_backbone(request.encoder)
    vit_shape(model)  # Before anybody waits for pictures.
    labelled = None if request.labelled is None else open_labelled(request.labelled)
    exact = _load(request, "float32")
    chosen = choose(
        exact,
        request.sources,
        calibrate=request.calibrate,
        seed=request.seed,
        max_pixels=request.max_pixels,
        progress=progress,
    )
    with progress.stage("calibrate", len(chosen.calibration) + 1, "images") as advance:
        # An int8 network is tried with this picture when it is loaded: it is no stranger.
        probe = probe_picture(exact.preprocessing.height, exact.preprocessing.width)
        pixels = [*chosen.calibration, probe]
        quantised = quantise(model, pixels, exact.preprocessing, advance)
    exact_spec = replace(request.encoder, architecture=architecture)
    with tempfile.TemporaryDirectory() as folder:
        # What is measured is what will be loaded: the file, by the way that it takes.
        draft = Path(folder) / "draft.safetensors"
        _write(draft, exact_spec, files, quantised, exact, None, request.name)
        small = load_encoder(draft, device="cpu", max_pixels=request.max_pixels)
    agrees = agreement(exact, small, chosen.held_out)
    usual = _load(request, "auto")
    if labelled is None:
        found = None
    else:
        found = recall(usual, small, labelled, progress, max_pixels=request.max_pixels)
    _require_close(request, small, agrees, found)
    before, after = costs([usual, small], chosen.held_out)
    result = QuantiseResult(
        output=request.output,
        size=0,
        chosen=chosen,
        kept=quantised.kept,
        agreement=agrees,
        formats=(usual.dtype, small.dtype),
        before=before,
        after=after,
        recall=found,
    )
    record = _record(request, exact_spec, files, result)
    name = request.name or next((file.name for file in files if file.name), request.output.stem)
    _write(request.output, exact_spec, files, quantised, exact, record, name)
    return replace(result, size=request.output.stat().st_size)


def _load(request: QuantiseRequest, dtype: str) -> TimmEncoder:
    return load_spec(request.encoder, device="cpu", dtype=dtype, max_pixels=request.max_pixels)


def _files(spec: EncoderSpec) -> list[EncoderFile]:
    """The files that the encoder comes from, the one that names it first."""
    if is_open_clip(spec.architecture):
        raise TrainingError(
            f'encoder "{spec.architecture}": only timm\'s plain ViTs can be quantised; distil it'
            " into one with `vsearch train distil` first"
        )
    sources = dict.fromkeys(source for source in (spec.head, spec.weights) if source is not None)
    paths = [local_file(source) for source in sources]
    files = [read_encoder_file(path) for path in paths if path is not None]
    for file in files:
        if file.quantised is not None:
            raise TrainingError(
                f"{file.path}: is {file.quantised} already; give the encoder that it was made from"
            )
    return files


def _require_close(
    request: QuantiseRequest, small: TimmEncoder, agrees: Agreement, found: Recall | None
) -> None:
    """Refuse an encoder that has lost too much.

    Raises:
        TrainingError: it has; the message says by how much.
    """
    faults = []
    if can_run_int8() and small.dtype != INT8:
        faults.append(
            "on a test picture int8 is too far from its own weights in floats, which run instead"
        )
    # Written so that what isn't a number is a fault.
    if not agrees.mean >= LEAST_COSINE:
        faults.append(f"mean cosine to the float encoder {agrees.mean:.4f}, below {LEAST_COSINE}")
    if found is not None and not found.lost.mean <= MOST_LOST:
        faults.append(
            f"R@1 on {found.set} {found.before.mean:.3f} before and {found.after.mean:.3f} after,"
            f" {found.lost.mean:.3f} lost ({found.lost.low:+.3f} to {found.lost.high:+.3f}),"
            f" more than {MOST_LOST}"
        )
    if faults and not request.allow_worse:
        raise TrainingError(
            f"{request.output}: not written: {'; '.join(faults)}; calibrate on more pictures, or"
            " write it all the same with --allow-worse"
        )


def _write(
    path: Path,
    spec: EncoderSpec,
    files: Sequence[EncoderFile],
    quantised: Quantised,
    exact: TimmEncoder,
    record: dict[str, Any] | None,
    name: str | None,
) -> None:
    backbone = next((file for file in files if file.has_backbone), None)
    write_encoder_file(
        path,
        tensors=quantised.tensors,
        architecture=spec.architecture,
        preprocessing=quantised.preprocessing,
        pooling=None if backbone is None else backbone.pooling,
        quantised=INT8,
        head=exact.head,
        training=record,
        name=name,
    )


def _record(
    request: QuantiseRequest,
    spec: EncoderSpec,
    files: Sequence[EncoderFile],
    result: QuantiseResult,
) -> dict[str, Any]:
    figures: list[dict[str, Any]] = [
        {"set": "held out", "metric": "cosine", "before": 1.0, "after": result.agreement.mean},
        {
            "set": "held out",
            "metric": "worst cosine",
            "before": 1.0,
            "after": result.agreement.worst,
        },
    ]
    if result.recall is not None:
        found = result.recall
        figures.append(
            {"set": found.set, "queries": found.queries, "metric": "R@1"}
            | {"before": found.before.mean, "after": found.after.mean}
            | {"low": found.after.low, "high": found.after.high, "lost": asdict(found.lost)}
        )
    record = training_record(
        "quantise",
        seed=request.seed,
        configuration={
            "calibrate": request.calibrate,
            "smoothing": SMOOTHING,
            "tail": TAIL,
            "largest_error": LARGEST_ERROR,
            "kept": list(result.kept),
            "measured_in": result.formats[1],
        },
        data={"sha256": result.chosen.sha256, "images": len(result.chosen.calibration)},
        initialised_from=spec,
        measured=figures,
    )
    # How the floats were made remains how the encoder was made.
    earlier = [dict(file.training) for file in files if file.training]
    return record | ({"earlier": earlier} if earlier else {})
