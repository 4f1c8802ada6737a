"""``vsearch doctor``'s findings: all well, and each fault by itself without hiding the others."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest

from vsearch import Collection, Settings, __version__
from vsearch import diagnosis as diagnosis_module
from vsearch.diagnosis import Finding, diagnose

SMALL = Settings(encoder="test_vit.r160_in1k", weights="random:0", device="cpu")

SUBJECTS = [
    "vsearch",
    "machine",
    "disk",
    "torch",
    "timm",
    "device",
    "encoder",
    "faiss",
    "SQLite",
    "image formats",
]


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings if finding.subject != "setting"}


def faults(findings: list[Finding]) -> list[str]:
    return [finding.subject for finding in findings if finding.is_fault]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diagnosis") / "collection"
    Collection.create(folder, settings=SMALL).close()
    return folder


def test_a_healthy_machine(collection: Path) -> None:
    findings = diagnose(Settings(collection=collection))
    assert faults(findings) == []
    found = by_subject(findings)
    assert list(found) == [*SUBJECTS, "collection"]
    assert found["vsearch"].detail.startswith(f"{__version__}, Python ")
    assert f"{os.cpu_count()} cores" in found["machine"].detail
    assert str(collection) in found["disk"].detail
    assert found["torch"].detail.startswith(version("torch"))
    assert found["timm"].detail == version("timm")
    assert found["faiss"].detail.startswith(version("faiss-cpu"))
    assert "WebP" in found["image formats"].detail
    assert "weights in" in found["device"].detail
    assert found["collection"].detail == f"{collection}: 0 products"


def test_no_collection_yet_is_no_fault_and_makes_none(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "below"
    findings = diagnose(Settings(collection=folder))
    assert faults(findings) == []
    assert by_subject(findings)["collection"].detail == f"none at {folder}"
    assert by_subject(findings)["disk"].detail.endswith(f"free at {tmp_path}")
    assert list(tmp_path.iterdir()) == []


def test_a_device_that_is_not_there(collection: Path) -> None:
    findings = diagnose(Settings(collection=collection, device="tpu"))
    assert faults(findings) == ["device"]
    assert "tpu" in by_subject(findings)["device"].detail


def test_a_broken_collection(collection: Path, tmp_path: Path) -> None:
    manifest = json.loads((collection / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"format_version": 99}))
    findings = diagnose(Settings(collection=tmp_path))
    assert faults(findings) == ["collection"]
    assert "format 99" in by_subject(findings)["collection"].detail


def test_a_collection_without_its_database(collection: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes((collection / "manifest.json").read_bytes())
    findings = diagnose(Settings(collection=tmp_path))
    assert faults(findings) == ["collection"]
    assert "products.db: no such file" in by_subject(findings)["collection"].detail
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_an_installation_that_is_broken(collection: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(diagnosis_module, "_timm", broken)
    findings = diagnose(Settings(collection=collection))
    assert faults(findings) == ["timm"]
    detail = by_subject(findings)["timm"].detail
    assert detail == "RuntimeError: operator torchvision::nms does not exist"


def test_what_was_set_is_shown_and_a_database_address_is_not(collection: Path) -> None:
    address = "sqlite:///" + str(collection / "products.db")
    settings = Settings(collection=collection, database_url=address, max_megapixels=12.0)
    findings = diagnose(settings)
    assert faults(findings) == []
    shown = [finding.detail for finding in findings if finding.subject == "setting"]
    assert shown == [
        f"collection = {collection}",
        "database_url = (set)",
        "max_megapixels = 12.0",
    ]
