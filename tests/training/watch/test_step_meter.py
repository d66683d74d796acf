from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from pipeline.meter import Meter
from tests.test_metrics import Notes
from tests.training.watch.test_measures import STEPS, measured
from training.watch.measures import Measured, window
from training.watch.step_meter import StepMeter


@given(st.lists(STEPS, min_size=1, max_size=6))
def test_counters_give_what_a_window_gives(steps: list[Measured]) -> None:
    notes = Notes()
    meter = StepMeter(0, len(steps), 1e15, Meter(lambda: notes))
    for step in steps:
        meter.step(step)
    seen, told = window(steps, 1e15), {name: value for (name, *_), value in notes.values.items()}
    assert math.isclose(told["train_tokens"] / told["train_seconds"], seen.tokens_per_s)
    assert math.isclose(told["train_data_wait_seconds"] / told["train_seconds"], seen.data_wait_share)
    assert told["train_steps"] == len(steps)
    assert told["train_loss"] == steps[-1].loss
    assert math.isclose(told["train_mfu"], steps[-1].flops / steps[-1].seconds / 1e15)


def test_steps_that_are_not_finite_are_counted_and_told_by_no_gauge() -> None:
    notes = Notes()
    meter = StepMeter(3, 8, None, Meter(lambda: notes))
    assert dict(notes.values) == {("train_steps_left",): 5, ("train_not_finite",): 0}
    meter.step(measured(step=3, loss=1.5))
    meter.step(measured(step=4, loss=math.nan))
    meter.step(measured(step=5, loss=2.5, grad_norm=math.inf))
    assert notes.values["train_not_finite",] == 2
    assert notes.values["train_steps_left",] == 2
    assert notes.values["train_loss",] == 2.5
    assert notes.values["train_gradient_norm",] == 0.5
    assert ("train_mfu",) not in notes.values
