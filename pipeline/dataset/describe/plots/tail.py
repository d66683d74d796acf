"""The long tail: how much of the data set is about what few wikis know."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from pipeline.dataset.describe.entities import POPULARITIES
from pipeline.dataset.describe.plots.drawing import figure, headed, short

# Where the bars of the histogram begin: each is about twice as wide as the one before.
_EDGES = (0, 1, 2, 3, 6, 11, 21, 41, 81, 161)


def tail(title: str, shares: Mapping[str, Mapping[str, int]], sitelinks: Mapping[str, int]) -> Figure:
    """Shares of head, torso and tail of several things, and pictures by number of wiki pages.

    Args:
        title: of the plot.
        shares: what is counted -> head, torso, tail -> number.
        sitelinks: wiki pages about the entity -> pictures.
    """
    drawn = figure(height=3.3)
    above, below = drawn.subplots(2, 1, height_ratios=[1, 1.5])
    left = np.zeros(len(shares))
    for at, name in enumerate(POPULARITIES):
        values = np.array([100 * row.get(name, 0) / (sum(row.values()) or 1) for row in shares.values()])
        above.barh(range(len(shares)), values, 0.7, left=left, label=name, color=("C0", "C4", "C1")[at])
        for y, (start, value) in enumerate(zip(left, values, strict=True)):
            if value >= 6:
                above.text(start + value / 2, y, f"{value:.0f}", ha="center", va="center", fontsize=7,
                           color="white" if at == 0 else "black")  # fmt: skip
        left += values
    above.set_yticks(range(len(shares)), list(shares))
    above.tick_params(axis="y", length=0)
    above.invert_yaxis()
    above.set_xlim(0, 100)
    above.set_xlabel("share (%)")
    _histogram(below, {int(pages): number for pages, number in sitelinks.items()})
    headed(drawn, title, above)
    return drawn


def _histogram(axes: Axes, sitelinks: Mapping[int, int]) -> None:
    edges = [edge for edge in _EDGES if edge <= max(sitelinks, default=1)]
    heights = np.zeros(len(edges))
    for pages, number in sitelinks.items():
        heights[np.searchsorted(edges, pages, "right") - 1] += number
    labels = [str(first) if last == first + 1 else f"{first}-{last - 1}" for first, last in pairwise(edges)]
    labels.append(f"{edges[-1]}+")
    axes.bar(range(len(heights)), heights, 0.8, color="C0")
    axes.set_xticks(range(len(heights)), labels)
    axes.set_xlabel("wiki pages about the entity")
    axes.set_ylabel("pictures (log scale)")
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.5)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.grid(axis="y")
