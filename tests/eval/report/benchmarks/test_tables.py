"""Order of languages, places on the map, and what a number is said to show."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.benchmarks.comparisons import statements
from eval.report.benchmarks.countries import places, step, world
from eval.report.benchmarks.lines import panels
from eval.report.benchmarks.numbers import probability, verdict
from eval.report.benchmarks.resources import level, table, unsure
from eval.report.matrix import NUM_LEVELS
from eval.tasks.listing import TASKS
from pipeline import vocabulary
from tests.eval.report.made_up import score

SHARES = st.floats(0, 1)


def test_every_language_of_ours_and_of_a_benchmark_has_one_class() -> None:
    classes: dict[int, list[str]] = table()["classes"]
    assert set(classes) <= set(range(6))
    listed = [language for languages in classes.values() for language in languages]
    assert all(isinstance(language, str) for language in listed)
    assert len(set(listed)) == len(listed)
    asked = {language for task in TASKS.values() for language in task.source.languages}
    assert asked | set(vocabulary.languages()) <= set(listed)
    assert set(unsure()) <= set(listed)


@given(st.lists(st.sampled_from([*vocabulary.languages(), "yo", "quz", "xx"]), unique=True, min_size=1))
def test_languages_stand_by_class_and_unknown_ones_last(languages: list[str]) -> None:
    (panel,) = panels([score(by="language", group=language) for language in languages])
    assert sorted(line.key for line in panel.lines) == sorted(languages)
    levels = [level(line.key) for line in panel.lines]
    assert levels == sorted(levels, key=lambda found: 9 if found is None else -found)


def test_the_map_has_every_country_in_a_place_of_its_own() -> None:
    assert places().keys() == vocabulary.countries().keys()
    codes = [code for code, _, _ in places().values()]
    assert all(isinstance(code, str) and len(code) == 2 and code.isupper() for code in codes)
    assert len(set(codes)) == len(codes)
    spots = [(column, row) for _, column, row in places().values()]
    assert len(set(spots)) == len(spots)
    assert all(1 <= column <= 14 and 1 <= row <= 8 for column, row in spots)


@given(SHARES, SHARES, SHARES)
def test_a_higher_score_never_has_a_lower_step(one: float, two: float, three: float) -> None:
    low, middle, high = sorted((one, two, three))
    steps = [step(value, low, high) for value in (low, middle, high)]
    assert steps == sorted(steps)
    assert steps[-1] == NUM_LEVELS
    assert steps[0] >= 1


def test_the_map_is_of_the_rule_strict_and_tells_what_is_not_on_it() -> None:
    rows = [
        score(by="country", group=group, rule=rule, value=value)
        for group, rule, value in (
            ("japan", "strict", 0.2), ("japan", "paper", 0.9), ("iran", "paper", 0.9), ("Peru", "strict", 1.0),
        )
    ]  # fmt: skip
    (panel,) = panels(rows)
    found = world(panel, ["base"])
    assert found is not None
    assert {tile.name: tile.value for tile in found.maps[0].tiles if tile.value} == {"Japan": "20.0"}
    assert found.elsewhere == ("Peru",)
    (elsewhere,) = panels(rows[-1:])
    assert world(elsewhere, ["base"]) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": 0.1, "low": 0.05, "high": 0.2, "p_value": 0.01}, "up"),
        # Adjusted for many languages it is not resolved, whatever its own interval.
        ({"value": 0.1, "low": 0.05, "high": 0.2, "p_value": 0.2}, "open"),
        ({"value": -0.1, "low": -0.2, "high": -0.05, "p_value": None}, "down"),
        ({"value": 0.1, "low": -0.2, "high": 0.3, "p_value": None}, "open"),
        ({"value": 1.0, "low": 1.0, "high": 1.0, "p_value": 0.01}, "flat"),
        ({"value": 0.1, "low": None, "high": None, "p_value": None}, "open"),
        ({"value": -0.1, "low": None, "high": None, "p_value": 0.04}, "down"),
        ({"value": 0.0, "low": -0.1, "high": 0.1, "p_value": 0.01}, "open"),
    ],
)
def test_what_a_difference_shows(changes: dict[str, Any], said: str) -> None:
    assert verdict(score(baseline="base", **changes)) == said


@given(st.floats(0, 1))
def test_no_probability_is_said_to_be_nought(value: float) -> None:
    assert "0.000" not in probability(value)


def test_a_sentence_for_each_model_and_rule_with_its_own_languages() -> None:
    gained = {"baseline": "base", "value": 0.1, "low": 0.05, "high": 0.15, "smallest": 0.03}
    rows = [
        score(model=model, rule=rule, by=by, group=group, p_value=p_value, **gained)
        for model in ("a", "b")
        for rule in ("paper", "strict")
        for by, group, p_value in (
            ("all", "all", 0.01),
            ("language", "th", 0.01 if rule == "paper" else 0.5),
            ("language", "yo", 0.6),
        )
    ]
    found = statements("Some task", rows)
    assert [(each.rule, " a differs" in each.sentence) for each in found] == [
        ("strict", True), ("paper", True), ("strict", False), ("paper", False),
    ]  # fmt: skip
    assert all(("1 differ (Thai)" in each.sentence) == (each.rule == "paper") for each in found)
    assert all("of 2 languages" in each.sentence for each in found)
