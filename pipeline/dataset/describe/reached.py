"""What a balance aimed at beside what the data set holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.dataset.describe.sums import Sums
from pipeline.stage import StageOutput

# Axis of a balance -> what is counted by it and by kind.
_COUNTED = {"country": "country kind", "language": "language", "domain": "domain", "family": "family"}
# A group below this share of its target is named.
SHORT = 0.9


def reached(
    questions: StageOutput, sums: Sums, by_popularity: Mapping[str, Mapping[str, int]]
) -> dict[str, Any] | None:
    """Kind -> target and reached, and axis -> name -> possible, target and reached; None where no balance was asked.

    Args:
        questions: the complete stage, which says what was aimed at.
        sums: of the shards.
        by_popularity: head, torso and tail -> kind -> samples.
    """
    path = "documents/balance.json"
    if path not in {document.path for document in questions.manifest.documents}:
        return None
    asked = json.loads(questions.directory.read(path))
    totals = sums.by_second("language")
    found = {"popularity": by_popularity, **{axis: sums.crossed(counted) for axis, counted in _COUNTED.items()}}
    kinds = {
        kind: {
            "possible": wanted["possible"],
            "target": wanted["target"],
            "reached": totals.get(kind, 0),
            "by": {axis: _axis(names, found[axis], kind) for axis, names in wanted["by"].items()},
        }
        for kind, wanted in asked["kinds"].items()
    }
    return {**asked, "kinds": kinds}


def _axis(
    names: Mapping[str, Mapping[str, int]], found: Mapping[str, Mapping[str, int]], kind: str
) -> dict[str, dict[str, int]]:
    return {name: {**numbers, "reached": found.get(name, {}).get(kind, 0)} for name, numbers in sorted(names.items())}


def short_groups(balance: Mapping[str, Any], axis: str) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    """Kind, name and numbers of the groups of an axis that miss their target by a tenth or more, the worst first."""
    for kind, found in balance["kinds"].items():
        missed = [
            (numbers["reached"] / numbers["target"], name, numbers)
            for name, numbers in found["by"].get(axis, {}).items()
            if numbers["target"] and numbers["reached"] < SHORT * numbers["target"]
        ]
        yield from ((kind, name, numbers) for _, name, numbers in sorted(missed, key=lambda each: each[:2]))
