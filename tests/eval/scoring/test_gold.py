"""Every rule of every benchmark decides on replies made by hand as they say."""

from __future__ import annotations

import pytest

from tests.eval.scoring.gold_cases import (
    BENCHMARKS,
    GOLD,
    SEEN_KINDS,
    TOLD_KINDS,
    Case,
    Decide,
    cases,
    decision,
    families_of,
    rules,
    scripts,
)

AT_LEAST, SCRIPTS_AT_LEAST = 30, 4


def fault(rule: str, decide: Decide, case: Case) -> str:
    score = decide(case.item, case.reply)
    made, wanted = decision(case.item, score), case.wanted[rule]
    if made != (pytest.approx(wanted, abs=6e-4) if isinstance(wanted, float) else str(wanted)):
        return f"{case.name}: {rule} makes {case.reply!r} {made}, not {wanted}"
    return f"{case.name}: strict guesses" if rule == "strict" and score.guessed else ""


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_decisions(benchmark: str) -> None:
    found = (fault(rule, decide, case) for rule, decide in rules(benchmark).items() for case in cases(benchmark))
    assert not "\n".join(filter(None, found))


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_a_benchmark_has_cases_enough_in_several_scripts_and_of_every_kind(benchmark: str) -> None:
    found = cases(benchmark)
    assert len({repr((case.item, case.reply)) for case in found}) == len(found) >= AT_LEAST
    written = set().union(*(scripts(case.reply or "") for case in found))
    assert len(written) >= SCRIPTS_AT_LEAST, written
    assert not (TOLD_KINDS | SEEN_KINDS) - set().union(*(case.kinds() for case in found))


def test_every_file_is_of_a_benchmark() -> None:
    assert {path.stem for path in (GOLD / "tasks").iterdir()} == set(BENCHMARKS)
    used = {family for benchmark in BENCHMARKS for family in families_of(benchmark)}
    assert {path.stem for path in (GOLD / "families").iterdir()} == used
