"""The sheet as a page that stands alone: what it needs is inside, and what it is told it saves as the CSV sheet."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from pipeline import vocabulary
from pipeline.page_templates import page_templates
from pipeline.review.cells import FORMULA
from pipeline.review.item import ReviewItem
from pipeline.review.sheet_csv import COLUMNS, id_cell, shown
from pipeline.review.verdict import ANSWER, ANSWERABLE, PICTURE, QUESTION

_HERE = Path(__file__).parent
_ASKED = (("question", "The question is", QUESTION), ("answerable", "It can be answered", ANSWERABLE),
          ("answer", "The answer is", ANSWER), ("picture", "The picture fits", PICTURE))  # fmt: skip


def sheet_html(name: str, run: str, language: str, items: Sequence[ReviewItem]) -> str:
    """The page; the same items give the same bytes.

    Args:
        name: of the sheet, with which the names of saved files start.
        run: name of the run.
        language: the data set's code.
        items: in the order in which they are shown.
    """
    style, script = _text("sheet.css"), _text("sheet.js")
    rows = [shown(item) for item in items]
    # Verdicts of one sheet are never taken for those of another that has its name, or asks other things.
    key = hashlib.sha256(json.dumps([COLUMNS, rows]).encode()).hexdigest()[:16]
    sheet = {"name": name, "key": key, "formula": FORMULA, "columns": COLUMNS, "rows": rows}
    return (
        _environment()
        .get_template("sheet.html")
        .render(
            run=run,
            policy=_policy(style, script),
            # Escaping would change the texts that the policy's hashes are of.
            style=Markup(style),
            script=Markup(script),
            # No element of HTML can begin in it.
            sheet=Markup(json.dumps(sheet, ensure_ascii=False).replace("<", "\\u003c")),
            language=vocabulary.languages()[language],
            countries=vocabulary.countries(),
            items=items,
            asked=_ASKED,
            id_cell=id_cell,
        )
    )


def _policy(style: str, script: str) -> str:
    """What a browser may do with the page: its own style, script and pictures; nothing goes out or comes in."""
    return (
        f"default-src 'none'; img-src data:; style-src {_hashed(style)}; script-src {_hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _text(name: str) -> str:
    return (_HERE / "page" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return page_templates(
        _HERE / "page",
        picture=lambda data: "data:image/jpeg;base64," + base64.b64encode(data).decode(),
        web=lambda url: url if url and url.startswith(("https://", "http://")) else None,
        words=lambda code: code.replace("_", " "),
    )
