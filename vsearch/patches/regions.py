"""Where the things in a scene are, by the ViT's own patch tokens: no detector beside it.

Patches of one thing have tokens that are alike. The eigenvectors of their normalised cut (Shi and
Malik, "Normalized Cuts and Image Segmentation", 2000; on a ViT's tokens: TokenCut, 2022) tell
groups of patches apart. Each eigenvector is cut at several heights, from both ends; every
connected part is a candidate, and those win that are alike within, unlike what surrounds them,
and on a ground that is alike within, too: half a thing lies on ground and on its other half.
One cut after another with the found part taken away, as MaskCut does, found fewer of the things;
docs/regions-and-explanations.md has the figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from vsearch.encoder.interface import Encoder
from vsearch.encoder.patch_tokens import PatchTokens
from vsearch.images.box import Box
from vsearch.patches.connected import Masks, bounds, connected_parts, grown

DEPTH = 0.5
"""After which share of a ViT's blocks tokens tell things and places apart best, as measured."""

SCALE = 2
"""How many times the encoder's own number of patches a side it takes to find small things."""

_SOFTNESS = 0.05
_EIGENVECTORS = 6
_HEIGHTS = (0.25, 0.5, 0.75)
_SMALLEST = 0.01
_RING = 2
_FULLNESS = 0.45
_SIZE_COUNTS = 0.3
_LEAST_CONTRAST = 0.05
_GROUND_COUNTS = 0.3
_BORDER_COUNTS = 0.5
_LARGEST = 0.8
_MOST_SHARED = 0.3
_MOST_CONTAINED = 0.6
_LEAST_OF_BEST = 0.6

# A channel of a picture that is one colour ranges no further, even where it is a JPEG.
_PLAIN = 8

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture that looks like one thing."""

    box: Box
    """Relative to the picture."""

    score: float
    """How much it stands out from its surroundings, above 0; only for comparing the regions of
    one picture."""


def find_regions(encoder: Encoder, image: Image.Image, at_most: int) -> list[Region]:
    """Propose the things in a picture; see ``propose_regions``. There are none on a plain ground.

    Args:
        encoder: one with patch tokens.
        image: upright, RGB.
        at_most: how many regions.

    Raises:
        EncoderError: the encoder has no patch tokens.
    """
    tokens = encoder.whole_patches(image, depth=DEPTH, scale=SCALE)
    # Where nothing is to be seen, tokens differ by their places alone, and so would be parted.
    return [] if _is_plain(image) else propose_regions(tokens, at_most)


def propose_regions(tokens: PatchTokens, at_most: int) -> list[Region]:
    """Propose the parts of a picture that look like one thing each.

    Args:
        tokens: of the whole picture, best from the middle of a ViT on a fine grid.
        at_most: how many regions.

    Returns:
        Up to ``at_most`` regions, the one that stands out most first; none lies mostly within
        another. Empty where nothing stands out, or nearly the whole picture does: the picture
        is then one thing itself.
    """
    similar = tokens.flat @ tokens.flat.T
    parts = connected_parts(_levels(_eigenvectors(similar), (tokens.rows, tokens.columns)))
    parts, blocks = _shapely(parts)
    scores = _standing_out(similar, parts)
    regions: list[Region] = []
    for number in np.argsort(-scores, kind="stable"):
        score = float(scores[number])
        if len(regions) == at_most or score <= 0:
            break
        if regions and score < _LEAST_OF_BEST * regions[0].score:
            break
        box = tokens.box_of(*(int(edge) for edge in blocks[number]))
        if not _overlaps(box, (region.box for region in regions)):
            regions.append(Region(box, score))
    return regions


def _is_plain(image: Image.Image) -> bool:
    pixels = np.asarray(image).reshape(-1, 3)
    return bool((pixels.max(axis=0) - pixels.min(axis=0)).max() <= _PLAIN)


def _eigenvectors(similar: Floats) -> Floats:
    """(patches, e): the smoothest ways to part the patches, after the one that parts nothing."""
    weights = np.exp((similar - 1) / _SOFTNESS)
    root = 1 / np.sqrt(weights.sum(axis=1))
    _, vectors = np.linalg.eigh(weights * root * root[:, None])
    chosen: Floats = vectors[:, -2 : -2 - _EIGENVECTORS : -1] * root[:, None]
    return chosen


def _levels(vectors: Floats, grid: tuple[int, int]) -> Masks:
    """What each eigenvector singles out, from either end, at each height above its middle."""
    both = np.concatenate([vectors, -vectors], axis=1)
    middle, top = np.median(both, axis=0), both.max(axis=0)
    masks = [both > middle + height * (top - middle) for height in _HEIGHTS]
    return np.concatenate(masks, axis=1).T.reshape(-1, *grid)


def _shapely(parts: Masks) -> tuple[Masks, npt.NDArray[np.int64]]:
    """The parts that may be a thing, and the blocks around them."""
    blocks = bounds(parts)
    patches = parts.sum(axis=(1, 2))
    area = blocks[:, 2] * blocks[:, 3]
    whole = parts.shape[1] * parts.shape[2]
    good = (
        (patches >= _SMALLEST * whole) & (patches >= _FULLNESS * area) & (area <= _LARGEST * whole)
    )
    return parts[good], blocks[good]


def _standing_out(similar: Floats, parts: Masks) -> npt.NDArray[np.float64]:
    """(n,) how far a part is one thing, by its patches and the ring of patches around it."""
    ring = (grown(parts, _RING) & ~parts).reshape(-1, len(similar)).astype(np.float32)
    inside = parts.reshape(-1, len(similar)).astype(np.float32)
    size = inside.sum(axis=1)
    to_inside = inside @ similar
    within = (to_inside * inside).sum(axis=1) / size**2
    across = (to_inside * ring).sum(axis=1) / (size * np.maximum(ring.sum(axis=1), 1))
    around = ((ring @ similar) * ring).sum(axis=1) / np.maximum(ring.sum(axis=1), 1) ** 2
    edge = np.ones(parts.shape[1:], np.bool_)
    edge[1:-1, 1:-1] = False
    # What runs along the picture's border is more often ground than thing.
    at_border = np.minimum(1, 4 * parts[:, edge].sum(axis=1) / edge.sum())
    contrast = within - across
    scores: npt.NDArray[np.float64] = (
        (contrast + _GROUND_COUNTS * around)
        * size**_SIZE_COUNTS
        * (1 - _BORDER_COUNTS * at_border)
        * (contrast > _LEAST_CONTRAST)
    )
    return scores


def _overlaps(box: Box, others: Iterable[Box]) -> bool:
    for other in others:
        ratio = box.iou(other)
        shared = ratio / (1 + ratio) * (box.width * box.height + other.width * other.height)
        smaller = min(box.width * box.height, other.width * other.height)
        if ratio > _MOST_SHARED or shared > _MOST_CONTAINED * smaller:
            return True
    return False
