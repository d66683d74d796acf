"""What was left out for the sake of benchmarks: by list and reason, with examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

import xxhash

from pipeline.dataset.protected.keys import Protected
from pipeline.dataset.protected.overlap import PREFIX

EXAMPLES = 5
_MEANS = {"qid": "entity", "picture": "picture", "question": "question"}


@dataclass(frozen=True)
class Example:
    """One item that was left out."""

    order: int
    qa_id: int
    qid: int
    language: str
    question: str
    evidence: str


@dataclass(frozen=True)
class Tally:
    """Items and rows of pictures that a list took for one reason, and the examples of lowest hash."""

    items: int
    pictures: int
    examples: tuple[Example, ...]


Tallies = Mapping[tuple[str, str], Tally]  # (list, by)


def tally(rows: Iterable[Mapping[str, Any]]) -> Tallies:
    """Count rows of `schema.LEFT_OUT`, those of one partition or a part of it; other reasons are passed over.

    Rows of one picture are counted as one picture where they are in one call.
    """
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["reason"].startswith(PREFIX):
            by, _, name = row["reason"].removeprefix(PREFIX).partition(":")
            found.setdefault((name, by), []).append(row)
    return {
        key: Tally(len(each), len({(row["qid"], row["sha256"]) for row in each}), _first(map(_example, each)))
        for key, each in found.items()
    }


def merge(tallies: Iterable[Tallies]) -> Tallies:
    """Those of all partitions, in any order."""
    merged: dict[tuple[str, str], Tally] = {}
    for each in tallies:
        for key, one in each.items():
            other = merged.get(key, Tally(0, 0, ()))
            examples = _first((*one.examples, *other.examples))
            merged[key] = Tally(one.items + other.items, one.pictures + other.pictures, examples)
    return merged


def overlap_report(tallies: Tallies, protected: Sequence[Protected]) -> str:
    """A page of Markdown: every list, also those of which nothing was found."""
    lines = [
        "# Overlaps with protected lists", "",
        "| list | rows | entities | pictures | questions | items left out by entity | by picture | by question |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for each in protected:
        counts = [each.num_rows, len(each.qids), len(each.phashes), len(each.questions)]
        counts += [tallies[each.name, by].items if (each.name, by) in tallies else 0 for by in _MEANS]
        lines.append(f"| {_cell(each.name)} | {' | '.join(f'{count:,}' for count in counts)} |")
    for (name, by), one in sorted(tallies.items()):
        lines += [
            "", f"## {name}, the same {_MEANS[by]}: {one.items:,} items of {one.pictures:,} pictures", "",
            "| entity | language | question | found |", "| --- | --- | --- | --- |",
        ]  # fmt: skip
        lines += [
            f"| Q{each.qid} | {each.language} | {_cell(each.question)} | {_cell(each.evidence)} |"
            for each in one.examples
        ]
    return "\n".join(lines) + "\n"


def _example(row: Mapping[str, Any]) -> Example:
    order = xxhash.xxh3_64_intdigest(f"overlap|{row['qa_id']}".encode())
    return Example(order, *(row[name] for name in ("qa_id", "qid", "language", "question", "evidence")))


def _first(examples: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(nsmallest(EXAMPLES, examples, key=lambda each: (each.order, each.qa_id)))


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
