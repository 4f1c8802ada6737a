"""How much of a catalogue is looked at."""

from __future__ import annotations

import pytest

from vsearch.calibration.sample import Plan


@pytest.mark.parametrize(
    ("images", "plan"),
    [
        (20, Plan(pictures=20, photos_each=8, copies=5)),
        (100, Plan(pictures=100, photos_each=2, copies=25)),
        (160, Plan(pictures=160, photos_each=1, copies=40)),
        (400, Plan(pictures=200, photos_each=1, copies=50)),
        (10_000_000, Plan(pictures=240, photos_each=1, copies=60)),
    ],
)
def test_the_plan_follows_the_size(images: int, plan: Plan) -> None:
    assert Plan.of(images) == plan
