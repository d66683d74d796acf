"""What a balance aimed at, and what was reached."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline.dataset.describe.plots.drawing import REST, ROW, figure, headed, short

Groups = Mapping[str, Mapping[str, int]]


def aims(title: str, by_kind: Mapping[str, Groups], names: Mapping[str, str]) -> Figure:
    """A panel for each kind: a ring where a group should be, a dot where it is, and a line from one to the other.

    Args:
        title: of the plot.
        by_kind: kind -> group -> target and reached.
        names: group -> what stands beside its line.
    """
    totals = {name: sum(groups.get(name, {}).get("target", 0) for groups in by_kind.values()) for name in names}
    rows = sorted((name for name, total in totals.items() if total), key=lambda name: (-totals[name], name))
    drawn = figure(height=REST + 0.25 + ROW * len(rows))
    panels = drawn.subplots(1, len(by_kind), sharey=True, squeeze=False)[0]
    for axes, (kind, groups) in zip(panels, by_kind.items(), strict=True):
        target = [groups.get(name, {}).get("target", 0) for name in rows]
        found = [groups.get(name, {}).get("reached", 0) for name in rows]
        axes.hlines(range(len(rows)), target, found, "#999999", linewidth=1.2)
        axes.scatter(target, range(len(rows)), s=20, facecolors="white", edgecolors="C1", linewidths=1.2,
                     label="aimed at", zorder=3)  # fmt: skip
        axes.scatter(found, range(len(rows)), s=10, color="C0", label="in the data set", zorder=4)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        axes.set_xlabel(f"{kind} questions")
        axes.grid(axis="x")
        axes.grid(axis="y", alpha=0.4)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(rows)), [names[name] for name in rows])
    panels[0].set_ylim(len(rows) - 0.4, -0.6)
    headed(drawn, title, panels[0])
    return drawn
