"""Which real entities the rules call cultural, and of which country, against real entities that were judged one by one.

Measured on the third of 600 that was held out before any rule was written, and on the fresh ones, judged before the
rules were run on any; with PART=seen in the environment on the other two thirds, for work on the rules. Every miss is
named. The ratios are precision and recall themselves; what can be reached is shown by another judge, who saw the
held-out third and the definition alone. Needs ../shared/data beside the checkout.
"""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.claims import Claim, claim, main
from pipeline import vocabulary
from pipeline.wikidata.choice.countries import CountryRules
from pipeline.wikidata.choice.grounds import CultureRules
from pipeline.wikidata.choice.rules import country_rules, culture_rules
from pipeline.wikidata.columns import EntityColumns
from pipeline.wikidata.decode import decode
from pipeline.wikidata.dump.lines import entity_lines, range_blocks
from pipeline.wikidata.dump.ranges import Damage
from pipeline.wikidata.dump.source import open_source
from pipeline.wikidata.extract import Extraction
from pipeline.wikidata.reader import plan
from pipeline.wikidata.settings import Extract
from tests.kit.real_input import ABSENT, DUMPS, SHARED

PARTS = os.environ.get("PART", "held_out,fresh").split(",")
JUDGED = Path(__file__).parent / "judged"
TABLES = ("cultural.tsv", "fresh.tsv")
ANOTHER = "another.tsv"
# As the definition of the selection asks.
BAR = 0.95
MAX_CLASS_DEPTH, MAX_PLACE_DEPTH = 12, 10


@dataclass(frozen=True)
class Judged:
    """A judged entity, and what the rules say of it."""

    row: Mapping[str, str]
    domain: str | None
    path: Sequence[int]
    country: str | None

    @property
    def is_cultural(self) -> bool:
        return self.row["cultural"] == "true"


def measure(_: bool) -> Sequence[Claim]:
    """Precision and recall of each part, and the misses by name."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    judged = decisions()
    return [made for part in PARTS for made in _measure_part(part, [one for one in judged if one.row["part"] == part])]


def _measure_part(part: str, judged: Sequence[Judged]) -> list[Claim]:
    print(f"{part}: {len(judged)} entities")
    for one in judged:
        if one.is_cultural != (one.domain is not None):
            _print_miss(one)
    _print_table("domain", ((one.row["domain"] if one.is_cultural else one.domain, one) for one in judged))
    _print_table("country", ((one.row["country"], one) for one in judged))
    names = {country.name: key for key, country in vocabulary.countries().items()}
    of_the_42 = [one for one in judged if one.is_cultural and one.row["country"] in names]
    tied = [one for one in of_the_42 if one.country is not None]
    correct = sum(one.country == names[one.row["country"]] for one in tied)
    sure = [one for one in judged if one.row["certainty"] == "sure"]
    return [
        *_precision_and_recall(judged, f"{part}, all"),
        *_another_judge(judged, part),
        *_precision_and_recall(sure, f"{part}, those on which the judges were sure"),
        claim(f"countries right, of those found, {part}", correct, len(tied), "entities", BAR),
        # No bar was set: the statements of many entities tie them to no country.
        claim(f"countries found, {part}", len(tied), len(of_the_42), "entities", 0.0),
    ]


def _precision_and_recall(judged: Sequence[Judged], which: str) -> list[Claim]:
    right = sum(one.is_cultural and one.domain is not None for one in judged)
    chosen = sum(one.domain is not None for one in judged)
    cultural = sum(one.is_cultural for one in judged)
    return [
        claim(f"precision, {which}", right, chosen, "entities", BAR),
        claim(f"recall, {which}", right, cultural, "entities", BAR),
    ]


def _another_judge(judged: Sequence[Judged], part: str) -> list[Claim]:
    """What somebody reaches who judges the same entities by the same definition: nothing to be reached by the rules."""
    said = {row["qid"]: row["cultural"] == "true" for row in _rows(JUDGED / ANOTHER)}
    if not all(one.row["qid"] in said for one in judged):
        return []
    right = sum(one.is_cultural and said[one.row["qid"]] for one in judged)
    chosen = sum(said[one.row["qid"]] for one in judged)
    return [
        claim(f"precision of another judge, {part}, all", right, chosen, "entities", 0.0),
        claim(f"recall of another judge, {part}, all", right, sum(one.is_cultural for one in judged), "entities", 0.0),
    ]


def decisions() -> list[Judged]:
    """All judged entities with what the rules say, from the file of real entities and its own edges alone."""
    rules, countries, statements = _read()
    found = []
    for row in (row for table in TABLES for row in _rows(JUDGED / table)):
        qid = int(row["qid"])
        grounds, ties = rules.grounds(qid, statements[qid]), countries.ties(statements[qid])
        domain, path = (None, []) if grounds is None else (grounds.domain, grounds.path)
        found.append(Judged(row, domain, path, ties[0].country if ties else None))
    return found


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _read() -> tuple[CultureRules, CountryRules, dict[int, list[dict[str, object]]]]:
    config = Extract(dump=(str(DUMPS["gz"]),), dump_date="2026-01-01")
    extraction, entities = Extraction(config), EntityColumns("2026-01-01")
    for part in plan(str(DUMPS["gz"]), 1 << 40):
        for block in range_blocks(open_source(part.uri).read, part):
            if isinstance(block, Damage):
                sys.exit(block.detail)
            for line in entity_lines(block):
                if extraction.add(line) != "not_an_item":
                    entities.add(decode(line))
    edges = extraction.outcome().tables["edges"]
    statements = {row["qid"]: row["statements"] for row in entities.table().to_pylist()}
    return (
        culture_rules(lambda: [edges], MAX_CLASS_DEPTH),
        country_rules(lambda: [edges], vocabulary.countries(), config.country_properties, MAX_PLACE_DEPTH),
        statements,
    )


def _print_miss(one: Judged) -> None:
    kind = "missed" if one.is_cultural else "wrongly chosen"
    path = " > ".join(f"Q{qid}" for qid in one.path)
    row = one.row
    print(f"  {kind:<15} Q{row['qid']} {row['label'][:50]} ({row['certainty']}; {row['reason'][:60]}) {path}")


def _print_table(what: str, keyed: Iterable[tuple[str | None, Judged]]) -> None:
    counts: dict[str, Counter[str]] = {}
    for key, one in keyed:
        if key and (one.is_cultural or one.domain is not None):
            outcome = "right" if one.is_cultural and one.domain else "missed" if one.is_cultural else "wrong"
            counts.setdefault(key, Counter())[outcome] += 1
    print(f"{what:<28} right  missed  wrongly chosen")
    for key, count in sorted(counts.items()):
        print(f"  {key:<26} {count['right']:>5}  {count['missed']:>6}  {count['wrong']:>14}")


if __name__ == "__main__":
    main(measure, __doc__)
