"""What the pages tell people to type, and the settings that they show, as they are written there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "deploy/**/README*", "pipeline/**/README.md")
    for path in ROOT.glob(pattern)
    if path.name != "cli_reference.md"
)
_COMMAND = re.compile(
    r"(culturalground|python|make|ray|pytest|pip|docker|kubectl|aws|gcloud|requirements/install) |benchmarks/\w+\.py --"
)
_SPAN = re.compile(r"`([^`]+)`")
_OPTIONAL = re.compile(r"\[(--[^\]]*)\]")
_REPEATED = re.compile(r" \[[A-Z]+ \.\.\.\]")


@dataclass(frozen=True)
class Written:
    """Something between backticks or in a block of code.

    Attributes:
        page: where it stands, from the repository's root.
        line: number of its first line.
        text: with single spaces; of a command without comment, path to it, and brackets around what may be left out.
        where: a line of a block; first in a row of a table; or in a sentence, where a command need not be whole.
    """

    page: str
    line: int
    text: str
    where: Literal["block", "table", "sentence"]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"

    def words(self, placeholders: Mapping[str, str]) -> list[str]:
        """As a shell would split it."""
        return [placeholders.get(word, word) for word in shlex.split(self.text)]


def commands() -> list[Written]:
    """All that begins as a command does."""
    plain = [replace(found, text=_plain(found.text)) for found in everything()]
    return [found for found in plain if _COMMAND.match(f"{found.text} ")]


def _plain(text: str) -> str:
    text = re.sub(r" +# .*", "", text.removeprefix(".venv/bin/"))
    return _REPEATED.sub("", _OPTIONAL.sub(r"\1", text))


def spans() -> list[Written]:
    """All between backticks."""
    return [found for found in everything() if found.where != "block"]


def everything() -> Iterator[Written]:
    """Lines of blocks, and what stands between backticks, of all pages."""
    for path in PAGES:
        page, prose = str(path.relative_to(ROOT)), []
        for number, line, is_code in _lines(path):
            if is_code:
                yield Written(page, number, line.strip(), "block")
            prose.append("" if is_code else line)
        # A span may be broken by the end of a line, and is not by an empty one.
        for match in _SPAN.finditer("\n".join(prose)):
            if "\n\n" in match[1]:
                continue
            before = "\n".join(prose)[: match.start()]
            is_first = before.rpartition("\n")[2].strip() == "|"
            yield Written(page, before.count("\n") + 1, " ".join(match[1].split()), "table" if is_first else "sentence")


def snippets() -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Page, line and value of every block of YAML."""
    for path in PAGES:
        block: list[tuple[int, str]] = []
        for number, line, is_code in (*_lines(path), (0, "", False)):
            if is_code:
                block.append((number, line))
                continue
            text = "\n".join(line for _, line in block)
            if re.match(r" *[a-z_]+:( \{|\n|$)", text):
                yield str(path.relative_to(ROOT)), block[0][0], yaml.safe_load(text)
            block = []


def _lines(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Number, text and whether it is in a block; fences themselves are neither."""
    is_fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_fenced = not is_fenced
            yield number, "", False
        else:
            yield number, line, is_fenced or line.startswith("    ")
