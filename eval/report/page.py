"""The page: views of the data put into templates, with style and pictures inside and nothing loaded from outside."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from eval.report import wording
from eval.report.data import ReportData
from eval.report.funnel import steps
from eval.report.gallery import cards
from eval.report.losses import training
from eval.report.matrix import matrix
from eval.report.overview import overview
from eval.report.scores import benchmarks
from eval.report.timings import times
from pipeline.page_templates import page_templates

_HERE = Path(__file__).parent
STYLES = ("colours", "layout", "scripts", "gallery", "matrix", "tables", "charts", "print")


def page(data: ReportData) -> str:
    """The report as one HTML document; the same data give the same bytes."""
    style = style_sheet()
    scored = benchmarks(data.scores)
    trained = training(data.losses, data.validation_losses) if data.losses else None
    return (
        _templates()
        .get_template("page.html")
        .render(
            name=data.name,
            policy=content_policy(style),
            # Escaping would change the text that the policy's hash is of.
            style=Markup(style),
            overview=overview(data, trained, scored),
            notes=data.notes,
            cards=cards(data.gallery),
            matrix=matrix(data.statistics["samples_by_country_and_language"]),
            steps=steps(data.funnel),
            times=times(data.timings),
            training=trained,
            benchmarks=scored,
        )
    )


def content_policy(style: str) -> str:
    """What a browser may do with the page: show its own style sheet and pictures, nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def style_sheet() -> str:
    """All styles as they stand in the page."""
    return "".join((_HERE / "styles" / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)


@cache
def _templates() -> Environment:
    return page_templates(
        _HERE / "templates",
        whole=wording.whole,
        percent=wording.percent,
        hundredths=wording.hundredths,
        points=wording.points,
        words=wording.words,
        at=_at,
    )


def _at(percent: float) -> str:
    """A place in a drawing."""
    return f"{percent:.2f}%"
