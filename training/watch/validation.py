"""Loss on samples that are not learned, by language, on a schedule: the same samples and batches during the whole run.

Every rank takes part in as many forward passes as every other, since those of a sharded model are collective; what a
rank runs beyond its share is not counted. Losses do not depend on the number of ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
import xxhash
from torch import Tensor
from torch.distributed.fsdp import FSDPModule

from training.watch.by_group import Tally
from training.watch.measures import GroupLoss

Batch = TypeVar("Batch")
Ints = npt.NDArray[np.integer[Any]]


def chosen(ids: Ints, languages: Ints, per_language: int) -> npt.NDArray[np.int64]:
    """Positions of the samples to validate on: of each language those whose ids hash lowest, in ascending order.

    Args:
        ids: qa_id of each sample that may be chosen, shape (num_samples,).
        languages: number of its language, shape (num_samples,).
        per_language: of each language; all where it has fewer.
    """
    hashes = np.array([xxhash.xxh3_64_intdigest(b"validation|%d" % each) for each in ids.tolist()], np.uint64)
    order = np.lexsort((hashes, languages))
    _, first, counts = np.unique(languages[order], return_index=True, return_counts=True)
    rank_in_language = np.arange(len(order)) - np.repeat(first, counts)
    return np.sort(order[rank_in_language < per_language]).astype(np.int64)


def due(done: int, every: int, num_steps: int) -> bool:
    """Whether to validate after `done` steps: every so many, and at the end."""
    return done == num_steps or (done > 0 and done % every == 0)


def validation_losses(
    model: Any,
    batches: Sequence[Batch],
    token_losses: Callable[[Batch], tuple[Tensor, Tensor]],
    languages: Sequence[str],
    language_of_owner: Tensor,
) -> dict[str, GroupLoss]:
    """Losses by language over all batches; every rank calls it.

    Args:
        model: what is in evaluation mode meanwhile.
        batches: micro-batches, the same and in the same order on every rank.
        token_losses: runs one forward pass of the model; losses of the supervised tokens, nats, and the sample of each,
            as `language_of_owner` numbers them, both of shape (num_tokens,).
        languages: names.
        language_of_owner: number of each sample's language among `languages`, shape (num_samples,).
    """
    rank, world_size = dist.get_rank(), dist.get_world_size()
    device = next(model.parameters()).device
    tally = Tally({"language": languages}, device)
    group_of_owner = {"language": language_of_owner.to(device)}
    with _in_evaluation(model), torch.no_grad():
        for first in range(0, len(batches), world_size):
            mine = first + rank
            losses, owners = token_losses(batches[min(mine, len(batches) - 1)])
            if mine < len(batches):
                tally.add(losses, owners, group_of_owner)
    return tally.reduced()["language"]


@contextmanager
def _in_evaluation(model: Any) -> Iterator[None]:
    """Modules get back the mode they had: a frozen part may be in evaluation all the time."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
        # Without a backward pass the root keeps its parameters whole, and would not see those that are loaded next.
        if isinstance(model, FSDPModule):
            model.reshard()
