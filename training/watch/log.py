"""What rank 0 tells of a training: every step to the console, every so many to TensorBoard, validation to both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add

from training.watch.console import Console
from training.watch.measures import GroupLoss, Measured, window
from training.watch.tensorboard import TensorBoard, scalars_of


class Log:
    """Where measures go.

    Args:
        console: of the run.
        board: of this attempt; whoever made it closes it.
        every: steps of a window, which is a point in TensorBoard; what is left of them at the end is one more.
        num_steps: of the whole run.
        peak_flops_per_s: of all devices together; None where it is not known.
    """

    def __init__(
        self, console: Console, board: TensorBoard, every: int, num_steps: int, peak_flops_per_s: float | None
    ) -> None:
        self._console, self._board, self._every = console, board, every
        self._num_steps, self._peak = num_steps, peak_flops_per_s
        self._steps: list[Measured] = []

    def step(self, measured: Measured) -> None:
        """Tell of one more step."""
        self._console.step(measured)
        self._steps.append(measured)
        done = measured.step + 1
        if done % self._every == 0 or done == self._num_steps:
            self._board.scalars(measured.step, scalars_of(window(self._steps, self._peak)))
            self._steps = []

    def validation(self, done: int, losses: Mapping[str, GroupLoss]) -> None:
        """Tell of losses by language after so many steps; nothing is told where there are none.

        The chart has them at the last of those steps: an attempt that goes on behind it lets them stand.
        """
        if not losses:
            return
        together = reduce(add, losses.values())
        self._board.scalars(
            done - 1,
            {
                "loss/validation": together.mean,
                **{f"validation_loss_by_language/{language}": group.mean for language, group in losses.items()},
            },
        )
        self._console.validation(done, together)
