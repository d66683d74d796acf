"""Horizontal bars in parts: counts, or shares of each bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.dataset.describe.plots.drawing import COLOURS, REST, ROW, count_axis, figure, headed, percent_axis, short

Crossed = Mapping[str, Mapping[str, int]]


def stacked(
    title: str,
    counts: Crossed,
    parts: Mapping[str, str],
    unit: str,
    names: Mapping[str, str],
    *,
    in_order: bool = False,
) -> Figure:
    """A bar for each name, the longest on top, its total beside it.

    Args:
        title: of the plot.
        counts: name -> part -> number.
        parts: part -> what the legend calls it, from left to right.
        unit: what is counted.
        names: name -> what stands beside the bar.
        in_order: whether the bars keep the order of `counts`.
    """
    rows = list(counts) if in_order else _longest_first(counts)
    shown = _present(counts, parts)
    drawn = figure(height=REST + ROW * len(rows))
    axes = drawn.subplots()
    _bars(axes, [[counts[name].get(part, 0) for name in rows] for part in shown], shown, parts)
    totals = [sum(counts[name].get(part, 0) for part in shown) for name in rows]
    for at, total in enumerate(totals):
        axes.text(total, at, f" {short(total)}", va="center", ha="left", fontsize=6.5, color="#333333")
    axes.set_xlim(0, 1.13 * max(totals, default=1))
    _rows(axes, [names[name] for name in rows])
    count_axis(axes, unit)
    headed(drawn, title, axes if len(shown) > 1 else None)
    return drawn


def shares(
    title: str, counts: Crossed, parts: Mapping[str, str], unit: str, names: Mapping[str, str],
    colours: Sequence[str] | None = None, *, in_order: bool = False,
) -> Figure:  # fmt: skip
    """A bar of 100 % for each name, the one with the largest first part on top.

    Args:
        title: of the plot.
        counts: name -> part -> number; parts that are not named are left out of the 100 %.
        parts: part -> what the legend calls it, from left to right.
        unit: of what the shares are.
        names: name -> what stands beside the bar.
        colours: of the parts; those of the style by default.
        in_order: whether the bars keep the order of `counts`.
    """
    shown = _present(counts, parts)
    totals = {name: sum(row.get(part, 0) for part in shown) for name, row in counts.items()}
    share = {
        name: [100 * counts[name].get(part, 0) / totals[name] for part in shown] for name in counts if totals[name]
    }
    rows = list(share) if in_order else sorted(share, key=lambda name: ([-part for part in share[name]], name))
    drawn = figure(height=REST + 0.1 + ROW * len(rows))
    axes = drawn.subplots()
    columns = [[share[name][at] for name in rows] for at in range(len(shown))]
    _bars(axes, columns, shown, parts, colours)
    _rows(axes, [names[name] for name in rows])
    percent_axis(axes, f"{unit} (%)")
    headed(drawn, title, axes if len(shown) > 1 else None)
    return drawn


def _bars(
    axes: Axes, columns: Sequence[Sequence[float]], shown: Sequence[str], parts: Mapping[str, str],
    colours: Sequence[str] | None = None,
) -> None:  # fmt: skip
    num = len(columns[0]) if columns else 0
    left = [0.0] * num
    for at, (part, values) in enumerate(zip(shown, columns, strict=True)):
        colour = colours[list(parts).index(part)] if colours else COLOURS.get(part, f"C{at}")
        axes.barh(range(num), values, 0.72, left=left, label=parts[part], color=colour)
        left = [start + value for start, value in zip(left, values, strict=True)]


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -0.6)


def _present(counts: Crossed, parts: Mapping[str, str]) -> list[str]:
    """Parts that some bar has: no legend for what is not there."""
    return [part for part in parts if any(row.get(part) for row in counts.values())]


def _longest_first(counts: Crossed) -> list[str]:
    return sorted(counts, key=lambda name: (-sum(counts[name].values()), name))
