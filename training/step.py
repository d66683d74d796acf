"""One optimizer step on one rank: forward and backward of its micro-batches, sums over ranks, the update."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.utils import get_total_norm

from training.data.mask import Attention
from training.data.rows import IGNORED, Rows, make_rows
from training.data.rows import Sequence as Tokens
from training.flops import Work
from training.loss import token_losses
from training.model.parallel import trainable
from training.watch.by_group import Tally
from training.watch.measures import GroupLoss


@dataclass(frozen=True)
class Prepared:
    """A micro-batch and what it puts through the model; None where there is nothing of it."""

    rows: Rows
    work: Work
    num_padded: int

    @classmethod
    def of(cls, rows: Rows) -> Prepared:
        """Counted on the CPU, before the rows are moved."""
        return cls(rows, Work.of(rows), rows.input_ids.numel() - rows.num_tokens)


@dataclass(frozen=True)
class Groups:
    """Names of languages and of parts of the mixture, and which of them each sample belongs to.

    Attributes:
        names: kind -> names.
        of_sample: kind -> number of each sample's name, shape (num_samples,), on the device of losses.
    """

    names: Mapping[str, Sequence[str]]
    of_sample: Mapping[str, Tensor]


@dataclass(frozen=True)
class Sums:
    """What a step did, over all ranks.

    Attributes:
        loss: sum over supervised tokens, nats.
        work: of all micro-batches.
        num_padded: places that hold no token.
        waited_s: for micro-batches, mean over ranks.
        notices: ranks that were told to leave.
        by_group: kind -> name -> loss.
    """

    loss: float
    work: Work
    num_padded: int
    waited_s: float
    notices: int
    by_group: Mapping[str, Mapping[str, GroupLoss]]

    @property
    def mean_loss(self) -> float:
        """Nats per supervised token."""
        return self.loss / max(self.work.num_supervised, 1)


def accumulate(
    model: Any,
    batches: Iterable[tuple[Prepared | None, float]],
    *,
    attention: Attention,
    groups: Groups,
    device: torch.device,
    vote: int,
) -> Sums:
    """Gradients of the sum of losses, added up over micro-batches and ranks; every rank calls it.

    Args:
        model: sharded, its gradients summed over ranks.
        batches: this rank's, as many as every other's, and the s waited for each.
        attention: what decoder layers compute attention with.
        groups: what losses are added up by.
        device: of the model.
        vote: 1 if this rank was told to leave, else 0.
    """
    dtype = model.model.vision_tower.dtype
    tally = Tally(groups.names, device)
    total, work, padded, waited = torch.zeros((), dtype=torch.float64, device=device), Work(0, 0, 0, 0), 0, 0.0
    for prepared, waited_s in batches:
        waited += waited_s
        rows = blank() if prepared is None else prepared.rows
        found = token_losses(model, rows.to(device, dtype), attention)
        if prepared is None:
            # Layers and their collectives run all the same.
            (found.total * 0.0).backward()
            continue
        found.total.backward()
        total += found.total.detach().double()
        tally.add(found.each, found.owners, groups.of_sample)
        work, padded = work + prepared.work, padded + prepared.num_padded
    counted = [work.num_tokens, work.num_pairs, work.num_supervised, work.num_tiles, padded, waited, float(vote)]
    sums = torch.cat([total[None], torch.tensor(counted, dtype=torch.float64, device=device)])
    dist.all_reduce(sums)
    loss, tokens, pairs, supervised, tiles, num_padded, waited_s, notices = sums.tolist()
    return Sums(
        loss, Work(int(tokens), int(pairs), int(supervised), int(tiles)), int(num_padded),
        waited_s / dist.get_world_size(), int(notices), tally.reduced(),
    )  # fmt: skip


def scale_gradients(model: Any, num_supervised: int, max_norm: float) -> float:
    """From gradients of a sum to those of a mean, with a global norm of at most `max_norm`; the mean's norm before."""
    gradients = [parameter.grad for _, parameter in trainable(model) if parameter.grad is not None]
    norm = get_total_norm(gradients)
    norm = (norm.full_tensor() if hasattr(norm, "full_tensor") else norm) / num_supervised
    scale = torch.clamp(max_norm / (norm + 1e-6), max=1.0) / num_supervised
    torch._foreach_mul_(gradients, scale)
    return float(norm)


def blank() -> Rows:
    """Two tokens that stand for a micro-batch where a rank has none."""
    tokens, places = torch.zeros(2, dtype=torch.int64), torch.arange(2)
    targets = torch.tensor([0, IGNORED])
    return make_rows([[Tokens(tokens, targets, places, torch.zeros_like(places), torch.zeros_like(places))]], 0)
