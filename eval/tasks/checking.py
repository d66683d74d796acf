"""Whether a local copy of a benchmark can be read, and what it holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from eval.tasks.reading import in_full
from eval.tasks.task import Task
from pipeline.errors import InputError


@dataclass(frozen=True)
class Found:
    """What reading a task's folder has shown.

    Attributes:
        task: its name.
        num_items: that were read; where something is wrong, those before it.
        languages: items of each.
        num_pictures: different first pictures, or items without one.
        wrong: what is, with file and row; "" where nothing is.
        differs: from what is published: "" or how; a part of a benchmark is nothing wrong.
    """

    task: str
    num_items: int
    languages: dict[str, int]
    num_pictures: int
    wrong: str
    differs: str

    def line(self) -> str:
        """For a person."""
        languages = " ".join(f"{code}:{number:,}" for code, number in sorted(self.languages.items()))
        counts = f"{self.num_items:,} items, {self.num_pictures:,} pictures, {languages or 'no language'}"
        return f"{self.task}: {'; '.join(filter(None, (self.wrong and f'WRONG: {self.wrong}', counts, self.differs)))}"


def check(task: Task, folder: Path) -> Found:
    """Read all of a task: columns, values and every picture."""
    languages: Counter[str] = Counter()
    ids: set[str] = set()
    clusters: set[str] = set()
    wrong = ""
    try:
        with in_full():
            for item in task.read(folder):
                if item.item_id in ids:
                    raise InputError(f"{folder}: two items have the id {item.item_id}")
                ids.add(item.item_id)
                clusters.add(item.cluster)
                languages[item.language] += 1
        if not ids:
            raise InputError(f"{folder}: has no items")
    except InputError as error:
        wrong = str(error)
    published = task.source.num_items
    differs = "" if wrong or len(ids) == published else f"{published:,} are published"
    return Found(task.name, len(ids), dict(languages), len(clusters), wrong, differs)
