"""Stage `select`: candidate entities to cultural concepts, with the labels of everything they refer to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import vocabulary
from pipeline.commit import Counts
from pipeline.schema import CONCEPTS, LABELLED_STATEMENT, STATEMENT
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage
from pipeline.storage import Storage
from pipeline.tables import read_table
from pipeline.wikidata.choice import lists
from pipeline.wikidata.choice.countries import CountryRules, Tie
from pipeline.wikidata.choice.grounds import DECIDING_PROPERTIES, CultureRules, Grounds, Statements
from pipeline.wikidata.choice.popularity import num_own_labels, popularity
from pipeline.wikidata.choice.rules import country_rules, culture_rules
from pipeline.wikidata.label_loading import load_labels
from pipeline.wikidata.labels import Labels
from pipeline.wikidata.settings import Extract, Select

# Of a statement, what the rules look at.
_LOOKED_AT = ("property", "qid", "best", "statement_id")
# Columns of an entity that its concept has too.
_KEPT = ("qid", "revision", "dump_date", "num_sitelinks")


@dataclass(frozen=True)
class Choice:
    """Why an entity is a concept: what ties it to countries, the most trusted first, and what makes it cultural."""

    ties: Sequence[Tie]
    grounds: Grounds


@dataclass(frozen=True)
class Selection:
    """What makes a candidate a concept."""

    config: Select
    countries: CountryRules
    culture: CultureRules
    labels: Labels

    def choice(self, qid: int, statements: Statements) -> Choice | str:
        """Why an entity with these statements is selected, or the reason why it is not."""
        ties = self.countries.ties(statements)
        if not ties:
            return "other_country"
        grounds = self.culture.grounds(qid, statements)
        if grounds is None:
            return "not_cultural"
        if grounds.domain not in self.config.domains:
            return "other_domain"
        return Choice(ties, grounds)

    def choices(self, entities: pa.Table) -> list[Choice | str]:
        """The same for each row of `schema.ENTITIES`."""
        properties = pa.array([*self.countries.properties, *DECIDING_PROPERTIES], pa.int32())
        nested = entities.column("statements").combine_chunks()
        rows = pc.list_flatten(nested)
        is_looked_at = pc.is_in(pc.struct_field(rows, "property"), value_set=properties)
        columns = [pc.struct_field(rows, name).filter(is_looked_at).to_pylist() for name in _LOOKED_AT]
        statements: list[list[dict[str, Any]]] = [[] for _ in range(len(entities))]
        owners = pc.list_parent_indices(nested).filter(is_looked_at).to_pylist()
        for owner, *values in zip(owners, *columns, strict=True):
            statements[owner].append(dict(zip(_LOOKED_AT, values, strict=True)))
        return [self.choice(*own) for own in zip(entities.column("qid").to_pylist(), statements, strict=True)]

    def concepts(self, entities: pa.Table, choices: Sequence[Choice]) -> pa.Table:
        """Rows of `schema.CONCEPTS`, one for each entity and the choice of it."""
        labels = self.labels.of(entities.column("qid").to_numpy())
        languages = pc.struct_field(labels.values, "language").to_pylist()
        offsets = labels.offsets.to_pylist()
        firsts = [choice.ties[0] for choice in choices]
        bounds = (self.config.head_sitelinks, self.config.torso_sitelinks)
        columns: dict[str, Any] = {
            **{name: entities.column(name) for name in _KEPT},
            "country": [tie.country for tie in firsts],
            "countries": [[tie.country for tie in choice.ties] for choice in choices],
            "country_statement": [tie.statement_id for tie in firsts],
            "country_property": [tie.property for tie in firsts],
            "country_path": [tie.path for tie in firsts],
            "domain": [choice.grounds.domain for choice in choices],
            "class_statement": [choice.grounds.statement_id for choice in choices],
            "class_property": [choice.grounds.property for choice in choices],
            "class_path": [choice.grounds.path for choice in choices],
            "num_own_labels": [
                num_own_labels(tie.country, set(languages[start:end]))
                for tie, start, end in zip(firsts, offsets, offsets[1:], strict=False)
            ],
            "popularity": [popularity(num, *bounds) for num in entities.column("num_sitelinks").to_pylist()],
            "labels": labels,
            "statements": self._labelled(entities.column("statements")),
        }
        return pa.table([columns[name] for name in CONCEPTS.names], schema=CONCEPTS)

    def _labelled(self, statements: pa.ChunkedArray) -> pa.ListArray:
        """The same statements, each with the labels of the item that it points to."""
        nested = statements.combine_chunks()
        rows = pc.list_flatten(nested)
        # No item has the number 0.
        labels = self.labels.of(pc.fill_null(pc.struct_field(rows, "qid"), 0).to_numpy())
        columns = [*(pc.struct_field(rows, field.name) for field in STATEMENT), labels]
        offsets = np.concatenate(([0], np.cumsum(pc.list_value_length(nested).to_numpy())))
        labelled = pa.StructArray.from_arrays(columns, fields=list(LABELLED_STATEMENT))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), labelled, type=pa.list_(LABELLED_STATEMENT))


class SelectStage(Stage):
    """Its partitions are runs of candidate entities; the class tree, the places and the labels are shared."""

    name = "select"
    version = 3
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
            "precedence": list(vocabulary.domains()),
            "country_items": [[one.qid, *one.languages] for one in vocabulary.countries().values()],
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return inputs["extract"].row_partitions("entities", self.config.rows_per_partition, self.config.limit)

    def shared(self, inputs: Inputs, directory: Storage) -> Selection:
        extract = inputs["extract"]

        def edges() -> Iterator[pa.Table]:
            return (read_table(extract.directory, file.path) for file in extract.files("edges"))

        return Selection(
            self.config,
            country_rules(edges, self.config.countries, self.country_properties, self.config.max_place_depth),
            culture_rules(edges, self.config.max_class_depth),
            load_labels(extract, self.config.label_memory_mb * 1e6, directory),
        )

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        selection: Selection = shared
        entities = inputs["extract"].read_rows(partition)
        kept = entities.slice(0, partition.payload.get("keep", len(entities)))
        choices = selection.choices(kept)
        not_selected = Counter(choice for choice in choices if isinstance(choice, str))
        if len(kept) < len(entities):
            not_selected["limit"] = len(entities) - len(kept)
        is_chosen = pa.array([isinstance(choice, Choice) for choice in choices], pa.bool_())
        concepts = selection.concepts(
            kept.filter(is_chosen), [choice for choice in choices if isinstance(choice, Choice)]
        )
        has_label = pc.greater(pc.list_value_length(concepts.column("labels")), 0)
        quarantine = Quarantine()
        for qid in concepts.filter(pc.invert(has_label)).column("qid").to_pylist():
            quarantine.add(f"Q{qid}", "no_label", "has no label in any of the languages")
        concepts = concepts.filter(has_label)
        counts = Counts(
            "entities", len(entities), len(concepts), dict(sorted(not_selected.items())), quarantine.by_reason()
        )
        return Outcome({"concepts": concepts}, counts, quarantine.rows)
