"""What a collection keeps of a calibration: whole, or as if it weren't there."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calibration.test_confidence import CALIBRATION
from vsearch.calibration.calibration import Calibration
from vsearch.calibration.file import Fitting, calibration_file, read_fitting, write_fitting
from vsearch.calibration.stand_ins import (
    COPY,
    StandInKey,
    read_stand_ins,
    stand_ins_file,
    write_stand_ins,
)
from vsearch.layout import Layout

ENCODER = CALIBRATION.encoder


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return Layout(tmp_path_factory.mktemp("collection"))


@given(
    st.fixed_dictionaries(
        {
            "score_weight": st.floats(0, 1e3),
            "lead_weight": st.floats(0, 1e3),
            "offset": st.floats(-1e3, 1e3),
            "nothing_alike_below": st.floats(-1, 1),
            "category_temperature": st.floats(1e-6, 1),
            "images": st.integers(0, 2**40),
        }
    )
)
def test_what_was_written_is_read(layout: Layout, changes: dict[str, float]) -> None:
    fitting = Fitting(1234, replace(CALIBRATION, **changes))
    write_fitting(layout, ENCODER, fitting)
    assert read_fitting(layout, ENCODER) == fitting


def test_that_nothing_could_be_fitted_is_kept_too(layout: Layout) -> None:
    write_fitting(layout, ENCODER, Fitting(7, None))
    assert read_fitting(layout, ENCODER) == Fitting(7, None)


def test_there_is_none_for_another_encoder(layout: Layout) -> None:
    write_fitting(layout, ENCODER, Fitting(7, CALIBRATION))
    assert read_fitting(layout, "1" * 32) is None
    calibration_file(layout, ENCODER).rename(calibration_file(layout, "2" * 32))
    assert read_fitting(layout, "2" * 32) is None


def damaged_records() -> list[bytes]:
    record = {"format_version": 1, "images": 7, "calibration": None}
    fitted = {one.name: getattr(CALIBRATION, one.name) for one in fields(Calibration)}
    wrong: list[object] = [
        [],
        {},
        record | {"format_version": 2},
        record | {"images": "many"},
        record | {"calibration": 1},
        record | {"calibration": fitted | {"offset": "low"}},
        record | {"calibration": fitted | {"offset": float("nan")}},
        record | {"calibration": fitted | {"category_temperature": 0}},
        record | {"calibration": fitted | {"fitted_at": 5}},
        record | {"calibration": fitted | {"unknown": 5}},
        record | {"calibration": {k: v for k, v in fitted.items() if k != "offset"}},
    ]
    texts = [json.dumps(one).encode() for one in wrong]
    return [*texts, b"", b"\xff\xfe", b'{"format_version": 1', b"[" * 100_000]


@pytest.mark.parametrize("content", damaged_records(), ids=range(15))
def test_a_damaged_file_is_as_good_as_none(layout: Layout, content: bytes) -> None:
    write_fitting(layout, ENCODER, Fitting(7, CALIBRATION))
    calibration_file(layout, ENCODER).write_bytes(content)
    assert read_fitting(layout, ENCODER) is None


def stand_ins() -> dict[StandInKey, np.ndarray]:
    random = np.random.default_rng(0)
    keys = [StandInKey(f"{n:064x}", number) for n in range(3) for number in (0, 1, COPY)]
    return {key: random.random(8, np.float32) for key in keys}


def test_stand_ins_are_read_as_they_were_written(layout: Layout) -> None:
    written = stand_ins()
    write_stand_ins(layout, "b" * 32, written)
    found = read_stand_ins(layout, "b" * 32, 8)
    assert found.keys() == written.keys()
    assert all((found[key] == written[key]).all() for key in written)


def test_stand_ins_of_another_length_are_as_good_as_none(layout: Layout) -> None:
    write_stand_ins(layout, "b" * 32, stand_ins())
    assert read_stand_ins(layout, "b" * 32, 9) == {}


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_cut_file_of_stand_ins_is_as_good_as_none(layout: Layout, kept: int) -> None:
    write_stand_ins(layout, "b" * 32, stand_ins())
    path = stand_ins_file(layout, "b" * 32)
    path.write_bytes(path.read_bytes()[:kept])
    assert read_stand_ins(layout, "b" * 32, 8) == {}
