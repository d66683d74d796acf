"""The funnel: how many entities become concepts, pictures, questions and samples, in all and by country or language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from pipeline.dataset.describe.plots.drawing import REST, ROW, figure, headed, percent_axis, short


def funnel(title: str, steps: Sequence[tuple[str, str, int]]) -> Figure:
    """A bar for each step, on a logarithmic scale: what is counted changes from entities to pictures to questions.

    Args:
        title: of the plot.
        steps: what stands beside the bar, what is counted, number; none is left out.
    """
    units = list(dict.fromkeys(unit for _, unit, _ in steps))
    drawn = figure(height=REST + 0.24 * len(steps))
    axes = drawn.subplots()
    for at, unit in enumerate(units):
        rows = [row for row, (_, of, _) in enumerate(steps) if of == unit]
        axes.barh(rows, [max(steps[row][2], 0.5) for row in rows], 0.72, color=f"C{at}", label=unit)
    for row, (_, _, number) in enumerate(steps):
        axes.text(max(number, 0.5), row, f" {number:,}", va="center", fontsize=7, color="#333333")
    axes.set_xscale("log")
    largest = max((number for _, _, number in steps), default=1)
    axes.set_xlim(0.5, max(10, largest) ** 1.22)
    axes.xaxis.set_major_locator(LogLocator(10))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yticks(range(len(steps)), [name for name, _, _ in steps])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.grid(axis="x")
    axes.set_xlabel("number (log scale)")
    headed(drawn, title, axes)
    return drawn


def kept(
    title: str,
    counts: Mapping[str, Mapping[str, int]],
    shares: Sequence[tuple[str, str, str]],
    names: Mapping[str, str],
) -> Figure:
    """A panel for each share, with a dot for each country or language; the lowest of the first panel at the bottom.

    Args:
        title: of the plot.
        counts: name -> step -> number.
        shares: title of the panel, step that is left, step that it is left of.
        names: name -> what stands beside its line.
    """
    percent = {
        name: [100 * row[left] / row[of] if row[of] else None for _, left, of in shares] for name, row in counts.items()
    }
    rows = sorted(percent, key=lambda name: ([-1.0 if each is None else -each for each in percent[name]], name))
    drawn = figure(height=REST + 0.15 + ROW * len(rows))
    panels = drawn.subplots(1, len(shares), sharey=True, squeeze=False)[0]
    for at, (axes, (heading, _, _)) in enumerate(zip(panels, shares, strict=True)):
        places = [(percent[name][at], row) for row, name in enumerate(rows)]
        known = [(value, row) for value, row in places if value is not None]
        axes.hlines([row for _, row in known], 0, [value for value, _ in known], f"C{at}", linewidth=1.2)
        axes.scatter([value for value, _ in known], [row for _, row in known], s=14, color=f"C{at}", clip_on=False,
                     zorder=3)  # fmt: skip
        percent_axis(axes, "%")
        axes.set_title(heading, fontsize=7.5, fontweight="normal")
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(rows)), [names[name] for name in rows])
    panels[0].set_ylim(len(rows) - 0.4, -0.6)
    headed(drawn, title)
    return drawn
