"""open_clip's encoders by name: ``open_clip:`` and then what open_clip calls them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsearch.errors import EncoderError, WeightsError

PREFIX = "open_clip:"

_HUB = "hf-hub:"
_FOLDER = "local-dir:"

WEIGHTS_FILE = "open_clip_model.safetensors"
"""What open_clip calls its weights, on the hub and in a folder."""

_PICKLES = (".bin", ".pt", ".pth", ".ckpt")


@dataclass(frozen=True, slots=True)
class OpenClipName:
    """One of three: an architecture of open_clip's own, a repository on the hub, a folder."""

    architecture: str | None = None
    """``ViT-B-32``"""

    tag: str | None = None
    """Of its weights on the hub, ``laion2b_s34b_b79k``; the name may come without."""

    repository: str | None = None
    """``Marqo/marqo-ecommerce-embeddings-B``"""

    folder: Path | None = None
    """With ``open_clip_config.json`` and a safetensors file, as open_clip saves them."""

    @classmethod
    def parse(cls, name: str) -> OpenClipName:
        """Read ``open_clip:ViT-B-32/TAG``, ``…:hf-hub:ORG/NAME`` or ``…:local-dir:FOLDER``.

        Raises:
            EncoderError: nothing follows the prefix.
        """
        rest = name.removeprefix(PREFIX)
        kind = next((kind for kind in (_HUB, _FOLDER) if rest.startswith(kind)), "")
        place = rest.removeprefix(kind)
        if not place:
            raise EncoderError(
                f'encoder "{name}": names nothing; write open_clip:ARCHITECTURE/TAG,'
                " open_clip:hf-hub:ORGANISATION/NAME or open_clip:local-dir:FOLDER"
            )
        if kind == _HUB:
            return cls(repository=place)
        if kind == _FOLDER:
            return cls(folder=Path(place).expanduser().absolute())
        architecture, _, tag = place.partition("/")
        return cls(architecture=architecture, tag=tag or None)

    def __str__(self) -> str:
        if self.repository is not None:
            return f"{PREFIX}{_HUB}{self.repository}"
        if self.folder is not None:
            return f"{PREFIX}{_FOLDER}{self.folder}"
        return f"{PREFIX}{self.architecture}" + (f"/{self.tag}" if self.tag else "")


def is_open_clip(name: str) -> bool:
    """Whether this names an encoder of open_clip's and not one of timm's."""
    return name.startswith(PREFIX)


def weights_in(folder: Path) -> Path:
    """Find the safetensors file in a folder: the one called as open_clip does, or the only one.

    Raises:
        WeightsError: there is none, or there are several.
    """
    usual = folder / WEIGHTS_FILE
    if usual.is_file():
        return usual
    found = sorted(folder.glob("*.safetensors"))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        raise WeightsError(f"{folder}: has {names}; say which with --weights FILE")
    pickles = sorted(path for path in folder.glob("*") if path.suffix in _PICKLES)
    if pickles:
        raise WeightsError(
            f"{pickles[0]}: a pickle, which could run any program when read; convert it once,"
            " where you trust it: safetensors.torch.save_file(torch.load(FILE, weights_only=True),"
            f' "{WEIGHTS_FILE}")'
        )
    raise WeightsError(f"{folder}: has no safetensors file; say where it is with --weights FILE")
