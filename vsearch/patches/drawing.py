"""An explanation as a picture: the query and the hit side by side, with heat and pairs."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vsearch.encoder.interface import Encoder
from vsearch.patches.explain import SHOWN, Explanation, Place, explain, look
from vsearch.patches.occlusion import Heat

_MARGIN = 16
_CAPTION = 26
_PAPER = (255, 255, 255)
_INK = (40, 40, 38)
_SOFT = (109, 106, 99)
_GLOW = np.array((255, 96, 0), np.float32)
_PAIR_COLOURS = ("#0b6e4f", "#1f4fd8", "#a3195b", "#6b3fa0", "#7a5200", "#00707f")
_DOT = 11
_STRONGEST = 0.5
_PALENESS = 0.5
# Supersampling: Pillow draws circles and lines without smoothing.
_FINER = 3


def explain_png(encoder: Encoder, query: Image.Image, hit: Image.Image) -> bytes:
    """Show which parts of two pictures make their embeddings alike, as a PNG.

    Args:
        encoder: what the score is by.
        query: upright, RGB.
        hit: likewise.

    Returns:
        A PNG of 688 x 394 pixels; see ``Explanation`` for what it means.
    """
    buffer = io.BytesIO()
    draw(explain(look(encoder, query), look(encoder, hit))).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def explanation_data_uri(explanation: Explanation) -> str:
    """A ``data:image/webp;base64,...`` URI for the ``src`` of an ``<img>``."""
    buffer = io.BytesIO()
    draw(explanation).save(buffer, "WEBP", quality=82)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def draw(explanation: Explanation) -> Image.Image:
    """Draw an explanation, 688 x 394 pixels, RGB.

    What the score hangs on keeps its colours and glows orange; the rest is grey and pale. Equal
    numbers mark places that match.
    """
    panels = (
        _panel(explanation.query.picture, explanation.query_heat),
        _panel(explanation.hit.picture, explanation.hit_heat),
    )
    lefts = (_MARGIN, 2 * _MARGIN + SHOWN)
    top = _MARGIN + _CAPTION
    page = Image.new("RGB", (3 * _MARGIN + 2 * SHOWN, top + SHOWN + 2 * _MARGIN), _PAPER)
    for left, panel in zip(lefts, panels, strict=True):
        page.paste(panel, (left, top))
    page.paste(_marked(page, explanation, lefts, top))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    pen.text((lefts[0], _MARGIN - 2), "query", fill=_INK, font=font)
    pen.text((lefts[1], _MARGIN - 2), f"hit, cosine {explanation.score:.3f}", fill=_INK, font=font)
    legend = "glow: the cosine falls most without this part"
    if explanation.pairs:
        legend += "    numbers: patches that look alike"
    pen.text((lefts[0], top + SHOWN + 8), legend, fill=_SOFT, font=ImageFont.load_default(12))
    return page


def _panel(picture: Image.Image, heat: Heat) -> Image.Image:
    hottest = max(float(heat.max()), float(np.finfo(np.float32).tiny))
    share = Image.fromarray((heat / hottest).astype(np.float32))
    smooth = share.resize(picture.size, Image.Resampling.BICUBIC)
    warm = np.asarray(smooth, np.float32).clip(0, 1)[..., None]
    pixels = np.asarray(picture, np.float32)
    pale = _PALENESS * 255 + (1 - _PALENESS) * pixels.mean(axis=2, keepdims=True)
    shown = pale + (pixels - pale) * np.sqrt(warm)
    mixed = shown + (_GLOW - shown) * (_STRONGEST * warm)
    return Image.fromarray(mixed.clip(0, 255).astype(np.uint8))


def _marked(
    page: Image.Image, explanation: Explanation, lefts: tuple[int, int], top: int
) -> Image.Image:
    """The page with a numbered dot at both ends of each pair, and a line between them."""
    large = page.resize((page.width * _FINER, page.height * _FINER), Image.Resampling.BICUBIC)
    lines = Image.new("RGBA", large.size)
    pen = ImageDraw.Draw(lines)
    ends = [
        (_on_page(pair.query, lefts[0], top), _on_page(pair.hit, lefts[1], top), colour)
        for pair, colour in zip(explanation.pairs, _PAIR_COLOURS, strict=False)
    ]
    for start, end, colour in ends:
        pen.line([start, end], fill=f"{colour}90", width=2 * _FINER)
    font = ImageFont.load_default(13 * _FINER)
    for number, (start, end, colour) in enumerate(ends, start=1):
        for x, y in (start, end):
            reach = _DOT * _FINER
            pen.ellipse(
                (x - reach, y - reach, x + reach, y + reach),
                fill=colour,
                outline=_PAPER,
                width=2 * _FINER,
            )
            pen.text((x, y), str(number), fill=_PAPER, font=font, anchor="mm")
    large.paste(lines, mask=lines)
    return large.resize(page.size, Image.Resampling.LANCZOS)


def _on_page(place: Place, left: int, top: int) -> tuple[float, float]:
    return (left + place[0] * SHOWN) * _FINER, (top + place[1] * SHOWN) * _FINER
