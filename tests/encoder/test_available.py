from __future__ import annotations

import pytest

from vsearch.encoder.architecture import build, data_config, dimension
from vsearch.encoder.available import IN_THE_PACKAGE, RECOMMENDED, AvailableEncoder, find
from vsearch.encoder.load import load_encoder
from vsearch.encoder.torchvision_shim import import_timm


@pytest.mark.parametrize(
    "encoder",
    [encoder for encoder in RECOMMENDED if (encoder.parameters_m or 0) < 30],
    ids=lambda encoder: encoder.name,
)
def test_what_is_recommended_is_as_timm_builds_it(encoder: AvailableEncoder) -> None:
    model = build(encoder.name, seed=None)
    millions = sum(parameter.numel() for parameter in model.parameters()) / 1e6

    assert encoder.parameters_m == round(millions, 1)
    assert encoder.dim == dimension(model)
    assert data_config(model)["input_size"] == (3, encoder.side, encoder.side)


@pytest.mark.parametrize("encoder", RECOMMENDED, ids=lambda encoder: encoder.name)
def test_what_is_recommended_is_as_timm_records_it(encoder: AvailableEncoder) -> None:
    config = import_timm().get_pretrained_cfg(encoder.name)

    assert config.hf_hub_id
    assert config.input_size[-1] == encoder.side
    assert config.license == encoder.licence
    assert encoder.note


def test_no_name_stands_twice() -> None:
    names = [encoder.name for encoder in (IN_THE_PACKAGE, *RECOMMENDED)]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("pattern", ["small_patch14_dinov2", "vit_small_patch14_*dinov2*"])
def test_finds_by_part_of_a_name_and_by_pattern(pattern: str) -> None:
    found = {encoder.name: encoder for encoder in find(pattern)}

    assert found["vit_small_patch14_dinov2.lvd142m"] in RECOMMENDED
    assert all("dinov2" in name for name in found)


def test_what_comes_with_vsearch_is_as_it_says() -> None:
    bundled = load_encoder(IN_THE_PACKAGE.name)

    assert bundled.dim == IN_THE_PACKAGE.dim
    assert IN_THE_PACKAGE.parameters_m == round((bundled.parameters or 0) / 1e6, 1)


def test_says_nothing_that_is_not_known() -> None:
    (other,) = find("test_vit.r160_in1k")

    assert other == AvailableEncoder("test_vit.r160_in1k", 160, "apache-2.0")
    assert other.parameters_m is None


def test_finds_everything_and_nothing() -> None:
    assert len(find("*")) == len(import_timm().list_pretrained())
    assert find("no_such_model") == []
