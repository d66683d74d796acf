"""Every benchmark by its name, and which of them a folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eval.tasks import (
    alm_bench,
    cultural_vqa,
    cvqa,
    m3exam,
    m_llava,
    marvl,
    maxm,
    merlin,
    mmmu,
    nlvr2,
    ocrbench,
    textvqa,
    vqav2,
    world_cuisines,
    xchat,
    xgqa,
    xm100,
    xmmmu,
)
from eval.tasks.task import Task
from pipeline.errors import InputError

_MODULES = (
    *(cvqa, marvl, nlvr2, xm100, maxm, xgqa, alm_bench, merlin),
    *(m3exam, xmmmu, cultural_vqa, world_cuisines, xchat, m_llava),
    *(mmmu, textvqa, ocrbench, vqav2),
)
TASKS: Mapping[str, Task] = {task.name: task for module in _MODULES for task in module.TASKS}
# Tasks that read the files of another.
_FOLDERS = {"cvqa_en": "cvqa", "world_cuisines_open": "world_cuisines"}


def folder_of(task: str, benchmarks: Path) -> Path:
    """Where a task's files are below the folder of all."""
    return benchmarks / _FOLDERS.get(task, task)


def found(benchmarks: Path) -> list[Task]:
    """The tasks whose folders are there, in the order of the list.

    Raises:
        InputError: none is.
    """
    there = [task for task in TASKS.values() if folder_of(task.name, benchmarks).is_dir()]
    if not there:
        names = ", ".join(sorted({folder_of(name, Path()).name for name in TASKS}))
        raise InputError(
            f"{benchmarks}: has no folder of a benchmark; they are called {names}; `culturalground evaluate "
            "--list` tells how to fetch each"
        )
    return there


def unknown(benchmarks: Path) -> list[str]:
    """Folders that are no benchmark's, sorted."""
    known = {folder_of(name, benchmarks) for name in TASKS}
    return sorted(path.name for path in benchmarks.iterdir() if path.is_dir() and path not in known)


def table() -> list[str]:
    """A line for each task: items, languages, size, licence, and how it is fetched."""
    head = ("task", "items", "languages", "MB", "licence", "fetch")
    rows = [head, *(_row(task) for task in TASKS.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_padded, row, widths, head)).rstrip() for row in rows]


def _row(task: Task) -> tuple[str, ...]:
    source = task.source
    codes = source.languages
    languages = " ".join(codes) if 0 < len(codes) <= 8 else str(len(codes)) if codes else "?"
    size = f"{source.megabytes:,.0f}" if source.megabytes is not None else "?"
    return task.name, f"{source.num_items:,}", languages, size, source.licence, source.fetch


def _padded(cell: str, width: int, title: str) -> str:
    return cell.rjust(width) if title in ("items", "MB") else cell.ljust(width)
