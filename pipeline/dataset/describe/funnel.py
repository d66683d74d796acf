"""From entities to samples: what each stage lost in all, and per country and per language as the columns tell it.

Which country an entity is of is known once it is a concept, in which language something is asked once it is a question.
So the funnel of a country begins with its concepts, that of a language with the concepts that have a label in it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import vocabulary
from pipeline.commit import Counts
from pipeline.dataset.describe.entities import Concepts, columns_of, subjects
from pipeline.dataset.describe.sums import Sums
from pipeline.stage import Inputs, StageOutput

COUNTRY_STEPS = (
    "concepts",
    "with_picture",
    "pictures",
    "questions",
    "reworded",
    "judged",
    "passing",
    "kept",
    "samples",
)
LANGUAGE_STEPS = ("concepts", "questions", "reworded", "judged", "passing", "kept", "samples")
_ITEM = "items.list.element."
_SUBJECT = re.compile(r"Q([1-9]\d*)\b")

Steps = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Funnel:
    """Where everything went.

    Attributes:
        stages: name and counts of each stage, in their order.
        by_country, by_language: name -> step -> number, for the steps above.
        pictures_lost: country -> reason -> pictures that the stage `images` set aside.
    """

    stages: Sequence[tuple[str, Counts]]
    by_country: Steps
    by_language: Steps
    pictures_lost: Mapping[str, Mapping[str, int]]

    def as_json(self) -> dict[str, Any]:
        """As `funnel.json` has it."""
        stages = [
            {"stage": name, "unit": counts.unit, "in": counts.rows_in, "out": counts.ok,
             "not_selected": counts.not_selected, "quarantined": counts.quarantined, "details": counts.details}
            for name, counts in self.stages
        ]  # fmt: skip
        return {
            "stages": stages,
            "by_country": self.by_country,
            "by_language": self.by_language,
            "pictures_set_aside_by_country": self.pictures_lost,
        }


def funnel(inputs: Inputs, output: StageOutput, concepts: Concepts, sums: Sums) -> Funnel:
    """Read what the stages left, some columns of a few files at a time.

    Args:
        inputs: complete stages, in their order.
        output: of `assemble`, all of whose partitions are committed.
        concepts: of the run.
        sums: of the shards.
    """
    stages = [(name, stage.manifest.counts) for name, stage in (*inputs.items(), ("assemble", output))]
    pictured = subjects(inputs["images"], "images")
    by_country: dict[str, Counter[str]] = {
        "concepts": Counter(concepts.counts("country")),
        "with_picture": Counter(concepts.counts("country", pictured)),
    }
    by_language: dict[str, Counter[str]] = {"concepts": _labelled(inputs["select"])}
    for table in columns_of(inputs["judge"], "judged", _JUDGED):
        _add(by_country, "pictures", table.column("country"))
        country, items = _flat(table, ("language", "rephrase_status", "passes"))
        reworded = pc.starts_with(pc.fill_null(items["rephrase_status"], ""), "rephrased")
        kept = {
            "questions": None,
            "reworded": reworded,
            "judged": pc.is_valid(items["passes"]),
            "passing": pc.fill_null(items["passes"], False),
        }
        for step, chosen in kept.items():
            _add(by_country, step, country if chosen is None else country.filter(chosen))
            _add(by_language, step, items["language"] if chosen is None else items["language"].filter(chosen))
    for table in columns_of(inputs["arrange"], "arranged", ["country", f"{_ITEM}language"]):
        country, items = _flat(table, ("language",))
        _add(by_country, "kept", country)
        _add(by_language, "kept", items["language"])
    by_country["samples"] = Counter(sums.by_name("country"))
    by_language["samples"] = Counter(sums.by_second("country"))
    return Funnel(
        stages,
        _turned(by_country, COUNTRY_STEPS),
        _turned(by_language, LANGUAGE_STEPS),
        pictures_set_aside(columns_of(inputs["images"], "quarantine", ["key", "reason"]), concepts),
    )


_JUDGED = ["country", *(f"{_ITEM}{name}" for name in ("language", "rephrase_status", "passes"))]


def _flat(table: pa.Table, names: Sequence[str]) -> tuple[pa.Array, dict[str, pa.Array]]:
    """Of each item the country, and some of its fields."""
    items = table.column("items").combine_chunks()
    flat = items.flatten()
    country = table.column("country").combine_chunks().take(pc.list_parent_indices(items))
    return country, {name: flat.field(name) for name in names}


def _add(counted: dict[str, Counter[str]], step: str, names: pa.Array) -> None:
    found = pc.value_counts(names)
    counted.setdefault(step, Counter()).update(
        dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))
    )


def _labelled(select: StageOutput) -> Counter[str]:
    """Language -> concepts that have a label in it or in a variant of it."""
    of_code: dict[str, list[str]] = {}
    for code, language in vocabulary.languages().items():
        for label in language.wikidata:
            of_code.setdefault(label, []).append(code)
    found = Counter[str]()
    for table in columns_of(select, "concepts", ["labels.list.element.language"]):
        labels = table.column("labels").combine_chunks()
        concept, code = np.asarray(pc.list_parent_indices(labels)), labels.flatten().field("language")
        pairs = set(zip(concept.tolist(), code.to_pylist(), strict=True))
        found.update(language for _, language in {(at, each) for at, label in pairs for each in of_code.get(label, ())})
    return found


def _turned(by_step: Mapping[str, Mapping[str, int]], steps: Sequence[str]) -> Steps:
    names = sorted({name for step in steps for name in by_step.get(step, {})})
    return {name: {step: by_step.get(step, {}).get(name, 0) for step in steps} for name in names}


def pictures_set_aside(quarantine: Iterable[pa.Table], concepts: Concepts) -> dict[str, dict[str, int]]:
    """Country -> reason -> pictures.

    Args:
        quarantine: of the stage `images`, key and reason; a key begins with the entity that named the picture.
        concepts: of the run.
    """
    found: dict[str, Counter[str]] = {}
    for table in quarantine:
        rows = zip(table.column("key").to_pylist(), table.column("reason").to_pylist(), strict=True)
        known = [(int(match[1]), reason) for key, reason in rows if (match := _SUBJECT.match(key))]
        qids = np.array([qid for qid, _ in known], np.int64)
        places = np.isin(qids, concepts.qid)
        reasons = [reason for (_, reason), is_concept in zip(known, places.tolist(), strict=True) if is_concept]
        countries = concepts.names_of("country", qids[places]).tolist()
        for country, reason in zip(countries, reasons, strict=True):
            found.setdefault(country, Counter())[reason] += 1
    return {country: dict(sorted(reasons.items())) for country, reasons in sorted(found.items())}
