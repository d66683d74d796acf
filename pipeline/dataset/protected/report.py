"""What was left out for the sake of benchmarks: by list and reason, with examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

import xxhash

from pipeline.dataset.protected.keys import Protected
from pipeline.dataset.protected.overlap import Overlap

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


def tally(found: Mapping[int, Overlap], groups: Iterable[Mapping[str, Any]]) -> Tallies:
    """Count what `overlaps` found in the rows of a partition."""
    counted: dict[tuple[str, str], list[list[Example]]] = {}
    for group in groups:
        here: dict[tuple[str, str], list[Example]] = {}
        for item in group["items"]:
            overlap = found.get(item["qa_id"])
            if overlap is not None:
                here.setdefault((overlap.list, overlap.by), []).append(_example(group["qid"], item, overlap))
        for key, examples in here.items():
            counted.setdefault(key, []).append(examples)
    return {
        key: Tally(sum(map(len, rows)), len(rows), _first(each for row in rows for each in row))
        for key, rows in counted.items()
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


def _example(qid: int, item: Mapping[str, Any], overlap: Overlap) -> Example:
    order = xxhash.xxh3_64_intdigest(f"overlap|{item['qa_id']}".encode())
    return Example(order, item["qa_id"], qid, item["language"], item["question"], overlap.evidence)


def _first(examples: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(nsmallest(EXAMPLES, examples, key=lambda each: (each.order, each.qa_id)))


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
