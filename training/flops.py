"""Floating-point operations of a step, from the model's shapes: what its speed is measured against.

Counted is what learning needs, as `model FLOPs utilisation` has it: matrix products only, two operations for a weight
and a token forward; backward as many again for the gradient of the input, where something before it learns, and as many
for that of the weight, where it learns itself. Attention adds 4 * hidden operations for a layer and a pair of places of
which one sees the other, backward twice that: with L tokens that see all before them, 12 * layers * hidden * L^2 / 2 in
all. The head counts where it runs. Padding, layers run a second time and pairs under the mask count nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from training.data.rows import FILL, Rows


@dataclass(frozen=True)
class Work:
    """What micro-batches put through the model; those of a step add up.

    Attributes:
        num_tokens: places that hold a token.
        num_pairs: of places of which one sees the other or itself.
        num_supervised: places where the head runs.
        num_tiles: squares that the vision tower sees.
    """

    num_tokens: int
    num_pairs: int
    num_supervised: int
    num_tiles: int

    @classmethod
    def of(cls, rows: Rows) -> Work:
        """What one micro-batch puts through; on the CPU, best before it is moved."""
        tiles = 0 if rows.pixel_values is None else len(rows.pixel_values)
        return cls(rows.num_tokens, num_pairs(rows.documents, rows.branches), rows.num_supervised, tiles)

    def __add__(self, other: Work) -> Work:
        return Work(
            self.num_tokens + other.num_tokens,
            self.num_pairs + other.num_pairs,
            self.num_supervised + other.num_supervised,
            self.num_tiles + other.num_tiles,
        )


def num_pairs(documents: Tensor, branches: Tensor) -> int:
    """Pairs that `mask.py` lets see, without the mask; the shared part of a sequence comes first.

    Args:
        documents: shape (B, L), as `Rows` has them.
        branches: shape (B, L).
    """
    row = torch.arange(len(documents))[:, None].expand_as(documents)
    kept = documents != FILL
    parts, sizes = torch.stack([row, documents, branches])[:, kept].unique(dim=1, return_counts=True)
    within = int((sizes * (sizes + 1) // 2).sum())
    shared, behind = parts[2] == 0, parts[2] != 0
    _, sequence = parts[:2].unique(dim=1, return_inverse=True)
    of_shared = torch.zeros(int(sequence.max()) + 1, dtype=torch.int64).index_add(0, sequence[shared], sizes[shared])
    return within + int((sizes[behind] * of_shared[sequence[behind]]).sum())


@dataclass(frozen=True)
class Cost:
    """FLOPs of forward and backward for a token, a pair of places, a place of the head and a tile."""

    token: float
    pair: float
    supervised: float
    tile: float

    @classmethod
    def of(cls, model: Any) -> Cost:
        """That of a LlavaNext as its parts are frozen now, sharded or not, with adapters or without; on `meta` too."""
        vision, text = model.config.vision_config, model.config.text_config
        num_patches = (vision.image_size // vision.patch_size) ** 2
        tower, learns = _products(model.model.vision_tower, learns=False)
        tower_attention = 4 * vision.num_hidden_layers * vision.hidden_size * (num_patches + 1) ** 2
        connector, learns_then = _products(model.model.multi_modal_projector, learns)
        tile = (num_patches + 1) * tower + tower_attention * (3 if learns else 1) + num_patches * connector
        learns = learns_then or _learns(model.get_input_embeddings()) or model.model.image_newline.requires_grad
        heads = text.num_attention_heads * getattr(text, "head_dim", text.hidden_size // text.num_attention_heads)
        token = pair = 0.0
        for layer in model.model.language_model.layers:
            products, learns = _products(layer, learns)
            token += products
            pair += 4 * heads * (3 if learns else 1)
        return cls(token, pair, _products(model.lm_head, learns)[0], tile)

    def flops(self, work: Work) -> float:
        """Of all ranks that the work was spread over."""
        return (
            self.token * work.num_tokens
            + self.pair * work.num_pairs
            + self.supervised * work.num_supervised
            + self.tile * work.num_tiles
        )


def _learns(module: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in module.parameters())


def _products(module: nn.Module, learns: bool) -> tuple[float, bool]:
    """FLOPs for a token of all matrix products in a module, and whether anything learns up to its end.

    Args:
        module: whose parts run in the order that they are named in.
        learns: whether anything before it does, so that it must give a gradient for its input.
    """
    total = 0.0
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            total += 2 * part.weight.numel() * (1 + learns + part.weight.requires_grad)
        learns |= any(parameter.requires_grad for parameter in part.parameters(recurse=False))
    return total, learns
