"""Replies made by hand, and the decision that each rule of each benchmark must reach on them.

`gold/families` has cases of a kind of rule. A file of `gold/tasks` names the families that hold for a benchmark and has
cases of its own. A case is a reply, the fields of its item that differ from the file's `item`, and a decision for each
rule: `right`, `wrong`, a share, `unparsed`, `unjudged`, `guess`, or the option that is read, by letter or by number. A
case with one decision alone is decided so by both; `always` overrules a rule's decisions in all of a benchmark's cases.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from eval.tasks import held_out
from eval.tasks.listing import TASKS
from eval.tasks.marvl import CHOICES as TRUTH
from eval.tasks.task import Item, Score
from tests.eval.scoring.replies import item

GOLD = Path(__file__).parent / "gold"
BENCHMARKS = (*TASKS, held_out.NAME)
# What every benchmark must have a reply of.
TOLD_KINDS = {"refusal", "reasoning", "several", "inside", "quirk"}
SEEN_KINDS = {"empty", "digits", "composition", "width", "direction", "mixed"}
_DIRECTIONS = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_RULES = ("paper", "strict")
_OF_CASE = {"reply", "why", "of", *_RULES}

Decision = str | float
Decide = Callable[[Item, str | None], Score]


@dataclass(frozen=True)
class Case:
    """`name` is where it stands: families/letters 12. `reply` is None where a judge could not be asked."""

    name: str
    item: Item
    reply: str | None
    wanted: Mapping[str, Decision]
    of: str

    def kinds(self) -> set[str]:
        """What the reply is an example of: what its author says, and what can be seen."""
        reply = self.reply or ""
        seen = {
            "empty": not reply.strip(),
            "digits": any(mark.isdecimal() and not mark.isascii() for mark in reply),
            "composition": unicodedata.normalize("NFC", reply) != reply,
            "width": any("\uff01" <= mark <= "\uffee" for mark in reply),
            "direction": bool(_DIRECTIONS & set(reply)),
            "mixed": "LATIN" in scripts(reply) and len(scripts(reply)) > 1,
        }
        return {self.of, *(kind for kind, holds in seen.items() if holds)}


def scripts(text: str) -> set[str]:
    """Scripts of the letters of a text, by the first word of their names."""
    letters = (mark for mark in unicodedata.normalize("NFKC", text) if mark.isalpha())
    names = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
    return names - {"MODIFIER", "KATAKANA-HIRAGANA", ""}


def families_of(benchmark: str) -> list[str]:
    return list(_loaded("tasks", benchmark).get("families", ()))


def cases(benchmark: str) -> list[Case]:
    """All of a benchmark: its families' and its own."""
    always = _loaded("tasks", benchmark).get("always", {})
    found = [case for name in families_of(benchmark) for case in _cases("families", name)]
    found += _cases("tasks", benchmark)
    return [Case(case.name, case.item, case.reply, {**case.wanted, **always}, case.of) for case in found]


def rules(benchmark: str) -> Mapping[str, Decide]:
    """The benchmark's own."""
    if benchmark == held_out.NAME:
        return {"strict": _of_reply(held_out.score)}
    task = TASKS[benchmark]
    if task.judged is not None:
        return dict(zip(_RULES, map(_of_judgement, task.judged), strict=True))
    return {"paper": _of_reply(task.paper), "strict": _of_reply(task.strict)}


def decision(asked: Item, score: Score) -> Decision:
    """What a rule decided, as cases tell it."""
    if score.state != "scored":
        assert score.value is None
        return score.state
    assert score.value is not None
    if score.guessed:
        return "guess"
    if asked.choices and score.parsed and asked.choices != TRUTH:
        chosen = int(score.parsed) - 1 if score.parsed.lstrip("-").isdecimal() else "ABCDEFGHIJ".index(score.parsed)
        assert score.value == float(chosen == asked.answer_index)
        return score.parsed
    return {0.0: "wrong", 1.0: "right"}.get(score.value, score.value)


def _of_reply(rule: Callable[[Item, str], Score]) -> Decide:
    return lambda asked, reply: rule(asked, reply or "")


def _of_judgement(reading: Callable[[str | None], Score]) -> Decide:
    return lambda _, judgement: reading(judgement)


@cache
def _loaded(folder: str, name: str) -> Any:
    return yaml.safe_load((GOLD / folder / f"{name}.yaml").read_text(encoding="utf-8"))


def _cases(folder: str, name: str) -> Iterator[Case]:
    file = _loaded(folder, name)
    for number, case in enumerate(file["cases"], 1):
        told = {**file.get("item", {}), **{key: case[key] for key in case.keys() - _OF_CASE}}
        # M3Exam and CVQA keep options as they are published beside those shown: the same, but where a case says so.
        told["meta"] = dict.fromkeys(("options", "local options"), told.get("choices", [])) | told.get("meta", {})
        asked = item(**{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()})
        wanted = {rule: case.get(rule, case["strict"]) for rule in _RULES}
        yield Case(f"{folder}/{name} {number}", asked, case["reply"], wanted, case.get("of", ""))
