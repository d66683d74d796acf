"""The loss of a micro-batch: the sum over its supervised tokens, to be divided by those of the whole step on all ranks.

So it does not depend on how a step's samples are spread over ranks and micro-batches; gradients are summed over ranks,
not averaged (see `model/parallel.py`).

The head runs only where a supervised token is predicted, and over so many places at a time that float32 logits of a
large vocabulary never exist for more. For the length of the forward pass the model's head gives losses instead of
logits: inside the model's own forward its weight is whole, also where it is sharded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from training.data.mask import Attention, attention_mask
from training.data.rows import IGNORED, Rows

# Places of the head at once: 0.6 GB of float32 logits of Qwen2's 152,064 words.
CHUNK = 1024


@dataclass(frozen=True)
class TokenLosses:
    """Losses of a micro-batch.

    Attributes:
        total: their sum, a scalar in float32 that gradients flow from.
        each: float32, shape (num_supervised,), row by row, without gradients.
        owners: int64, shape (num_supervised,), the number that each is counted under, as `Rows` has it.
    """

    total: Tensor
    each: Tensor
    owners: Tensor


def token_losses(model: Any, rows: Rows, attention: Attention = "sdpa", chunk: int = CHUNK) -> TokenLosses:
    """Cross-entropy of the supervised tokens.

    Args:
        model: a LlavaNext, possibly sharded.
        rows: on the model's device.
        attention: what its decoder layers compute attention with.
        chunk: places whose logits exist at the same time.
    """
    places = (rows.targets != IGNORED).nonzero(as_tuple=True)
    pictures = {} if rows.pixel_values is None else {"pixel_values": rows.pixel_values, "image_sizes": rows.image_sizes}
    with _losses_for_logits(model.lm_head, places, rows.targets[places], chunk):
        losses = model(
            input_ids=rows.input_ids, position_ids=rows.positions, attention_mask=attention_mask(rows, attention),
            use_cache=False, **pictures,
        ).logits  # fmt: skip
    return TokenLosses(losses.sum(), losses.detach(), rows.owners[places])


def token_loss_sum(model: Any, rows: Rows, attention: Attention = "sdpa") -> Tensor:
    """Sum of the cross-entropy over supervised tokens, in float32; a scalar."""
    return token_losses(model, rows, attention).total


@contextmanager
def _losses_for_logits(head: Any, places: tuple[Tensor, ...], targets: Tensor, chunk: int) -> Iterator[None]:
    """Within it the head maps hidden states of shape (B, L, hidden) to losses of shape (num_targets,)."""
    logits_of = head.forward

    def forward(hidden: Tensor) -> Tensor:
        return _chunked(logits_of, hidden[places], targets, chunk)

    head.forward = forward
    try:
        yield
    finally:
        del head.forward


def _chunked(logits_of: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor, chunk: int) -> Tensor:
    """Losses of shape (num_targets,); logits of all chunks but the last are made a second time in the backward pass.

    The last is the first to go backward: until then its logits are the only ones.
    """
    *chunks, last = zip(hidden.split(chunk), targets.split(chunk), strict=True)
    losses = [checkpoint(_losses, logits_of, *each, use_reentrant=False, preserve_rng_state=False) for each in chunks]
    return torch.cat([*losses, _losses(logits_of, *last)])


def _losses(logits_of: Callable[[Tensor], Tensor], hidden: Tensor, targets: Tensor) -> Tensor:
    logits = logits_of(hidden)
    return cross_entropy(logits.to(torch.promote_types(logits.dtype, torch.float32)), targets, reduction="none")
