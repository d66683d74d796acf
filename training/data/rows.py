"""Sequences side by side in rows, as the tensors of a micro-batch; only torch is imported."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Several
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

IGNORED = -100
# What fills a row up belongs to a document of its own.
FILL = -1


@dataclass(frozen=True)
class Sequence:
    """What attends to itself and to nothing else.

    Attributes:
        input_ids: shape (length,).
        targets: shape (length,): the token that each place is to predict, IGNORED where it is to predict none.
        positions: shape (length,): places as the model counts them; those of branches all go on from the shared part.
        branches: shape (length,): 0 of the part that all see, k of the k-th question, which sees that part and itself.
        owners: shape (length,): the number that a place's loss is counted under.
        pixel_values: shape (num_tiles, 3, side, side), of the one picture; None without one.
        image_size: height and width of the picture, px; None without one.
    """

    input_ids: Tensor
    targets: Tensor
    positions: Tensor
    branches: Tensor
    owners: Tensor
    pixel_values: Tensor | None = None
    image_size: Tensor | None = None

    def __len__(self) -> int:
        return len(self.input_ids)


@dataclass(frozen=True)
class Rows:
    """A micro-batch of B rows, L places each.

    Attributes:
        input_ids, targets, positions, branches, owners: shape (B, L), as those of `Sequence`.
        documents: shape (B, L): which sequence of its row a place belongs to, FILL where the row is filled up.
        pixel_values: tiles of all pictures in the order of rows, shape (num_tiles, 3, side, side); None without any.
        image_sizes: shape (num_pictures, 2); None without any.
    """

    input_ids: Tensor
    targets: Tensor
    positions: Tensor
    branches: Tensor
    owners: Tensor
    documents: Tensor
    pixel_values: Tensor | None
    image_sizes: Tensor | None

    @property
    def num_tokens(self) -> int:
        """Places that hold a token of a sequence."""
        return int((self.documents != FILL).sum())

    @property
    def num_supervised(self) -> int:
        """Places that predict a token."""
        return int((self.targets != IGNORED).sum())

    @property
    def is_causal(self) -> bool:
        """Whether each row holds one sequence without branches, so that no mask is needed: padding comes last."""
        return int(self.documents.max()) <= 0 and int(self.branches.max()) == 0

    def to(self, device: torch.device, dtype: torch.dtype) -> Rows:
        """On a device, pictures in the given type."""
        moved = {name: value for name, value in vars(self).items() if value is not None}
        moved = {name: value.to(device, non_blocking=True) for name, value in moved.items()}
        if "pixel_values" in moved:
            moved["pixel_values"] = moved["pixel_values"].to(dtype)
        return Rows(**{**vars(self), **moved})


def make_rows(rows: Several[Several[Sequence]], pad_id: int, length: int | None = None) -> Rows:
    """Lay sequences side by side, one row after another, and fill up on the right.

    Args:
        rows: sequences of each row, one row at least, none of them empty.
        pad_id: token that fills rows up.
        length: places of a row; that of the longest by default.

    Raises:
        ValueError: a row is longer than `length`.
    """
    lengths = [sum(map(len, row)) for row in rows]
    width = max(lengths) if length is None else length
    if max(lengths) > width:
        raise ValueError(f"a row of {max(lengths)} tokens does not fit into {width}")

    def laid(name: str, fill: int) -> Tensor:
        joined = [torch.cat([getattr(each, name) for each in row]) for row in rows]
        return torch.stack([pad(values, (0, width - len(values)), value=fill) for values in joined])

    numbered = [torch.cat([torch.full((len(each),), number) for number, each in enumerate(row)]) for row in rows]
    shown = [each for row in rows for each in row if each.pixel_values is not None]
    return Rows(
        input_ids=laid("input_ids", pad_id),
        targets=laid("targets", IGNORED),
        positions=torch.stack([_going_on(values, width) for values in _joined(rows, "positions")]),
        branches=laid("branches", 0),
        owners=laid("owners", FILL),
        documents=torch.stack([pad(values, (0, width - len(values)), value=FILL) for values in numbered]),
        pixel_values=torch.cat([each.pixel_values for each in shown if each.pixel_values is not None])
        if shown
        else None,
        image_sizes=torch.stack([each.image_size for each in shown if each.image_size is not None]) if shown else None,
    )


def _joined(rows: Several[Several[Sequence]], name: str) -> Iterator[Tensor]:
    return (torch.cat([getattr(each, name) for each in row]) for row in rows)


def _going_on(positions: Tensor, width: int) -> Tensor:
    """Filled up so that what fills up counts on: a fall would look like the start of another sequence."""
    return torch.cat([positions, torch.arange(width - len(positions)) + int(positions[-1]) + 1])
