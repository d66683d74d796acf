"""Checkpoints of a training become a curve for each benchmark; the tables show the last one alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from eval.report.benchmarks.pages import pages
from eval.report.benchmarks.steps import curves, steps_of, without_earlier_steps
from eval.report.losses import SCALE
from tests.eval.report.benchmarks.made_up import BASELINE, Row, data
from tests.eval.report.made_up import score


def rows(values: list[float]) -> list[Row]:
    """What two benchmarks showed of so many checkpoints, each of 100 steps."""
    return [
        score(task=task, kind="choice", by="all", group="all", model=f"step-{100 * number:06d}", value=value,
              low=value / 2, high=value)
        for task in ("cvqa", "marvl")
        for number, value in enumerate(values, 1)
    ]  # fmt: skip


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=9))
def test_every_checkpoint_is_a_point_within_the_plot(values: list[float]) -> None:
    found = curves(rows(values))
    assert [chart.title for chart in found] == ["CVQA, local languages", "MaRVL"]
    for chart in found:
        corners = [tuple(map(float, corner.split(","))) for corner in chart.line.split()]
        assert len(corners) == len(values)
        assert all(0 <= x <= SCALE and 0 <= y <= SCALE for x, y in corners)
        # Higher is better, and higher up.
        assert (corners[0][1] > corners[-1][1]) == (values[0] < values[-1]) or abs(values[0] - values[-1]) < 1e-2


def test_one_checkpoint_is_no_curve_and_other_models_are_none() -> None:
    assert curves(rows([0.5])) == ()
    assert curves(data().scores) == ()
    assert steps_of(["step-000200", "base", "step-000030", "my-step-1"]) == {"step-000030": 30, "step-000200": 200}


def test_tables_show_the_last_one() -> None:
    made = replace(data(), scores=[*data().scores, *rows([0.25, 0.5, 0.75])])
    kept = without_earlier_steps(made.scores)
    assert {row["model"] for row in kept} == {row["model"] for row in data().scores} | {"step-000300"}
    page = pages(made)["benchmarks.html"].decode()
    assert "While the training went on" in page
    assert "step-000300" in page
    assert "step-000200" not in page
    assert BASELINE in page
