"""A line every few seconds about a running training, where Ray's log of workers or a terminal shows it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pipeline.progress import duration
from training.watch.measures import GroupLoss, Measured, Window, window

INTERVAL_S = 10.0


def line(seen: Window, num_steps: int) -> str:
    """What is shown of the steps since the last line.

    Args:
        seen: those steps.
        num_steps: of the whole run.
    """
    done = seen.step + 1
    parts = [_head(done, num_steps), f"loss {seen.loss:.3f}", f"{seen.tokens_per_s:,.0f} tokens/s"]
    if seen.mfu is not None:
        parts.append(f"MFU {seen.mfu:.1%}")
    parts.append(f"{seen.data_wait_share:.1%} waiting for data")
    if done < num_steps:
        parts.append(f"{duration(seen.seconds_per_step * (num_steps - done))} left")
    return " | ".join(parts)


def _head(done: int, num_steps: int) -> str:
    return f"train      {done}/{num_steps} steps"


def _to_stderr(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Console:
    """Lines for rank 0: the first step at once, then every 10 s, and always the last step.

    Args:
        num_steps: of the whole run.
        peak_flops_per_s: of all devices together; None where it is not known.
        write: takes a line.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        num_steps: int,
        peak_flops_per_s: float | None,
        write: Callable[[str], None] = _to_stderr,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._num_steps, self._peak, self._write, self._clock = num_steps, peak_flops_per_s, write, clock
        self._steps: list[Measured] = []
        self._shown: float | None = None

    def step(self, measured: Measured) -> None:
        """Tell of one more step."""
        self._steps.append(measured)
        now = self._clock()
        due = self._shown is None or now - self._shown >= INTERVAL_S
        if due or measured.step + 1 == self._num_steps:
            self._write(line(window(self._steps, self._peak), self._num_steps))
            self._steps, self._shown = [], now

    def validation(self, done: int, together: GroupLoss) -> None:
        """Tell of the loss over all languages after so many steps."""
        self._write(f"{_head(done, self._num_steps)} | validation loss {together.mean:.3f}")
