"""Country by language: how many questions each pair has, a country's own languages marked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from pipeline import vocabulary
from pipeline.dataset.describe.plots.drawing import figure, headed, short


def heatmap(title: str, crossed: Mapping[str, Mapping[str, int]]) -> Figure:
    """Countries downwards, languages across, both by name; pairs without a question stay white.

    Args:
        title: of the plot.
        crossed: country -> language -> questions.
    """
    countries = sorted(crossed, key=lambda key: vocabulary.countries()[key].name)
    present = {language for row in crossed.values() for language in row}
    languages = sorted(present, key=lambda code: vocabulary.languages()[code].name)
    table = np.array([[crossed[country].get(language, 0) for language in languages] for country in countries], float)
    drawn = figure(6.6, 2.2 + 0.135 * len(countries))
    axes = drawn.subplots()
    smallest, largest = table[table > 0].min(initial=1), max(table.max(initial=0), 2)
    lowest = min(smallest, largest / 2)
    image = axes.imshow(
        np.ma.masked_less(table, 1), norm=LogNorm(lowest, largest), aspect="auto", interpolation="nearest"
    )
    own = [
        (at, languages.index(language))
        for at, country in enumerate(countries)
        for language in vocabulary.countries()[country].languages
        if language in present and table[at, languages.index(language)]
    ]
    axes.scatter([x for _, x in own], [y for y, _ in own], s=9, c="white", edgecolors="black", linewidths=0.6,
                 label="official or widely spoken there")  # fmt: skip
    axes.set_xticks(range(len(languages)), [f"{vocabulary.languages()[code].name} ({code})" for code in languages])
    axes.tick_params(axis="both", length=0, labelsize=6.5)
    axes.set_xticklabels(axes.get_xticklabels(), rotation=90)
    axes.set_yticks(range(len(countries)), [vocabulary.countries()[key].name for key in countries])
    axes.spines[:].set_visible(False)
    bar = drawn.colorbar(image, ax=axes, shrink=0.6, pad=0.02, format=FuncFormatter(lambda value, _: short(value)))
    bar.set_label("questions (log scale)")
    bar.minorticks_off()
    # Over less than three decades powers of ten alone are too few to read a colour by.
    bar.ax.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if largest < 1000 * lowest else (1,)))
    headed(drawn, title, axes if own else None)
    return drawn
