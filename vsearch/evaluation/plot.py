"""A picture of accuracy against cost, for which the ``plot`` extra is needed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from vsearch.errors import MissingExtra
from vsearch.evaluation.compare import Comparison
from vsearch.storage import storage_errors

FORMATS = (".png", ".svg")

_INCHES = (8.0, 5.0)
_DOTS_PER_INCH = 150
_LINES_PER_INCH = 4
_MARKERS = "osD^vP*X<>"


def require_matplotlib() -> None:
    """Check that a plot can be drawn, before the work that it is to show.

    Raises:
        MissingExtra: matplotlib isn't installed.
    """
    if find_spec("matplotlib") is None:
        raise MissingExtra('a plot needs matplotlib, which is not installed: pip install ".[plot]"')


def draw(comparison: Comparison, path: Path) -> None:
    """Draw R@1, with its interval, over the milliseconds that a picture takes.

    Args:
        comparison: with one measurement at least.
        path: ends in ``.png`` or ``.svg``; what is there is replaced.

    Raises:
        MissingExtra: matplotlib isn't installed.
        StorageError: the file can't be written.
        ValueError: no measurement, or another ending.
    """
    if path.suffix.lower() not in FORMATS or not comparison.measurements:
        raise ValueError(f"a measurement and a path that ends in .png or .svg are needed: {path}")
    require_matplotlib()
    # Not pyplot, which keeps figures in the process and may look for a screen.
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

    legend_inches = len(comparison.measurements) / _LINES_PER_INCH
    figure = Figure(figsize=(_INCHES[0], _INCHES[1] + legend_inches), layout="constrained")
    axes = figure.add_subplot()
    for number, one in enumerate(comparison.measurements):
        recall = one.quality.recall_at_1
        axes.errorbar(
            1000 / one.speed.images_per_s,
            recall.mean,
            yerr=[[recall.mean - recall.low], [recall.high - recall.mean]],
            marker=_MARKERS[number % len(_MARKERS)],
            markersize=8,
            capsize=4,
            linestyle="none",
            label=f"{one.name} ({one.dim} numbers)",
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("ms an image, encoding in batches (left is cheaper)")
    axes.set_ylabel("R@1 with 95% interval (up is better)")
    axes.set_title(
        f"{len(comparison.labelled.queries)} queries against"
        f" {len(comparison.labelled.gallery)} pictures of {Path(comparison.labelled.name).name}"
    )
    axes.grid(visible=True, alpha=0.3)
    figure.legend(loc="outside lower left", frameon=False)
    with storage_errors(path):
        figure.savefig(path, dpi=_DOTS_PER_INCH)
