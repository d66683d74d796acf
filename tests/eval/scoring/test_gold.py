"""Replies made by hand, and what each rule must decide of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval.scoring.judged import paper_judged, strict_judged
from eval.tasks.task import Item, Score
from tests.eval.scoring.replies import item

GOLD = Path(__file__).parent / "gold"
JUDGES = (paper_judged, strict_judged)
AT_LEAST = 30
# Rules of one benchmark each, beside a family of 30 for the same kind of reply.
SMALL = {"exact", "ocr", "textvqa", "vqa"}
_OF_CASE = {"reply", "paper", "strict", "why"}


def gold() -> Iterator[Any]:
    for path in sorted(GOLD.glob("*.yaml")):
        family = yaml.safe_load(path.read_text(encoding="utf-8"))
        for number, case in enumerate(family["cases"], 1):
            told = {**family.get("item", {}), **{key: case[key] for key in case.keys() - _OF_CASE}}
            for name, rule in family["rules"].items():
                yield pytest.param(rule, told, case["reply"], case[name], id=f"{path.stem}-{number}-{name}")


def found(place: str) -> Any:
    module, name = place.rsplit(".", 1)
    return getattr(import_module(module), name)


def decision(asked: Item, score: Score) -> str | float:
    if score.state != "scored":
        assert score.value is None
        return score.state
    assert score.value is not None
    if score.guessed:
        return "guess"
    if asked.kind == "choice" and asked.choices:
        assert score.value == float(score.parsed == "ABCDEFGHIJ"[asked.answer_index or 0])
        return score.parsed
    return {0.0: "wrong", 1.0: "right"}.get(score.value, score.value)


@pytest.mark.parametrize(("rule", "told", "reply", "wanted"), list(gold()))
def test_decision(rule: str, told: dict[str, Any], reply: str, wanted: str | float) -> None:
    asked = item(**{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()})
    scorer = found(rule)
    score = scorer(reply) if scorer in JUDGES else scorer(asked, reply)
    made = decision(asked, score)
    assert made == (pytest.approx(wanted, abs=6e-4) if isinstance(wanted, float) else wanted)
    if "strict" in rule:
        assert not score.guessed


@pytest.mark.parametrize("path", sorted(GOLD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_family_has_cases_enough_and_several_scripts(path: Path) -> None:
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
    if path.stem not in SMALL:
        assert len(cases) >= AT_LEAST
    assert len({repr(sorted(case.items(), key=str)) for case in cases}) == len(cases)
