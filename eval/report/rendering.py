"""How pages are put together: templates with their filters, style inside, and nothing loaded from outside."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from eval.report import wording
from pipeline.page_templates import page_templates

_HERE = Path(__file__).parent


def rendered(template: str, styles: tuple[str, ...], **values: object) -> str:
    """A page.

    Args:
        template: name of a file in `templates`, which extends `frame.html`.
        styles: names of files in `styles`, in the order in which they stand in the page.
        values: what the template asks for besides style and policy.
    """
    style = style_sheet(styles)
    # Escaping would change the text that the policy's hash is of.
    return templates().get_template(template).render(policy=content_policy(style), style=Markup(style), **values)


def content_policy(style: str) -> str:
    """What a browser may do with the page: show its own style sheet and pictures, nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def style_sheet(names: tuple[str, ...]) -> str:
    """The styles as they stand in a page."""
    return "".join((_HERE / "styles" / f"{name}.css").read_text(encoding="utf-8") for name in names)


@cache
def templates() -> Environment:
    """All templates, with the filters that write numbers."""
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
