from __future__ import annotations

import subprocess
import sys
import types

import pytest
import torch

from vsearch.encoder import torchvision_shim

DESCRIBES_OPERATORS = "torchvision._meta_registrations"


@pytest.fixture
def not_yet_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torchvision", DESCRIBES_OPERATORS):
        monkeypatch.delitem(sys.modules, name, raising=False)


def stand_in() -> types.ModuleType | None:
    return sys.modules.pop(DESCRIBES_OPERATORS, None)


@pytest.mark.usefixtures("not_yet_imported")
def test_does_nothing_where_the_operators_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops, "load_library", lambda path: None)

    torchvision_shim.make_torchvision_importable()

    assert stand_in() is None


@pytest.mark.usefixtures("not_yet_imported")
def test_stands_in_where_they_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: object) -> None:
        raise OSError(f"{path}: libcudart.so: no such file")

    monkeypatch.setattr(torch.ops, "load_library", fail)

    torchvision_shim.make_torchvision_importable()

    module = stand_in()
    assert module is not None
    assert not hasattr(module, "register_meta")


def test_timm_can_be_imported_in_a_fresh_process() -> None:
    program = (
        "from vsearch.encoder.torchvision_shim import import_timm; timm = import_timm();"
        "import torchvision; print(timm.is_model('vit_tiny_patch16_224'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True"


def test_the_package_by_itself_imports_neither_torch_nor_timm() -> None:
    program = (
        "import sys, vsearch.encoder, vsearch.encoder.interface, vsearch.encoder.available;"
        "print(sorted({'torch', 'timm', 'torchvision'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
