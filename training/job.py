"""A training run as one value that travels to every rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.loop import Recipe


@dataclass(frozen=True)
class Job:
    """What to train, on what, and where the result goes; places are addresses that `open_storage` takes.

    Attributes:
        base: a Hugging Face folder of a LlavaNext with its processor.
        shards: directory of the stage that wrote the shards.
        shard_of_partition: partition id -> path of its file of `shards`, below that directory.
        index: paths of the table `index`, below that directory.
        output: directory for checkpoints and the export.
        seed: of the plan.
        epoch: of the plan, from 0.
        window: row groups that are mixed.
        samples_per_step: global batch size.
        samples_per_micro_batch: of one forward pass on one rank.
        max_steps: stop after so many; None trains the whole epoch.
        checkpoint_every: steps.
        keep_checkpoints: the newest.
        dtype: of parameters in forward and backward, float32 or bfloat16.
    """

    base: str
    shards: str
    shard_of_partition: Mapping[str, str]
    index: Sequence[str]
    output: str
    seed: int
    epoch: int
    window: int
    samples_per_step: int
    samples_per_micro_batch: int
    max_steps: int | None
    checkpoint_every: int
    keep_checkpoints: int
    dtype: str
    recipe: Recipe
