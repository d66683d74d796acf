"""Who sees whom in a row: nobody beyond a sequence, no question of a picture another; only torch is imported.

With PyTorch's SDPA the mask is dense, (B, 1, L, L); with flex_attention it is blocks, of which those without a pair are
never computed. Rows of one plain sequence need none: the causal kernel is faster and padding stands behind.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor

from training.data.rows import Rows

Attention = Literal["sdpa", "flex_attention"]


def attention_mask(rows: Rows, attention: Attention) -> Any:
    """What `attention_mask` of the model's forward is to be: None, a Tensor of bool, or a BlockMask.

    Args:
        rows: on the device where they will be used.
        attention: what the decoder layers compute attention with.
    """
    if rows.is_causal:
        return None
    if attention == "sdpa":
        return dense_mask(rows.documents, rows.branches)
    return _block_mask(rows.documents, rows.branches)


def dense_mask(documents: Tensor, branches: Tensor) -> Tensor:
    """Whether the place of the third dimension sees that of the fourth, shape (B, 1, L, L).

    Args:
        documents: shape (B, L).
        branches: shape (B, L).
    """
    length = documents.shape[1]
    same = documents[:, :, None] == documents[:, None, :]
    shared = (branches[:, None, :] == 0) | (branches[:, :, None] == branches[:, None, :])
    before = torch.ones(length, length, dtype=torch.bool, device=documents.device).tril()
    return (same & shared & before)[:, None]


def _block_mask(documents: Tensor, branches: Tensor) -> Any:
    from torch.nn.attention.flex_attention import create_block_mask

    def sees(row: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        shared = (branches[row, key] == 0) | (branches[row, query] == branches[row, key])
        return (documents[row, query] == documents[row, key]) & shared & (key <= query)

    num_rows, length = documents.shape
    make = _compiled() if documents.is_cuda else create_block_mask
    return make(sees, num_rows, None, length, length, device=str(documents.device))


@cache
def _compiled() -> Any:
    """As it is, `create_block_mask` makes the dense mask on the way."""
    from torch.nn.attention.flex_attention import create_block_mask

    return torch.compile(create_block_mask)
