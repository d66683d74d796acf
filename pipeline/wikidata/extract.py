"""Stage `extract`: the dump to candidate entities, labels of every item, and edges of the class and place trees."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
import pyarrow as pa

from pipeline import vocabulary
from pipeline.commit import Counts
from pipeline.config import Extract
from pipeline.schema import TABLES
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage
from pipeline.storage import open_object
from pipeline.wikidata import entity
from pipeline.wikidata.decode import DumpEntity, decode
from pipeline.wikidata.ranges import Range, lines
from pipeline.wikidata.reader import input_tag, plan


class ExtractStage(Stage):
    """Its partitions are compressed ranges of the dump; a row in is a line."""

    name = "extract"
    version = 1
    tables = ("entities", "labels", "edges")

    def __init__(self, config: Extract) -> None:
        self.config = config
        self.max_quarantined = config.max_quarantined

    def deciding(self) -> dict[str, Any]:
        return {
            **self.config.deciding(),
            "dump": [input_tag(uri) for uri in self.config.dump],
            "label_languages": sorted(vocabulary.label_languages()),
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        ranges = [part for uri in self.config.dump for part in plan(uri, int(self.config.range_mb * 1e6))]
        parts = [Partition(f"{number:06d}", asdict(part)) for number, part in enumerate(ranges)]
        return parts[: self.config.max_partitions]

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        part = Range(**partition.payload)
        storage, path = open_object(part.uri)
        rows: dict[str, list[entity.Row]] = {name: [] for name in self.tables}
        not_selected: dict[str, int] = {}
        quarantine = Quarantine()
        num_lines = num_anonymous = 0
        for num_lines, line in enumerate(lines(storage, path, part), start=1):
            try:
                found = decode(line)
                reason = self._add(found, rows)
                num_anonymous += entity.num_anonymous(found)
            except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
                key = f"{part.uri} line {num_lines} after byte {part.start}"
                is_json = not isinstance(error, msgspec.DecodeError | UnicodeDecodeError) or _is_json(line)
                quarantine.add(key, "not_an_entity" if is_json else "not_json", str(error), line)
                continue
            if reason is not None:
                not_selected[reason] = not_selected.get(reason, 0) + 1
        counts = Counts(
            "lines",
            num_lines,
            len(rows["entities"]),
            dict(sorted(not_selected.items())),
            quarantine.by_reason(),
            {"statements_without_id": num_anonymous} if num_anonymous else {},
        )
        tables = {name: pa.Table.from_pylist(rows[name], schema=TABLES[name]) for name in self.tables}
        return Outcome(tables, counts, quarantine.rows)

    def _add(self, found: DumpEntity, rows: dict[str, list[entity.Row]]) -> str | None:
        """Add the rows of one entity; the reason why it is no candidate, if it is none."""
        if found.type != "item" or not found.id.startswith("Q"):
            return "not_an_item"
        statements = entity.statements(found)
        new_labels = entity.labels(found, vocabulary.label_languages())
        new_edges = entity.edges(found, statements, self.config.edge_properties)
        reason = entity.candidate_reason(statements, self.config.picture_properties, self.config.country_properties)
        if reason is None:
            rows["entities"].append(
                {
                    "qid": entity.number(found.id),
                    "revision": found.lastrevid,
                    "modified": found.modified,
                    "dump_date": self.config.dump_date,
                    "num_sitelinks": len(found.sitelinks),
                    "statements": statements,
                }
            )
        rows["labels"] += new_labels
        rows["edges"] += new_edges
        return reason


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
