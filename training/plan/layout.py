"""Sequences to rows, and rows to ranks: every rank has the same number, and about the same work at the same time."""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Sequence
from dataclasses import dataclass

# A row: places, in the step, of the units that lie side by side in it.
Row = tuple[int, ...]
MicroBatch = tuple[Row, ...]


@dataclass(frozen=True)
class Layout:
    """How a rank's forward pass looks.

    Attributes:
        row_tokens: sequences are packed into rows of at most so many tokens; None gives each a row.
        rows: of one forward pass.
    """

    row_tokens: int | None
    rows: int


def lay_out(tokens: Sequence[int], layout: Layout, world_size: int) -> list[list[MicroBatch | None]]:
    """The micro-batches of each rank, None where a rank has nothing to add.

    All have as many, and what is due at the same time costs about the same: ranks wait for each other in every layer.

    Args:
        tokens: of each unit of the step.
        layout: how rows are made.
        world_size: ranks.
    """
    if layout.row_tokens is None:
        rows: list[Row] = [(unit,) for unit in sorted(range(len(tokens)), key=lambda unit: (-tokens[unit], unit))]
    else:
        rows = _packed(tokens, layout.row_tokens, layout.rows * world_size)
    batches = [tuple(rows[at : at + layout.rows]) for at in range(0, len(rows), layout.rows)]
    rounds = -(-len(batches) // world_size)
    return [[*batches[rank::world_size], *[None] * (rounds - len(batches[rank::world_size]))]
            for rank in range(world_size)]  # fmt: skip


def _packed(tokens: Sequence[int], capacity: int, multiple: int) -> list[Row]:
    """As few rows as ranks can share evenly, as even as can be; the fullest first."""
    order = sorted(range(len(tokens)), key=lambda unit: (-tokens[unit], unit))
    tight = _best_fit(order, tokens, capacity)
    number = min(len(tokens), -(-len(tight) // multiple) * multiple)
    rows = _spread(order, tokens, capacity, number) or tight
    return sorted(rows, key=lambda row: (-sum(tokens[unit] for unit in row), row))


def _best_fit(order: Sequence[int], tokens: Sequence[int], capacity: int) -> list[Row]:
    """Longest first into the fullest row that has room."""
    rows: list[list[int]] = []
    # Room left and row, ascending by room.
    free: list[tuple[int, int]] = []
    for unit in order:
        place = bisect.bisect_left(free, (tokens[unit], -1))
        if place == len(free):
            rows.append([])
            room, row = capacity, len(rows) - 1
        else:
            room, row = free.pop(place)
        rows[row].append(unit)
        bisect.insort(free, (room - tokens[unit], row))
    return [tuple(sorted(row)) for row in rows]


def _spread(order: Sequence[int], tokens: Sequence[int], capacity: int, number: int) -> list[Row] | None:
    """Longest first into the emptiest row; None where one does not fit."""
    heap = [(0, row) for row in range(number)]
    rows: list[list[int]] = [[] for _ in range(number)]
    loads = [0] * number
    for unit in order:
        load, row = heap[0]
        if load + tokens[unit] > capacity and rows[row]:
            return None
        rows[row].append(unit)
        loads[row] = load + tokens[unit]
        heapq.heapreplace(heap, (loads[row], row))
    return [tuple(sorted(row)) for row in rows if row]
