from __future__ import annotations

from dataclasses import replace

from tests.training.watch.test_measures import measured
from training.watch.console import Console, line
from training.watch.measures import window


def test_the_line() -> None:
    seen = window([measured(step=149, seconds=2.0, flops=8e14)], 1e15)
    assert line(seen, 1000) == (
        "train      150/1000 steps | loss 2.000 | 50 tokens/s | MFU 40.0% | 5.0% waiting for data | 28 min left"
    )
    assert line(replace(seen, mfu=None), 150) == (
        "train      150/150 steps | loss 2.000 | 50 tokens/s | 5.0% waiting for data"
    )


def test_the_first_then_every_ten_seconds_and_the_last() -> None:
    lines: list[str] = []
    now = 0.0
    console = Console(8, None, lines.append, lambda: now)
    for step in range(8):
        now = step * 4.0
        console.step(measured(step=step, loss=float(step)))
    assert [text.split(" | ")[:2] for text in lines] == [
        ["train      1/8 steps", "loss 0.000"],
        ["train      4/8 steps", "loss 2.000"],
        ["train      7/8 steps", "loss 5.000"],
        ["train      8/8 steps", "loss 7.000"],
    ]
