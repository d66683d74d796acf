"""The loss of a micro-batch: the sum over its supervised tokens, divided by those of the whole step on all ranks.

So it does not depend on how a step's samples are spread over ranks and micro-batches; gradients are summed over ranks,
not averaged (see `parallel.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from training.data.encode import IGNORED


def token_loss_sum(model: Any, batch: Mapping[str, Tensor]) -> Tensor:
    """Sum of the cross-entropy over supervised tokens, in float32; a scalar.

    The head runs only at positions from which some row predicts a supervised token: full logits of a vocabulary would
    take most of the memory.

    Args:
        model: a LlavaNext, possibly sharded.
        batch: as `collate` makes it.
    """
    targets = batch["labels"][:, 1:]
    inputs = {name: value for name, value in batch.items() if name != "labels"}
    places = (targets != IGNORED).any(dim=0).nonzero().squeeze(1)
    logits = model(**inputs, use_cache=False, logits_to_keep=places).logits.float()
    return cross_entropy(logits.flatten(0, 1), targets[:, places].flatten(), ignore_index=IGNORED, reduction="sum")


def zero_loss(model: Any, batch: Mapping[str, Tensor]) -> Tensor:
    """A loss of nought that still runs forward and backward through every layer: what a rank without samples adds."""
    return token_loss_sum(model, batch) * torch.zeros(())
