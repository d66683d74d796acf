"""Stage `select`: candidate entities to cultural concepts, with the labels of everything they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.commit import Counts
from pipeline.config import Extract, Select
from pipeline.schema import CONCEPTS
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage
from pipeline.tables import read_table
from pipeline.wikidata.choice import lists
from pipeline.wikidata.choice.countries import CountryRules
from pipeline.wikidata.choice.grounds import CultureRules
from pipeline.wikidata.choice.popularity import num_own_labels, popularity
from pipeline.wikidata.choice.rules import country_rules, culture_rules
from pipeline.wikidata.labels import LabelIndex, load_labels, referenced_items

Row = dict[str, Any]


@dataclass(frozen=True)
class Selection:
    """What makes a candidate a concept."""

    config: Select
    countries: CountryRules
    culture: CultureRules
    labels: LabelIndex

    def concept(self, entity: Row) -> Row | str:
        """The concept that an entity becomes, or the reason why it is not selected."""
        ties = self.countries.ties(entity["statements"])
        if not ties:
            return "other_country"
        grounds = self.culture.grounds(entity["statements"])
        if grounds is None:
            return "not_cultural"
        if grounds.domain not in self.config.domains:
            return "other_domain"
        tie = ties[0]
        labels = self.labels.of(entity["qid"])
        known = popularity(entity["num_sitelinks"], self.config.head_sitelinks, self.config.torso_sitelinks)
        return {
            "qid": entity["qid"],
            "revision": entity["revision"],
            "dump_date": entity["dump_date"],
            "num_sitelinks": entity["num_sitelinks"],
            "country": tie.country,
            "countries": [each.country for each in ties],
            "country_statement": tie.statement_id,
            "country_property": tie.property,
            "country_path": tie.path,
            "domain": grounds.domain,
            "class_statement": grounds.statement_id,
            "class_property": grounds.property,
            "class_path": grounds.path,
            "num_own_labels": num_own_labels(tie.country, {label["language"] for label in labels}),
            "popularity": known,
            "labels": labels,
            "statements": [
                {**row, "value_labels": [] if row["qid"] is None else self.labels.of(row["qid"])}
                for row in entity["statements"]
            ],
        }


class SelectStage(Stage):
    """Its partitions are runs of candidate entities; the class tree, the places and the labels are shared."""

    name = "select"
    version = 2
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
            "lists": dict(lists.digests()),
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return inputs["extract"].row_partitions("entities", self.config.rows_per_partition, self.config.limit)

    def shared(self, inputs: Inputs) -> Selection:
        extract = inputs["extract"]

        def edges() -> Iterator[pa.Table]:
            return (read_table(extract.directory, file.path) for file in extract.files("edges"))

        return Selection(
            self.config,
            country_rules(edges, self.config.countries, self.country_properties, self.config.max_place_depth),
            culture_rules(edges, self.config.max_class_depth),
            load_labels(extract, referenced_items(extract)),
        )

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        selection: Selection = shared
        entities = inputs["extract"].read_rows(partition).to_pylist()
        kept = entities[: partition.payload.get("keep", len(entities))]
        not_selected = {"limit": len(entities) - len(kept)} if len(kept) < len(entities) else {}
        quarantine = Quarantine()
        rows: list[Row] = []
        for entity in kept:
            found = selection.concept(entity)
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
