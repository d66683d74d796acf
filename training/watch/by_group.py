"""Losses by group of their sample, such as its language or its source: sums that ranks can add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.distributed as dist
from torch import Tensor

from training.watch.measures import GroupLoss


class Tally:
    """Sums of token losses and numbers of tokens, a pair for each group, in one tensor of a size known beforehand.

    Args:
        names: kind -> names of its groups, the same on every rank: {"language": ["am", "de"], "source": ["open"]}.
        device: of the losses.
    """

    def __init__(self, names: Mapping[str, Sequence[str]], device: torch.device) -> None:
        self._names = {kind: tuple(each) for kind, each in names.items()}
        self._sums = {
            kind: torch.zeros(len(each), 2, dtype=torch.float64, device=device) for kind, each in self._names.items()
        }

    def add(self, losses: Tensor, owners: Tensor, group_of_owner: Mapping[str, Tensor]) -> None:
        """Count the supervised tokens of a micro-batch; nothing waits for the device.

        Args:
            losses: of each token, nats, shape (num_tokens,).
            owners: the sample of each token, shape (num_tokens,), from 0.
            group_of_owner: kind -> the number of each sample's group among the kind's names, shape (num_samples,).
        """
        values = torch.stack([losses.detach().double(), torch.ones_like(losses, dtype=torch.float64)], dim=1)
        for kind, sums in self._sums.items():
            groups = group_of_owner[kind].to(losses.device, non_blocking=True)
            sums.index_add_(0, groups[owners], values)

    def reduced(self) -> dict[str, dict[str, GroupLoss]]:
        """Kind -> name -> loss over all ranks, of groups that have tokens; every rank calls it."""
        kinds = list(self._sums)
        together = torch.cat([self._sums[kind] for kind in kinds])
        dist.all_reduce(together)
        parts = together.cpu().split([len(self._names[kind]) for kind in kinds])
        return {
            kind: {
                name: GroupLoss(total, int(number))
                for name, (total, number) in zip(self._names[kind], part.tolist(), strict=True)
                if number
            }
            for kind, part in zip(kinds, parts, strict=True)
        }
