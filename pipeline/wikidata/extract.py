"""Stage `extract`: the dump to candidate entities, labels of every item, and edges of the class and place trees."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa

from pipeline import vocabulary
from pipeline.commit import Counts
from pipeline.errors import InputError
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage
from pipeline.wikidata.candidates import Candidates
from pipeline.wikidata.columns import EdgeColumns, EntityColumns, LabelColumns, in_nfc
from pipeline.wikidata.decode import decode, number
from pipeline.wikidata.dump.lines import entity_lines, range_blocks
from pipeline.wikidata.dump.ranges import Damage, Range, interleaved
from pipeline.wikidata.dump.source import open_source
from pipeline.wikidata.outline import OutlineReader, property_names
from pipeline.wikidata.reader import input_tag, plan
from pipeline.wikidata.scan.rows import ScannedRows
from pipeline.wikidata.scan.scan import CANDIDATE, LEFT
from pipeline.wikidata.settings import Extract

# Bytes of a file from which on it takes longer to decode its lines than to compile the scan, some ten seconds.
WORTH_COMPILING = 4_000_000
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError)


class ExtractStage(Stage):
    """Its partitions are compressed ranges of the dump; a row in is a line, or a place where none could be read."""

    name = "extract"
    version = 2
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
        return interleaved(parts[: self.config.max_partitions])

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        extraction = Extraction(self.config)
        part = Range(**partition.payload)
        extraction.read(part)
        return replace(extraction.outcome(), log={"compressed_bytes": part.end - part.start})


class Extraction:
    """Lines on their way into tables: most by a compiled scan, those that it leaves by decoding them.

    Attributes:
        entities: the candidates.
        num_lines: how many lines there were.
    """

    def __init__(self, config: Extract) -> None:
        self.config = config
        self.entities = EntityColumns(config.dump_date)
        languages = sorted(vocabulary.label_languages())
        self._labels = LabelColumns(languages)
        pictures, countries = (
            tuple(property_names(numbers)) for numbers in (config.picture_properties, config.country_properties)
        )
        edges = property_names(config.edge_properties)
        self._edges = EdgeColumns(edges)
        self._new_scan = partial(
            ScannedRows, languages, tuple(edges.values()), config.picture_properties, config.country_properties
        )
        self._scanned: ScannedRows | None = None
        self._outlines = OutlineReader(edges, pictures, countries, languages)
        self._candidates = Candidates(pictures, countries)
        self._not_selected: Counter[str] = Counter()
        self._quarantine = Quarantine()
        self.num_lines = 0

    def read(self, part: Range) -> None:
        """Add all lines of a range; those that cannot be read are set aside.

        Raises:
            InputError: the file was cut off in the range, and `extract.on_truncated` does not say to keep it.
        """
        for block in range_blocks(open_source(part.uri).read, part):
            if isinstance(block, Damage):
                self._note(block, part)
                continue
            self.add_block(block, part)

    def add_block(self, block: bytes, part: Range) -> None:
        """Add all lines of a block, which is part of a range; those that cannot be read are set aside."""
        if part.size < WORTH_COMPILING:
            for line in entity_lines(block):
                self.num_lines += 1
                self._add_or_set_aside(line, part)
            return
        if self._scanned is None:
            self._scanned = self._new_scan()
        for stop in self._scanned.add(block):
            self.num_lines += stop.num_lines
            self._not_selected["no_picture"] += stop.num_no_picture
            self._not_selected["no_country"] += stop.num_no_country
            if stop.verdict == LEFT:
                self._add_or_set_aside(block[stop.start : stop.end], part)
            elif stop.verdict == CANDIDATE:
                try:
                    self.entities.add(decode(block, stop.start, stop.end))
                except _UNREADABLE as error:
                    # A line is used or set aside, never half of it.
                    self._scanned.take_back()
                    self._set_aside(block[stop.start : stop.end], error, part)

    def _add_or_set_aside(self, line: bytes, part: Range) -> None:
        try:
            reason = self.add(line)
        except _UNREADABLE as error:
            self._set_aside(line, error, part)
        else:
            if reason is not None:
                self._not_selected[reason] += 1

    def outcome(self) -> Outcome:
        """The tables, and where each line went."""
        counts = Counts(
            "lines",
            self.num_lines,
            len(self.entities),
            {reason: number for reason, number in sorted(self._not_selected.items()) if number},
            self._quarantine.by_reason(),
            {"statements_without_id": self.entities.num_anonymous} if self.entities.num_anonymous else {},
        )
        scans = [] if self._scanned is None else [self._scanned]
        tables = {
            "entities": self.entities.table(),
            "labels": in_nfc(pa.concat_tables([*(scan.labels() for scan in scans), self._labels.table()])),
            "edges": pa.concat_tables([*(scan.edges() for scan in scans), self._edges.table()]),
        }
        return Outcome(tables, counts, self._quarantine.rows)

    def add(self, line: bytes) -> str | None:
        """Add what is kept of a line, decoding it; the reason why it is no candidate, if it is none.

        Raises:
            msgspec.DecodeError: not JSON, or not an entity; nothing has been added then.
            KeyError, TypeError, ValueError: likewise, of a value in it.
        """
        outline = self._outlines.read(line, 0, len(line))
        if outline.type != "item" or not outline.id.startswith("Q"):
            return "not_an_item"
        qid = number(outline.id)
        reason = self._candidates.reason_against(outline)
        # What can still fail comes first.
        if reason is None:
            self.entities.add(decode(line))
        self._edges.add(qid, outline)
        self._labels.add(qid, outline)
        return reason

    def _set_aside(self, line: bytes, error: Exception, part: Range) -> None:
        key = f"{part.uri} line {self.num_lines} after byte {part.start}"
        is_json = not isinstance(error, msgspec.DecodeError | UnicodeDecodeError) or _is_json(line)
        self._quarantine.add(key, "not_an_entity" if is_json else "not_json", str(error), line)

    def _note(self, damage: Damage, part: Range) -> None:
        if damage.cut_off and self.config.on_truncated == "stop":
            raise InputError(
                f"{part.uri}: {damage.detail}: it was cut off at byte {damage.offset}; download it again, or set "
                "extract.on_truncated=keep to go on with what is there"
            )
        self.num_lines += 1
        if damage.cut_off:
            # What was chosen is no fault that should stop the stage.
            self._not_selected["cut_off"] += 1
        else:
            self._quarantine.add(f"{part.uri} byte {damage.offset}", "damaged", damage.detail)


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
