"""What the pages show of each benchmark: its tables, maps, gains, and what the comparison shows in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.published.pangea import Published, pangea
from eval.report.benchmarks.charts import Chart, chart
from eval.report.benchmarks.comparisons import Statement, statements
from eval.report.benchmarks.countries import World, world
from eval.report.benchmarks.data import BenchmarkData, Row
from eval.report.benchmarks.lines import Line, Panel, panels
from eval.report.headings import Heading
from eval.report.wording import whole, words
from eval.tasks import held_out
from eval.tasks.listing import TASKS


@dataclass(frozen=True)
class PanelView:
    """A table with its gains, and the maps of one by country."""

    panel: Panel
    gains: Chart | None
    world: World | None


@dataclass(frozen=True)
class Benchmark:
    """One task and kind of question.

    Attributes:
        title: as published, with the kind where the task has several.
        overall: the line of all items; None where only parts were scored.
        panels: its tables.
        statements: what the comparisons show.
        published: of Pangea-7B, where there is something.
        published_items: that the benchmark has, of which fewer may have been asked; empty where it is none of the list.
    """

    title: str
    overall: Line | None
    panels: tuple[PanelView, ...]
    statements: tuple[Statement, ...]
    published: Published | None
    published_items: str


@dataclass(frozen=True)
class View:
    """Everything that was scored.

    Attributes:
        models: the baseline first, then by name.
        compared: those with a gain, in the order of their shapes.
        benchmarks: in the order of the list of tasks, our own held-out items first.
        gains: of all items of each benchmark.
    """

    models: tuple[str, ...]
    compared: tuple[str, ...]
    benchmarks: tuple[Benchmark, ...]
    gains: Chart | None


def view(data: BenchmarkData) -> View:
    """The scores, and the differences to the baseline of `data`."""
    rows = [row for row in data.scores if row["baseline"] in (None, data.baseline)]
    models = tuple(sorted({row["model"] for row in rows}, key=lambda model: (model != data.baseline, model)))
    compared = tuple(model for model in models if any(row["baseline"] and row["model"] == model for row in rows))
    found = tuple(
        _benchmark(place, [row for row in rows if (row["task"], row["kind"]) == place], models, compared)
        for place in sorted({(row["task"], row["kind"]) for row in rows}, key=_place)
    )
    lines = [(Heading(each.title), each.overall) for each in found if each.overall and each.overall.gains]
    return View(models, compared, found, chart(lines, compared))


def task_title(task: str) -> str:
    """The benchmark's name as published."""
    if task == held_out.NAME:
        return "CulturalGround, held out"
    return TASKS[task].title if task in TASKS else words(task)


def _place(place: tuple[str, str]) -> tuple[int, str, str]:
    order = [held_out.NAME, *TASKS]
    task, kind = place
    return order.index(task) if task in order else len(order), task, kind


def _benchmark(
    place: tuple[str, str], rows: Sequence[Row], models: Sequence[str], compared: Sequence[str]
) -> Benchmark:
    task, kind = place
    title = f"{task_title(task)}, {kind} questions" if task == held_out.NAME else task_title(task)
    tables = panels(rows)
    overall = [line for panel in tables if panel.by == "all" for line in panel.lines if line.key == "all"]
    return Benchmark(
        title,
        overall[0] if overall else None,
        tuple(_panel(panel, models, compared) for panel in tables),
        statements(title, rows),
        pangea().get(task),
        whole(TASKS[task].source.num_items) if task in TASKS else "",
    )


def _panel(panel: Panel, models: Sequence[str], compared: Sequence[str]) -> PanelView:
    return PanelView(
        panel,
        chart([(line.heading, line) for line in panel.compared], compared),
        world(panel, models) if panel.by == "country" else None,
    )
