from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import yaml

import eval.published
from eval.published.pangea import pangea
from eval.tasks.listing import TASKS

TABLE: dict[str, Any] = yaml.safe_load((Path(eval.published.__path__[0]) / "pangea.yaml").read_text(encoding="utf-8"))
COLUMNS = ("english", "multilingual")


def test_the_table_has_its_shape() -> None:
    assert TABLE.keys() == {"model", "source", "average", "benchmarks"}
    assert TABLE["source"].startswith("https://")
    for row in TABLE["benchmarks"].values():
        assert row.keys() == {*COLUMNS, "tasks"}
        assert all(isinstance(row[column], float) and 0 < row[column] < 100 for column in COLUMNS)
    tasks = [task for row in TABLE["benchmarks"].values() for task in row["tasks"]]
    assert len(set(tasks)) == len(tasks)


@pytest.mark.parametrize("column", COLUMNS)
def test_the_published_average_is_that_of_the_copied_figures(column: str) -> None:
    figures = [row[column] for row in TABLE["benchmarks"].values()]
    assert round(fmean(figures), 1) == TABLE["average"][column]


def test_tasks_have_the_reference_of_the_table_and_no_other() -> None:
    found = {task: (row.english, row.multilingual) for task, row in pangea().items()}
    wanted = {name: task.reference for name, task in TASKS.items() if task.reference is not None}
    assert found.keys() == wanted.keys()
    for task, reference in wanted.items():
        assert found[task] == pytest.approx((reference[0] / 100, reference[1] / 100))
