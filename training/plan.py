"""Which samples make up which step: a function of the samples, the seed and the epoch, never of an iterator's state.

So a run resumes at any step, and with another number of ranks, on the very samples that were due. Object storage
should see ranged reads, not random rows: whole row groups are permuted, and samples are mixed within a window of
consecutive row groups.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """The steps of one epoch.

    Attributes:
        order: positions of samples in the order of training, shape (num_samples,).
        samples_per_step: global batch size; the last step may have fewer.
        samples_per_micro_batch: of one forward pass on one rank.
    """

    order: Ids
    samples_per_step: int
    samples_per_micro_batch: int

    @property
    def num_steps(self) -> int:
        return -(-len(self.order) // self.samples_per_step)

    def first(self, num_steps: int) -> Plan:
        """The same plan, ended after so many steps."""
        return replace(self, order=self.order[: num_steps * self.samples_per_step])

    def micro_batches(self, step: int) -> list[Ids]:
        """The step's samples in micro-batches, whatever the number of ranks."""
        first = step * self.samples_per_step
        samples = self.order[first : first + self.samples_per_step]
        return [
            samples[at : at + self.samples_per_micro_batch]
            for at in range(0, len(samples), self.samples_per_micro_batch)
        ]

    def of_rank(self, step: int, rank: int, world_size: int) -> list[Ids | None]:
        """What one rank does in a step: as many micro-batches as every other rank, None where it has nothing to add."""
        batches = self.micro_batches(step)
        rounds = -(-len(batches) // world_size)
        mine = batches[rank::world_size]
        return [*mine, *[None] * (rounds - len(mine))]


def make_plan(
    sample_ids: Ids,
    row_groups: Ids,
    *,
    seed: int,
    epoch: int,
    window: int,
    samples_per_step: int,
    samples_per_micro_batch: int,
) -> Plan:
    """Order the samples of an epoch.

    Args:
        sample_ids: an id per sample, shape (num_samples,); it decides the place within a window.
        row_groups: the row group that holds each sample, shape (num_samples,).
        seed: of the run.
        epoch: from 0.
        window: row groups that are mixed; 1 keeps each apart.
        samples_per_step: global batch size.
        samples_per_micro_batch: of one forward pass on one rank.
    """
    salt = np.uint64((seed << 20) ^ epoch)
    groups, group_of = np.unique(row_groups, return_inverse=True)
    place = np.empty(len(groups), np.int64)
    place[np.argsort(_mixed(groups, salt), kind="stable")] = np.arange(len(groups))
    windows = place[group_of] // window
    order = np.lexsort((sample_ids, _mixed(sample_ids, salt ^ np.uint64(1 << 63)), windows))
    return Plan(order, samples_per_step, samples_per_micro_batch)


def _mixed(values: Ids, salt: np.uint64) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014) over value and salt: 64 well-mixed bits each."""
    mixed = (values.astype(np.uint64) ^ salt) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
