"""How long questions and answers are, by language: median, middle half and the middle nine tenths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.dataset.describe.plots.drawing import REST, ROW, figure, headed, language_names

Summary = Mapping[str, Any]


def lengths(title: str, questions: Mapping[str, Summary], answers: Mapping[str, Summary]) -> Figure:
    """Two panels over the same languages, those with the longest questions on top.

    Args:
        title: of the plot.
        questions: language -> summary, as `statistics.summary` gives it.
        answers: likewise.
    """
    rows = sorted(questions, key=lambda language: (-questions[language]["p50"], language))
    drawn = figure(height=REST + ROW * len(rows))
    left, right = drawn.subplots(1, 2, sharey=True, width_ratios=[3, 2])
    _panel(left, "Question", [questions[language] for language in rows], "C0")
    _panel(right, "Answer", [answers[language] for language in rows], "C5")
    left.set_yticks(range(len(rows)), [language_names(tuple(rows))[language] for language in rows])
    left.set_ylim(len(rows) - 0.4, -0.6)
    headed(drawn, title)
    return drawn


def _panel(axes: Axes, title: str, summaries: Sequence[Summary], colour: str) -> None:
    at = range(len(summaries))
    axes.hlines(at, [each["p5"] for each in summaries], [each["p95"] for each in summaries], colour, linewidth=1.0)
    axes.hlines(at, [each["p25"] for each in summaries], [each["p75"] for each in summaries], colour, linewidth=4.0)
    axes.scatter([each["p50"] for each in summaries], at, s=8, c="white", edgecolors="black", linewidths=0.6, zorder=3)
    axes.set_xlim(left=0)
    axes.set_title(title)
    axes.set_xlabel("characters")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
