"""The concepts of the shipped sample as rows of `concepts`, made from its tables without running a stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sample
from pipeline.wikidata.columns import EntityColumns
from pipeline.wikidata.decode import decode
from sample.dump import dump_lines
from sample.tables import CONCEPTS, load_sample
from tests.sample.domains import class_tree_of, domain_of

DUMP_DATE = "2026-11-01"
EDGES = ("P31", "P279", "P131", "P361")
Row = dict[str, Any]


def sample_concepts() -> list[Row]:
    """Every concept with all its statements and the labels of their values."""
    shipped = load_sample(Path(sample.__file__).parent)
    tree = class_tree_of(shipped)
    labels = {
        int(entity.id[1:]): [
            {"language": code, "label": label, "aliases": list(entity.aliases.get(code, ()))}
            for code, label in entity.labels.items()
        ]
        for entity in shipped.entities.values()
        if entity.id.startswith("Q")
    }
    concepts = shipped.group(CONCEPTS)
    columns = EntityColumns(DUMP_DATE)
    for line in dump_lines(concepts, f"{DUMP_DATE}T00:00:00Z"):
        columns.add(decode(line))
    rows: list[Row] = columns.table().to_pylist()
    for entity, row in zip(concepts, rows, strict=True):
        for statement in row["statements"]:
            statement["value_labels"] = labels[statement["qid"]] if statement["qid"] else []
        row |= {
            "country": entity.country, "countries": [entity.country], "domain": domain_of(entity, tree),
            "class_path": [], "popularity": "torso", "labels": labels[row["qid"]],
        }  # fmt: skip
    return rows


def sample_parents() -> Mapping[int, set[int]]:
    """What all things of the sample say of classes and places."""
    found: dict[int, set[int]] = defaultdict(set)
    for entity in load_sample(Path(sample.__file__).parent).entities.values():
        found[int(entity.id[1:])].update(int(item[1:]) for prop, item in entity.items() if prop in EDGES)
    return found
