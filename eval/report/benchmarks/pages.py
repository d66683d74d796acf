"""The pages on benchmarks: one in HTML, and the same tables in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from eval.report.benchmarks.cards import error_cards
from eval.report.benchmarks.data import BenchmarkData, Overlap
from eval.report.benchmarks.markdown import markdown
from eval.report.benchmarks.numbers import gain, number
from eval.report.benchmarks.resources import table, unsure
from eval.report.benchmarks.steps import curves, without_earlier_steps
from eval.report.benchmarks.views import task_title, view
from eval.report.headings import language_name
from eval.report.rendering import rendered
from eval.report.wording import percent, whole

STYLES = ("colours", "layout", "scripts", "gallery", "matrix", "charts", "benchmarks", "print")


def pages(data: BenchmarkData) -> Mapping[str, bytes]:
    """`benchmarks.html` and `benchmarks.md`; the same data give the same bytes."""
    seen = view(replace(data, scores=without_earlier_steps(data.scores)))
    cards, overlaps = error_cards(data.errors), overlap_rows(data)
    page = rendered(
        "benchmarks.html",
        STYLES,
        name=data.name,
        baseline=data.baseline,
        view=seen,
        curves=curves(data.scores),
        cards=cards,
        overlaps=overlaps,
        notes=data.notes,
        number=number,
        gain=gain,
        resources=table()["source"],
        unsure=[(language_name(language), why) for language, why in sorted(unsure().items())],
    )
    text = markdown(data.name, data.baseline, seen, cards, overlaps, data.notes)
    return {"benchmarks.html": page.encode(), "benchmarks.md": text.encode()}


def overlap_rows(data: BenchmarkData) -> list[tuple[str, str, str, str]]:
    """Task, items, and those in the training data by entity and by picture, in words."""
    return [
        (
            task_title(row.task),
            whole(row.num_items),
            _part(row, row.by_qid, "no entities told"),
            _part(row, row.by_picture, "not compared"),
        )
        for row in data.overlaps
    ]


def _part(row: Overlap, count: int | None, without: str) -> str:
    if count is None:
        return without
    return f"{whole(count)} ({percent(count / row.num_items)})" if row.num_items else whole(count)
