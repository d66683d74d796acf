"""Real entities as rows of `concepts`: for oracles and benchmarks. What they are of, and where from, is made up."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pipeline import vocabulary
from pipeline.wikidata.columns import EntityColumns
from pipeline.wikidata.decode import decode
from tests.kit.concepts import chosen
from tests.kit.real_input import DUMPS
from tests.wikidata.dumps import lines_of

Row = dict[str, Any]
PARENTS = (31, 279, 131, 361)


def real_concepts(*, label_all: bool = False) -> list[Row]:
    """Entities of the shared real dump that have a picture, with their statements and labels as they are.

    Args:
        label_all: give values that are not among the entities the labels of one that is; otherwise they have none,
            and little is asked.
    """
    labels: dict[int, list[Row]] = {}
    shown: list[Row] = []
    wanted = vocabulary.label_languages()
    for line in lines_of(DUMPS["gz"]):
        raw = json.loads(line)
        if raw["id"].startswith("Q"):
            labels[int(raw["id"][1:])] = _labels(raw, wanted)
        columns = EntityColumns("2026-01-05")
        columns.add(decode(line))
        shown += [
            row for row in columns.table().to_pylist() if any(each["property"] == 18 for each in row["statements"])
        ]
    known = sorted(labels)
    for row in shown:
        for statement in row["statements"]:
            qid = statement["qid"]
            own = qid if qid in labels or not label_all else known[(qid or 0) % len(known)]
            statement["value_labels"] = labels.get(own, []) if qid else []
        row |= {
            **chosen(row["qid"], "germany"), "domain": domain_of(row), "class_path": class_of(row),
            "labels": labels[row["qid"]],
        }  # fmt: skip
    return shown


def parents(rows: list[Row]) -> Mapping[int, set[int]]:
    """What the entities' own statements say of classes and places."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        found[row["qid"]] |= {each["qid"] for each in row["statements"] if each["property"] in PARENTS and each["qid"]}
    return found


def domain_of(row: Row) -> str:
    """A domain in which much can be asked of it: here the rules are tested, not what it is."""
    stated = {statement["property"] for statement in row["statements"]}
    if 50 in stated:
        return "literature"
    if stated & {86, 175}:
        return "music"
    return "artwork" if stated & {170, 195} else "architecture"


def class_of(row: Row) -> list[int]:
    """Its first class."""
    return [each["qid"] for each in row["statements"] if each["property"] == 31 and each["qid"]][:1]


def _labels(raw: Row, wanted: frozenset[str]) -> list[Row]:
    aliases = raw.get("aliases") or {}
    return [
        {"language": code, "label": each["value"], "aliases": [one["value"] for one in aliases.get(code, ())]}
        for code, each in (raw.get("labels") or {}).items()
        if code in wanted
    ]
