"""The loss of a micro-batch: the sum over its supervised tokens, to be divided by those of the whole step on all ranks.

So it does not depend on how a step's samples are spread over ranks and micro-batches; gradients are summed over ranks,
not averaged (see `model/parallel.py`).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import cross_entropy

from training.data.mask import Attention, attention_mask
from training.data.rows import IGNORED, Rows


def token_loss_sum(model: Any, rows: Rows, attention: Attention = "sdpa") -> Tensor:
    """Sum of the cross-entropy over supervised tokens, in float32; a scalar.

    The head runs only at positions from which some row predicts a supervised token: full logits of a vocabulary would
    take most of the memory.

    Args:
        model: a LlavaNext, possibly sharded.
        rows: on the model's device.
        attention: what its decoder layers compute attention with.
    """
    places = (rows.targets != IGNORED).any(dim=0).nonzero().squeeze(1)
    pictures = {} if rows.pixel_values is None else {"pixel_values": rows.pixel_values, "image_sizes": rows.image_sizes}
    logits = model(
        input_ids=rows.input_ids, position_ids=rows.positions, attention_mask=attention_mask(rows, attention),
        use_cache=False, logits_to_keep=places, **pictures,
    ).logits.float()  # fmt: skip
    targets = rows.targets[:, places]
    return cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum")
