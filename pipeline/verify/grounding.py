"""Every sample against the dump: its statements are there, of its entity, with the rank, date and value that it says.

First the shards are asked which statements they name, then `entities` what these say; 36 bytes a statement are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.questions.subject import family_of
from pipeline.questions.templates import shipped_catalogue
from pipeline.stage import StageOutput
from pipeline.verify.ids import Ids, column, groups_of, keys, place_in
from pipeline.verify.shards import Row, RowCheck

RANKS = ("deprecated", "normal", "preferred")
_IDS = "items.list.element.statement_ids"
_STATEMENT = "statements.list.element"
_READ = ("statement_id", "property", "rank", "qid")


class Fact(NamedTuple):
    """What `entities` says of a statement; `value` is the item that it points to, or 0."""

    entity: int
    property: int
    rank: str
    value: int
    dump_date: str


@dataclass(frozen=True)
class Facts:
    """Statements that samples name, sorted by `key` of their GUID; all arrays have shape (n,).

    Attributes:
        found: whether `entities` has it.
        rank: index into RANKS.
        date: index into dates.
    """

    guids: Ids
    found: npt.NDArray[np.bool_]
    entity: Ids
    property: Ids
    value: Ids
    rank: npt.NDArray[np.int8]
    date: npt.NDArray[np.int16]
    dates: list[str]

    def of(self, guids: list[str]) -> list[Fact | None]:
        """What is known of each."""
        at, there = place_in(self.guids, keys(guids))
        return [
            Fact(
                int(self.entity[each]), int(self.property[each]), RANKS[self.rank[each]], int(self.value[each]),
                self.dates[self.date[each]],
            )
            if known and self.found[each] else None
            for each, known in zip(at.tolist(), there.tolist(), strict=True)
        ]  # fmt: skip


def claimed_facts(extract: StageOutput, select: StageOutput, assemble: StageOutput) -> Facts:
    """What `entities` says of the statements that the shards name, as far as they are of concepts."""
    named = [np.empty(0, np.int64)]
    for group in groups_of(assemble, "shards", [_IDS]):
        lists = pc.struct_field(pc.list_flatten(group.column("items").combine_chunks()), "statement_ids")
        named.append(keys(pc.unique(pc.list_flatten(lists)).to_pylist()))
    guids = np.unique(np.concatenate(named))
    num = len(guids)
    entity, number, value = np.zeros((3, num), np.int64)
    ranks, dates = np.zeros(num, np.int8), np.zeros(num, np.int16)
    facts = Facts(guids, np.zeros(num, np.bool_), entity, number, value, ranks, dates, [])
    concepts = np.unique(column(select, "concepts", "qid"))
    columns = ["qid", "dump_date", *(f"{_STATEMENT}.{name}" for name in _READ)]
    for group in groups_of(extract, "entities", columns):
        _fill(facts, group, concepts)
    return facts


def _fill(facts: Facts, entities: pa.Table, concepts: Ids) -> None:
    """Note what a row group of `entities` says of statements that are named."""
    _, is_concept = place_in(concepts, entities.column("qid").to_numpy())
    entities = entities.filter(pa.array(is_concept))
    lists = entities.column("statements").combine_chunks()
    statements, parents = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()
    at, there = place_in(facts.guids, keys(pc.struct_field(statements, "statement_id").to_pylist()))
    at, parents, statements = at[there], parents[there], statements.filter(pa.array(there))
    facts.found[at] = True
    facts.entity[at] = entities.column("qid").to_numpy()[parents]
    facts.property[at] = pc.struct_field(statements, "property").to_numpy()
    facts.value[at] = pc.fill_null(pc.struct_field(statements, "qid"), 0).to_numpy()
    facts.rank[at] = [RANKS.index(rank) for rank in pc.struct_field(statements, "rank").to_pylist()]
    dates = entities.column("dump_date").to_pylist()
    facts.dates.extend(sorted(set(dates) - set(facts.dates)))
    facts.date[at] = np.array([facts.dates.index(date) for date in dates], np.int16)[parents]


class Grounding(RowCheck):
    """Of items of the catalogue's families; of other items only that their statements are in the dump.

    Args:
        facts: of all statements that the shards name.
    """

    name = "answers rest on statements of their entity in the dump, of the rank and date that they say"

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self._facts = facts
        self._families = frozenset(family.name for family in shipped_catalogue().families)

    def look(self, row: Row, shard: str, number: int) -> None:
        # A statement is named in up to 39 languages.
        guids = sorted({guid for item in row["items"] for guid in item["statement_ids"]})
        known = dict(zip(guids, self._facts.of(guids), strict=True))
        for item in row["items"]:
            self.looked_at += 1
            for problem in self._problems(item, {guid: known[guid] for guid in item["statement_ids"]}):
                self.findings.add(f"sample {item['qa_id']}: {problem}")

    def _problems(self, item: Row, known: dict[str, Fact | None]) -> Iterator[str]:
        if not known:
            yield "rests on no statement"
            return
        missing = [guid for guid, fact in known.items() if fact is None]
        if missing:
            yield f"rests on {', '.join(missing)}, which entities does not have"
            return
        facts = {guid: fact for guid, fact in known.items() if fact is not None}
        for guid, fact in facts.items():
            if fact.dump_date != item["dump_date"]:
                yield f"is of the dump of {item['dump_date']}, {guid} of that of {fact.dump_date}"
        if family_of(item) not in self._families:
            return
        for guid, fact in facts.items():
            if fact.entity != item["qid"]:
                yield f"is about Q{item['qid']} and rests on {guid}, a statement of Q{fact.entity}"
        yield from _of_property(item, facts)


def _of_property(item: Row, facts: dict[str, Fact]) -> Iterator[str]:
    """What is wrong with the statements that it asks for; a family may tell another fact besides."""
    # What an entity is called is said by no statement: there the statement is that which names the picture.
    named = item["property"] == 0
    asked = {guid: fact for guid, fact in facts.items() if named or fact.property == item["property"]}
    if not asked:
        yield f"asks for P{item['property']} and rests on no statement of it"
        return
    for guid, fact in asked.items():
        if fact.rank != item["rank"]:
            yield f"says that {guid} has rank {item['rank']}, entities says {fact.rank}"
    values = {item["qid"]} if named else {fact.value for fact in asked.values()}
    if item["value_qid"] is not None and item["value_qid"] not in values:
        told = ", ".join(f"Q{value}" for value in sorted(values) if value) or "no item"
        yield f"answers with Q{item['value_qid']}, its statement says {told}"
