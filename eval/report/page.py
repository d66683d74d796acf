"""The page of a run: views of its data put into templates."""

from __future__ import annotations

from eval.report.data import ReportData
from eval.report.funnel import steps
from eval.report.gallery import cards
from eval.report.losses import training
from eval.report.matrix import matrix
from eval.report.overview import overview
from eval.report.rendering import rendered
from eval.report.scores import benchmarks
from eval.report.timings import times

STYLES = ("colours", "layout", "scripts", "gallery", "matrix", "tables", "charts", "print")


def page(data: ReportData) -> str:
    """The report as one HTML document; the same data give the same bytes."""
    scored = benchmarks(data.scores)
    trained = training(data.losses, data.validation_losses) if data.losses else None
    return rendered(
        "page.html",
        STYLES,
        name=data.name,
        overview=overview(data, trained, scored),
        notes=data.notes,
        cards=cards(data.gallery),
        matrix=matrix(data.statistics["samples_by_country_and_language"]),
        steps=steps(data.funnel),
        times=times(data.timings),
        training=trained,
        benchmarks=scored,
    )
