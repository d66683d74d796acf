"""Tables of scores: a line for each group of items, with what every model scored there and gained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.report.benchmarks.data import Row
from eval.report.benchmarks.numbers import RULES
from eval.report.benchmarks.resources import level
from eval.report.headings import Heading, heading
from eval.report.wording import whole, words

ACCURACY = "accuracy"
_WHOLE = ("all", "macro")


@dataclass(frozen=True)
class Line:
    """A group of items.

    Attributes:
        key: the group as the scores have it.
        heading: its name.
        level: resource class of a language; None of others.
        scores: model -> rows, strict before paper.
        gains: model -> rows of its difference to the baseline, strict before paper.
    """

    key: str
    heading: Heading
    level: int | None
    scores: Mapping[str, Sequence[Row]]
    gains: Mapping[str, Sequence[Row]]

    @property
    def items(self) -> str:
        """How many were scored; a span where models or rules differ."""
        numbers = [row["num_items"] for rows in (self.scores or self.gains).values() for row in rows]
        fewest, most = min(numbers), max(numbers)
        return whole(most) if fewest == most else f"{whole(fewest)} to {whole(most)}"


@dataclass(frozen=True)
class Panel:
    """The lines of one grouping.

    Attributes:
        by: all, language, country, another, or `measures` for scores of all replies together.
        title: of the table.
        lines: languages by resource class, others by name.
    """

    by: str
    title: str
    lines: tuple[Line, ...]

    @property
    def compared(self) -> tuple[Line, ...]:
        """Lines with a gain."""
        return tuple(line for line in self.lines if line.gains)


def panels(rows: Sequence[Row]) -> tuple[Panel, ...]:
    """The tables of one benchmark: everything, by language, by country, by other groups, other measures.

    Args:
        rows: of `schema.SCORES`, scores and differences to one baseline.
    """
    accuracy = [row for row in rows if row["metric"] == ACCURACY]
    others = sorted({row["by"] for row in accuracy} - {*_WHOLE, "language", "country"})
    found = [
        Panel("all", "All items", _lines([row for row in accuracy if row["by"] in _WHOLE], _whole)),
        *(_panel(by, accuracy) for by in ("language", "country", *others)),
        Panel("measures", "Other measures", _lines([row for row in rows if row["metric"] != ACCURACY], _measure)),
    ]
    return tuple(panel for panel in found if panel.lines)


def _panel(by: str, rows: Sequence[Row]) -> Panel:
    members = [row for row in rows if row["by"] == by]
    return Panel(by, f"By {words(by)}", _lines(members, lambda row: heading(by, row["group"])))


def _lines(rows: Sequence[Row], named: Callable[[Row], Heading]) -> tuple[Line, ...]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["metric"], row["by"], row["group"]), []).append(row)
    lines = [
        (by, Line(group, named(members[0]), level(group) if by == "language" else None, *_split(members)))
        for (_, by, group), members in groups.items()
    ]
    return tuple(line for _, line in sorted(lines, key=_place))


def _split(rows: Sequence[Row]) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    scores: dict[str, list[Row]] = {}
    gains: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["model"], RULES.index(row["rule"]))):
        (scores if row["baseline"] is None else gains).setdefault(row["model"], []).append(row)
    return scores, gains


def _place(named: tuple[str, Line]) -> tuple[bool, int, str, str]:
    by, line = named
    # A language without a class stands behind those of the lowest one.
    return by != "all", -1 if line.level is None else -2 - line.level, line.heading.label.casefold(), line.key


def _whole(row: Row) -> Heading:
    return Heading("all items" if row["by"] == "all" else f"mean over {_many(row['group'])}")


def _measure(row: Row) -> Heading:
    group = "all items" if row["by"] == "all" else heading(row["by"], row["group"]).label
    return Heading(f"{words(row['metric'])}: {group}")


def _many(group: str) -> str:
    return {"language": "languages", "country": "countries"}.get(group, words(group))
