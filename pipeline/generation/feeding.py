"""Rows through a model: read a window at a time, the longest work first, no barrier anywhere, results in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import pyarrow as pa

from pipeline.generation.asking import Row, all_of

# What a request costs besides its text, in bytes of text: the prompt around it, and a reply however short.
_REQUEST_BYTES = 400


def expected_work(asked: Sequence[Row]) -> int:
    """How long the items of one picture will keep an engine, in bytes of text: good for comparing, for nothing else.

    Bytes, since a script with more of them to a letter has more tokens to a word as well, for the same reason: what
    tokenizers were made from.

    Args:
        asked: rows of `schema.QA_ITEM`, those that the model is asked about; `original_question` will do.
    """
    return sum(_REQUEST_BYTES + len(item["original_question"].encode()) for item in asked)


async def feed(
    windows: Iterator[pa.Table],
    weigh: Callable[[pa.Table], Sequence[int]],
    work: Callable[[Row], Coroutine[Any, Any, Row]],
    in_flight: int,
    schema: pa.Schema,
) -> pa.Table:
    """What `work` makes of each row, in the order of the rows.

    A row that takes long holds back no other: the next ones start, of the next window too, and what is done is kept as
    Arrow until its turn. Within a window the heaviest start first, so that none is left to end alone. In memory are
    `in_flight` rows as Python objects, however many there are, and the windows that are not done yet, as Arrow.

    Args:
        windows: the rows; read in a thread, one window when the one before has been started.
        weigh: how long each row of a window will take, by any measure; in the same thread.
        work: one row as another, of `schema`.
        in_flight: rows in work at once.
        schema: of the result.

    Raises:
        Exception: the first that `work`, `weigh` or `windows` raise, as it is, once all other work has been cancelled.
    """
    source = _Source(windows, weigh)

    async def worker() -> None:
        while (place := await source.next()) is not None:
            window, position = place
            window.put(position, await work(window.row(position)), schema)

    await all_of(worker() for _ in range(in_flight))
    return pa.concat_tables([schema.empty_table(), *(window.done for window in source.windows)])


class _Window:
    """Rows that were read together: those to come as they were read, those that are done as they will be written."""

    def __init__(self, rows: pa.Table, weights: Sequence[int]) -> None:
        self._rows = rows
        # From the end on: the heaviest first, of equal ones the first first.
        self.waiting = sorted(range(len(weights)), key=lambda position: (weights[position], -position))
        self._made: list[pa.RecordBatch | None] = [None] * len(weights)
        self._left = len(weights)
        self.done: pa.Table = None

    def row(self, position: int) -> Row:
        [row] = self._rows.slice(position, 1).to_pylist()
        return row  # type: ignore[no-any-return]

    def put(self, position: int, row: Row, schema: pa.Schema) -> None:
        self._made[position] = pa.RecordBatch.from_pylist([row], schema=schema)
        self._left -= 1
        if self._left == 0:
            # In one piece, as if the rows had never been apart: how parquet cuts its pages depends on the pieces.
            self.done = pa.Table.from_batches(self._made).combine_chunks()
            self._rows, self._made = None, []


class _Source:
    """Hands out the rows of one window after the other, to whoever is free."""

    def __init__(self, windows: Iterator[pa.Table], weigh: Callable[[pa.Table], Sequence[int]]) -> None:
        self._unread, self._weigh = windows, weigh
        self._reading = asyncio.Lock()
        self.windows: list[_Window] = []

    async def next(self) -> tuple[_Window, int] | None:
        """A window and the position of a row in it; None when all rows have been handed out."""
        async with self._reading:
            while not self.windows or not self.windows[-1].waiting:
                window = await asyncio.to_thread(self._read)
                if window is None:
                    return None
                self.windows.append(window)
            return self.windows[-1], self.windows[-1].waiting.pop()

    def _read(self) -> _Window | None:
        rows = next((each for each in self._unread if each.num_rows), None)
        return None if rows is None else _Window(rows, self._weigh(rows))
