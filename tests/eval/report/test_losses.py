from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eval.report.axis import axis, whole_axis
from eval.report.losses import MAX_POINTS, SCALE, training
from eval.report.page import page
from eval.report.wording import significant
from tests.eval.report import made_up
from tests.eval.report.tree import read

MEASURED = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-12)


@example([8.358459083906558e-06])
@given(st.lists(MEASURED, min_size=1, max_size=20))
def test_an_axis_holds_all_values_between_round_ticks(values: list[float]) -> None:
    found = axis(values)
    assert found.low <= min(values) <= max(values) <= found.high
    steps = [after - before for before, after in itertools.pairwise(found.ticks)]
    assert 1 <= len(steps) <= 8
    assert all(step == pytest.approx(steps[0], rel=1e-3) for step in steps)
    assert len({significant(tick, 8) for tick in found.ticks}) == len(found.ticks)
    assert found.position(found.low) == 0
    assert found.position(found.high) == 100


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_an_axis_of_steps_has_whole_ticks_inside(one: int, other: int) -> None:
    low, high = min(one, other), max(one, other)
    found = whole_axis(low, high)
    assert 1 <= len(found.ticks) <= 8
    assert all(tick == int(tick) and low <= tick <= high for tick in found.ticks)
    assert len(set(found.ticks)) == len(found.ticks)


@pytest.mark.parametrize("num_steps", [1, 2, 3, MAX_POINTS, MAX_POINTS + 1, 5000])
def test_curves_of_any_length_stay_in_the_plot(num_steps: int) -> None:
    found = training(made_up.losses(num_steps))
    for chart in found.charts:
        points = [tuple(map(float, point.split(","))) for point in f"{chart.line} {chart.band}".split()]
        assert all(0 <= x <= SCALE and 0 <= y <= SCALE for x, y in points)
        assert len(chart.line.split()) == math.ceil(num_steps / found.steps_per_point) <= MAX_POINTS
        assert bool(chart.band) == (num_steps > MAX_POINTS)
        assert bool(chart.dots) == (num_steps < 3)


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert training(made_up.losses()[::-1]) == training(made_up.losses())


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_steps_without_a_finite_loss_are_told_and_not_drawn(bad: float) -> None:
    rows: list[dict[str, Any]] = [
        {**row, "loss": bad if row["step"] in (3, 5) else row["loss"], "grad_norm": bad} for row in made_up.losses(20)
    ]
    section = read(page(made_up.report(losses=rows))).one(id="training")
    assert "2 of 20 steps have no finite loss" in section.text
    lines = [line.attributes["points"].split() for line in section.find("polyline")]
    assert [len(line) for line in lines] == [18, 18], "loss and learning rate; no gradient norm is finite"
    assert "nan" not in section.text
    assert "inf" not in section.text


def test_a_training_of_broken_losses_alone_has_no_curve() -> None:
    rows = [{**row, "loss": math.nan} for row in made_up.losses(4)]
    section = read(page(made_up.report(losses=rows))).one(id="training")
    assert "4 of 4 steps have no finite loss" in section.text
    assert not section.find("svg")


def test_a_loss_that_rose_is_not_said_to_have_fallen() -> None:
    rows = [{**row, "loss": 1 + row["step"]} for row in made_up.losses(10)]
    assert "did not fall" in training(rows).summary


def test_validation_losses_stand_by_language_first_and_last() -> None:
    validation = [
        {"step": step, "language": language, "loss": loss, "num_supervised_tokens": 9}
        for step, language, loss in ((20, "am", 1.5), (10, "am", 2.5), (10, "sw", 2.0), (30, "am", 1.25))
    ]
    found = training(made_up.losses(), validation)
    assert found.validation is not None
    assert found.validation.steps == ("10", "30")
    assert found.validation.rows == (("Amharic", ("2.5", "1.25")), ("Swahili", ("2", "")))
    assert training(made_up.losses()).validation is None


def test_steps_that_nothing_was_learned_from_are_told() -> None:
    rows = made_up.losses(10)
    assert "Steps that nothing was learned from" not in dict(training(rows).facts)
    rows[3]["fate"] = rows[4]["fate"] = "skipped"
    assert dict(training(rows).facts)["Steps that nothing was learned from"] == "2"
