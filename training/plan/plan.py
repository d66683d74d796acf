"""The steps of a run. A step has the same samples at any number of ranks; how they lie in rows may differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.plan.layout import Layout, MicroBatch, lay_out
from training.plan.mixture import Amount, epoch_order
from training.plan.units import Numbers, Units


@dataclass(frozen=True)
class Plan:
    """Which units make up which step.

    Attributes:
        units: of all parts.
        order: units in the order of training, shape (units met,).
        begins: where each step begins in `order`, and its end, shape (num_steps + 1,).
        layout: how a rank's forward pass looks.
    """

    units: Units
    order: Numbers
    begins: Numbers
    layout: Layout

    @property
    def num_steps(self) -> int:
        return len(self.begins) - 1

    def first(self, num_steps: int) -> Plan:
        """The same plan, ended after so many steps."""
        return replace(self, begins=self.begins[: num_steps + 1])

    def of_step(self, step: int) -> Numbers:
        """Units of a step."""
        return self.order[self.begins[step] : self.begins[step + 1]]

    def samples(self, step: int) -> list[int]:
        """Positions of all samples of a step."""
        return [int(position) for unit in self.of_step(step) for position in self.units.of(int(unit))]

    def of_rank(self, step: int, rank: int, world_size: int) -> list[Batch | None]:
        """What one rank does in a step: as many micro-batches as every other, None where it has nothing to add."""
        units = self.of_step(step)
        laid = lay_out(self.units.tokens[units].tolist(), self.layout, world_size)[rank]
        return [None if batch is None else self._positions(units, batch) for batch in laid]

    def _positions(self, units: Numbers, batch: MicroBatch) -> Batch:
        return tuple(
            tuple(tuple(int(position) for position in self.units.of(int(units[place]))) for place in row)
            for row in batch
        )


# Rows, of sequences, of positions of samples.
Batch = tuple[tuple[tuple[int, ...], ...], ...]


def make_plan(
    units: Units,
    amounts: Sequence[Amount],
    layout: Layout,
    *,
    seed: int,
    epochs: int,
    window: int,
    samples_per_step: int,
) -> Plan:
    """Order the units of all epochs and cut them into steps.

    Args:
        units: of all parts of the mixture.
        amounts: how much of each part an epoch meets.
        layout: how a rank's forward pass looks.
        seed: of the run.
        epochs: how many.
        window: row groups that are mixed; 1 keeps each apart.
        samples_per_step: global batch size: a step takes units until the next would be more, one at least.
    """
    orders = [epoch_order(units, amounts, seed=seed, epoch=epoch, window=window) for epoch in range(epochs)]
    order = np.concatenate(orders)
    return Plan(units, order, _steps(units.sizes[order], samples_per_step), layout)


def _steps(sizes: Numbers, samples_per_step: int) -> Numbers:
    ends = np.cumsum(sizes)
    begins, done = [0], 0
    while begins[-1] < len(sizes):
        fits = int(np.searchsorted(ends, done + samples_per_step, side="right"))
        begins.append(max(fits, begins[-1] + 1))
        done = int(ends[begins[-1] - 1])
    return np.array(begins, np.int64)
