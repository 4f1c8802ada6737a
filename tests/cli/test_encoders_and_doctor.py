"""``vsearch encoders``, ``formats`` and ``doctor``: what there is to choose from."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsearch.settings import DEFAULT_ENCODER


def test_recommended_encoders(vsearch) -> None:
    outcome = vsearch("encoders")
    assert outcome.code == 0
    assert DEFAULT_ENCODER in outcome.out
    first = vsearch("encoders", "--json").objects[0]
    assert (first["name"], first["dim"], first["side"]) == ("bundled", 192, 224)
    assert first["licence"] == "apache-2.0"


def test_encoders_by_pattern(vsearch) -> None:
    names = [encoder["name"] for encoder in vsearch("encoders", "test_vit", "--json").objects]
    assert "test_vit.r160_in1k" in names
    assert all("test_vit" in name for name in names)
    assert "test_vit.r160_in1k" in vsearch("encoders", "test_vit*").out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_encoder_matches(vsearch, options: tuple[str, ...]) -> None:
    outcome = vsearch("encoders", "no_such_*", *options)
    assert outcome.error == 'no timm model with weights matches "no_such_*"'
    assert outcome.out == ""


def test_formats_and_their_columns(vsearch) -> None:
    names = [one["name"] for one in vsearch("formats", "--json").objects]
    assert names == [row.split()[0] for row in vsearch("formats").out.splitlines()[1:]]
    assert set(names) == {
        "folder", "csv", "tsv", "jsonl", "parquet", "google", "shopify", "woocommerce", "changes"
    }  # fmt: skip
    for name in names:
        columns = vsearch("formats", name, "--json").objects
        assert columns
        assert all(column["meaning"] for column in columns)
        assert all(column["name"] in vsearch("formats", name).out for column in columns)


def test_doctor_on_a_healthy_machine(vsearch, collection: Path) -> None:
    outcome = vsearch("doctor", "-c", collection)
    assert outcome.code == 0, outcome.out
    assert "FAULT" not in outcome.out
    assert f"{collection}: 229 products" in outcome.out
    findings = vsearch("doctor", "-c", collection, "--json").objects
    assert {"vsearch", "torch", "timm", "device", "faiss"} <= {f["subject"] for f in findings}
    assert not any(finding["is_fault"] for finding in findings)


def test_doctor_fails_where_something_has_to_be_mended(vsearch, small: Path) -> None:
    (small / "manifest.json").write_text("{")
    outcome = vsearch("doctor", "-c", small, "--json")
    assert outcome.code == 1
    (fault,) = [finding for finding in outcome.objects if finding["is_fault"]]
    assert fault["subject"] == "collection"
    assert "manifest.json" in fault["detail"]
    assert "FAULT" in vsearch("doctor", "-c", small).out
    assert vsearch("doctor", "-c", small, "--device", "tpu").out.count("FAULT") == 2
