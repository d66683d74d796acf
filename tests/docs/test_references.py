"""The pages that are made from types and parsers are those of the code, and leave nothing without a meaning."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import cli_reference, config_reference
from jobs.evaluation import EvaluationConfig
from jobs.run_config import RunConfig
from pipeline.config import Section

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("module", [cli_reference, config_reference], ids=["commands", "settings"])
def test_the_page_is_that_of_the_code(module: object) -> None:
    name = str(module.__name__.removeprefix("jobs."))  # type: ignore[attr-defined]
    markdown: Callable[[], str] = module.markdown  # type: ignore[attr-defined]
    written = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert written == markdown(), f"run: python -m jobs.{name} > docs/{name}.md"


def _rows(page: str) -> list[list[str]]:
    """Cells of all tables, heads and rules left out."""
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    return [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in lines]


def test_every_setting_is_there_with_its_meaning() -> None:
    rows = _rows(config_reference.markdown())
    assert [row[0] for row in rows if len(row) != 4] == []
    shown = {row[0].split("`")[1] for row in rows}

    def names(kind: type[Section]) -> set[str]:
        inner = [
            found[0] for field in kind.model_fields.values() if (found := config_reference.inner(field.annotation))
        ]
        return set(kind.model_fields).union(*map(names, inner))

    assert names(RunConfig) | names(EvaluationConfig) == shown


def test_every_argument_has_a_meaning() -> None:
    rows = _rows(cli_reference.markdown())
    assert len(rows) > 60
    assert [row for row in rows if len(row) != 2 or row[1] in ("", "needed")] == []


@pytest.mark.parametrize("page", [cli_reference.markdown(), config_reference.markdown()], ids=["commands", "settings"])
def test_links_within_the_page_lead_to_its_headings(page: str) -> None:
    anchors = {heading.replace(".", "") for heading in re.findall(r"^#+ (\S+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= anchors
