"""Stage `select`: candidate entities to cultural concepts, with the labels of everything they refer to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import vocabulary
from pipeline.commit import Counts
from pipeline.config import Extract, Select
from pipeline.schema import CONCEPTS
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage
from pipeline.wikidata.classes import ClassTree, class_tree
from pipeline.wikidata.labels import LabelIndex, load_labels, referenced_items

INSTANCE_OF, SUBCLASS_OF = 31, 279

Row = dict[str, Any]


@dataclass(frozen=True)
class Selection:
    """What is chosen: countries by item, properties that give them in order of trust, domains."""

    country_of_item: Mapping[int, str]
    country_properties: Sequence[int]
    domains: frozenset[str]


def countries_of(statements: Sequence[Row], selection: Selection) -> list[tuple[str, str]]:
    """(country key, GUID) of every chosen country that a best statement gives; properties in their order of trust."""
    found: dict[str, str] = {}
    for prop in selection.country_properties:
        for row in statements:
            country = selection.country_of_item.get(row["qid"] or 0)
            if row["property"] == prop and row["best"] and country is not None:
                found.setdefault(country, row["statement_id"])
    return list(found.items())


def classes_of(statements: Sequence[Row]) -> list[int]:
    """Classes an entity is in: its P31 values, then its P279 values (a dish is often a class itself)."""
    return [
        row["qid"]
        for prop in (INSTANCE_OF, SUBCLASS_OF)
        for row in statements
        if row["property"] == prop and row["best"] and row["qid"] is not None
    ]


def concept(entity: Row, selection: Selection, tree: ClassTree, labels: LabelIndex) -> Row | str:
    """The concept that an entity becomes, or the reason why it is not selected."""
    countries = countries_of(entity["statements"], selection)
    if not countries:
        return "other_country"
    placed = tree.place(classes_of(entity["statements"]))
    if placed is None:
        return "not_cultural"
    domain, path = placed
    if domain not in selection.domains:
        return "other_domain"
    return {
        "qid": entity["qid"],
        "revision": entity["revision"],
        "dump_date": entity["dump_date"],
        "num_sitelinks": entity["num_sitelinks"],
        "country": countries[0][0],
        "countries": [key for key, _ in countries],
        "country_statement": countries[0][1],
        "domain": domain,
        "class_path": path,
        "labels": labels.of(entity["qid"]),
        "statements": [
            {**row, "value_labels": [] if row["qid"] is None else labels.of(row["qid"])} for row in entity["statements"]
        ],
    }


class SelectStage(Stage):
    """Its partitions are runs of candidate entities; the class tree and the labels are shared."""

    name = "select"
    version = 1
    tables = ("concepts",)
    after = ("extract",)

    def __init__(self, config: Select, extract: Extract) -> None:
        self.config = config
        self.country_properties = extract.country_properties
        self.max_quarantined = config.max_quarantined

    def deciding(self) -> dict[str, Any]:
        return {
            **self.config.deciding(),
            "country_properties": list(self.country_properties),
            "country_items": [vocabulary.countries()[key].qid for key in self.config.countries],
            "classes": {key: list(roots) for key, roots in vocabulary.domains().items()},
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return inputs["extract"].row_partitions("entities", self.config.rows_per_partition, self.config.limit)

    def shared(self, inputs: Inputs) -> tuple[ClassTree, LabelIndex]:
        extract = inputs["extract"]
        edges = extract.read("edges")
        is_class_edge = pc.and_(
            pc.equal(edges.column("property"), SUBCLASS_OF), pc.not_equal(edges.column("rank"), "deprecated")
        )
        edges = edges.filter(is_class_edge)
        tree = class_tree(
            edges.column("subject").to_numpy(),
            edges.column("object").to_numpy(),
            vocabulary.domains(),
            self.config.max_class_depth,
        )
        return tree, load_labels(extract, referenced_items(extract))

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        tree, labels = shared
        known = vocabulary.countries()
        selection = Selection(
            {known[key].qid: key for key in self.config.countries},
            self.country_properties,
            frozenset(self.config.domains),
        )
        entities = inputs["extract"].read_rows(partition).to_pylist()
        kept = entities[: partition.payload.get("keep", len(entities))]
        not_selected = {"limit": len(entities) - len(kept)} if len(kept) < len(entities) else {}
        quarantine = Quarantine()
        rows: list[Row] = []
        for entity in kept:
            found = concept(entity, selection, tree, labels)
            if isinstance(found, str):
                not_selected[found] = not_selected.get(found, 0) + 1
            elif not found["labels"]:
                quarantine.add(f"Q{entity['qid']}", "no_label", "has no label in any of the languages")
            else:
                rows.append(found)
        counts = Counts(
            "entities", len(entities), len(rows), dict(sorted(not_selected.items())), quarantine.by_reason()
        )
        return Outcome({"concepts": pa.Table.from_pylist(rows, schema=CONCEPTS)}, counts, quarantine.rows)
