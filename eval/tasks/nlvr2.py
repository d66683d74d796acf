"""NLVR2: the English counterpart of MaRVL, in the same data set, asked and scored likewise.

The split `en` is made of the files that are called validation, so it is NLVR2's development set. What their number of
rows is has not been seen; the 6,982 are what NLVR2 itself has there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.substring import paper_true_false, strict_true_false
from eval.tasks.marvl import COLUMNS, read_splits, source
from eval.tasks.task import Item, Task

# `en` where the split was saved under its name.
_SPLITS = {"validation": "en", "en": "en"}


def read(folder: Path) -> Iterator[Item]:
    """The items."""
    yield from read_splits(folder, _SPLITS)


TASKS = (
    Task(
        name="nlvr2",
        title="NLVR2",
        source=source(6_982, 8_035, "--include 'data/validation-*'", "nlvr2", ("en",)),
        columns=COLUMNS,
        read=read,
        paper=paper_true_false,
        strict=strict_true_false,
        max_tokens=16,
        reference=(87.0, 79.0),
    ),
)
