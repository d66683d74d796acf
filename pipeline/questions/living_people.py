"""What is not asked of people who may be alive: their belief, origin, health, opinions and the like.

Wikidata states such things of living people, some of them wrongly, and a model that has learned them says them to
everyone. A human without a date of death counts as alive, however long ago they were born.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "sensitive_properties.tsv"
INSTANCE_OF, DATE_OF_DEATH, HUMAN = 31, 570, 5
# Properties that tell whether somebody may be alive.
DECIDING = frozenset({INSTANCE_OF, DATE_OF_DEATH})
_NOTHING: frozenset[int] = frozenset()


@cache
def sensitive_properties() -> Mapping[int, str]:
    """P-number -> why it is nobody's to ask."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {int(row["property"]): row["why"] for row in rows}


@cache
def digest() -> str:
    """SHA-256 of the list: it decides what is asked."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()


def may_be_alive(statements: Iterable[Mapping[str, Any]]) -> bool:
    """Whether these are the statements of a human of whom no death is stated.

    That somebody died on an unknown date (somevalue) is a death; a deprecated date is none, nor is novalue. A human by
    any statement that is not deprecated counts: of two classes one may be preferred.

    Args:
        statements: of a row of `concepts` or `entities`.
    """
    is_human = is_dead = False
    for row in statements:
        if row["rank"] == "deprecated":
            continue
        if row["property"] == INSTANCE_OF and row["qid"] == HUMAN:
            is_human = True
        elif row["property"] == DATE_OF_DEATH and row["snaktype"] != "novalue":
            is_dead = True
    return is_human and not is_dead


def withheld(statements: Iterable[Mapping[str, Any]], properties: Iterable[int]) -> frozenset[int]:
    """Those of the properties that must not become a question or an answer about the entity with these statements."""
    sensitive = sensitive_properties().keys() & properties
    return frozenset(sensitive) if sensitive and may_be_alive(statements) else _NOTHING
