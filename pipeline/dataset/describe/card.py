"""The data set's card: what is in it, how it was made, under which licences it may be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline import vocabulary
from pipeline.dataset.describe.front_matter import front_matter
from pipeline.dataset.describe.funnel import Funnel
from pipeline.dataset.describe.limits import limits
from pipeline.dataset.describe.plots.figures import ANSWERS, KINDS, LABELS, Plot
from pipeline.dataset.describe.provenance import Provenance
from pipeline.dataset.describe.reached import short_groups
from pipeline.review.acceptance import Reviewed
from pipeline.schema import QA_ITEM, SHARDS, SPLITS

_MOST_SHORT = 12


@dataclass(frozen=True)
class Described:
    """Everything that the card tells.

    Attributes:
        name: of the run.
        numbers: as `statistics.statistics` gives them.
        funnel: where everything went.
        balance: as `reached.reached` gives it.
        made: settings and fingerprints of the stages.
        reviewed: what native speakers said.
        plots: the files below `plots/`.
    """

    name: str
    numbers: Mapping[str, Any]
    funnel: Funnel
    balance: Mapping[str, Any] | None
    made: Provenance
    reviewed: Reviewed
    plots: Sequence[Plot]


def card(described: Described) -> str:
    """Markdown with a block of YAML in front, as model hubs read it."""
    numbers = described.numbers
    body = _templates().get_template("card.md").render(
        name=described.name,
        numbers=numbers,
        plots={plot.name: plot for plot in described.plots},
        languages=_languages(numbers),
        countries=_countries(numbers),
        domains=_domains(numbers),
        answers={ANSWERS[name]: row for name, row in numbers["samples_by_answer_type_and_kind"].items()},
        labels=LABELS,
        splits=[name for name in SPLITS if name in numbers["samples_by_split"]],
        funnel=described.funnel,
        country_names={key: country.name for key, country in vocabulary.countries().items()},
        language_names={code: language.name for code, language in vocabulary.languages().items()},
        balance=described.balance,
        short_groups={
            axis: list(short_groups(described.balance, axis))[:_MOST_SHORT] if described.balance else []
            for axis in ("country", "language", "domain", "family", "popularity")
        },
        made=described.made,
        settings=yaml.safe_dump(
            described.made.short_settings(), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
        ),
        said=_said(described.reviewed, numbers["samples_by_language"]),
        limits=limits(numbers, described.funnel, described.made, described.reviewed),
        of_picture=[_field(field) for field in SHARDS if field.name not in ("items", "image")],
        of_item=[_field(QA_ITEM.field(number)) for number in range(QA_ITEM.num_fields)],
    )  # fmt: skip
    # Where a plot is left out its blank lines stay.
    return front_matter(described.name, numbers) + re.sub(r"\n{3,}", "\n\n", body)


@cache
def _templates() -> Environment:
    # Not HTML: what comes from outside passes through `cell`.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"), autoescape=False, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update(cell=cell, whole=lambda number: f"{number:,}", percent=percent, of=of)
    return environment


def cell(text: object) -> str:
    """A text as it may stand in a cell of a table: what would end the cell or begin HTML does not."""
    return " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def of(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 country, 42 countries."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(part: int, total: int) -> str:
    """A share with one digit, or a dash of nothing."""
    return f"{100 * part / total:.1f} %" if total else "-"


def _languages(numbers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each language, the largest first."""
    rows = []
    for code, total in _largest_first(numbers["samples_by_language"]):
        passes = numbers["passes_by_language"].get(code, {})
        statuses = numbers["rephrase_status_by_language"].get(code, {})
        rows.append(
            {
                "name": vocabulary.languages()[code].name, "code": code, "samples": total,
                **{kind: numbers["samples_by_language_and_kind"][code].get(kind, 0) for kind in KINDS},
                "own": numbers["answer_labels_by_language"][code].get("own", 0),
                "reworded": sum(num for status, num in statuses.items() if status.startswith("rephrased")),
                "passing": passes.get("yes", 0), "judged": passes.get("yes", 0) + passes.get("no", 0),
                "question": numbers["question_characters"]["by_language"][code]["p50"],
                "answer": numbers["answer_characters"]["by_language"][code]["p50"],
            }
        )  # fmt: skip
    return rows


def _countries(numbers: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": vocabulary.countries()[key].name, "samples": total,
            "pictures": numbers["pictures_by_country"].get(key, 0),
            "entities": numbers["entities_by_country"].get(key, 0),
        }
        for key, total in _largest_first(numbers["samples_by_country"])
    ]  # fmt: skip


def _domains(numbers: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": key.replace("_", " "), "meaning": vocabulary.domains()[key], "samples": total,
            "pictures": numbers["pictures_by_domain"].get(key, 0),
            "entities": numbers["entities_by_domain"].get(key, 0),
        }
        for key, total in _largest_first(numbers["samples_by_domain"])
    ]  # fmt: skip


def _largest_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _field(field: Any) -> dict[str, str]:
    return {"name": field.name, "type": cell(field.type), "meaning": cell(field.metadata[b"meaning"].decode())}


def _said(reviewed: Reviewed, languages: Iterable[str]) -> dict[str, Any]:
    """What was judged in the languages of the data set, and in which nothing was."""
    names = {code: vocabulary.languages()[code].name for code in languages}
    judged = {code: reviewed.by_language[code] for code in names if code in reviewed.by_language}
    off = Counter(template.split("/")[1] for template in reviewed.switched_off)
    return {
        "rows": [(names[code], said, off[code]) for code, said in judged.items()],
        "rest": sorted(name for code, name in names.items() if code not in judged),
    }
