from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.scores import scores
from eval.stats.holm import holm
from pipeline.errors import InputError
from pipeline.interval import wilson
from pipeline.schema import SCORES
from tests.eval.predicted import Row, only, predicted

# An example has hundreds of intervals.
FEW = settings(max_examples=20)
STATES = st.sampled_from([("scored", 1.0), ("scored", 0.0), ("scored", 0.5), ("unparsed", None), ("unjudged", None)])


@st.composite
def predictions(draw: st.DrawFn) -> list[Row]:
    """Of up to three models, ten items, three languages, four pictures and two tasks."""
    rows = []
    for task, number in draw(st.sets(st.tuples(st.sampled_from("tu"), st.integers(0, 9)), max_size=8)):
        told = {
            "task": task,
            "language": draw(st.sampled_from(["am", "en", "zh"])),
            "country": draw(st.sampled_from([None, "ET"])),
            "cluster": draw(st.sampled_from("wxyz")),
            "groups": [{"by": "category", "group": draw(st.sampled_from("fg"))}],
        }
        for model in draw(st.sets(st.sampled_from(["base", "other", "trained"]), min_size=1)):
            state, value = draw(STATES)
            status = draw(st.sampled_from(["answered", "answered", "answered", "failed: timeout"]))
            rows.append(predicted(number, value, state, model=model, status=status, **told))
    return rows


def told(row: Row) -> float | None:
    """What an item counts by the strict rule; None where it is left out."""
    if row["strict_state"] == "unjudged":
        return None
    return 0.0 if row["strict_state"] == "unparsed" or row["status"] != "answered" else row["strict"]


@FEW
@given(predictions())
def test_scores_are_means_of_what_was_judged(rows: list[Row]) -> None:
    found = scores(rows, baseline=None)
    columns = {"language": lambda row: row["language"], "category": lambda row: row["groups"][0]["group"]}
    for by, group_of in columns.items():
        for key in {(row["task"], row["model"], group_of(row)) for row in rows}:
            members = [row for row in rows if (row["task"], row["model"], group_of(row)) == key]
            values = [value for value in map(told, members) if value is not None]
            task, model, group = key
            there = [
                each
                for each in found
                if (each["task"], each["model"], each["by"], each["group"]) == (task, model, by, group)
            ]
            assert len(there) == (2 if values else 0)
            for score in there:
                assert score["value"] == pytest.approx(np.mean(values))
                assert score["num_items"] == len(values)
                assert score["num_unjudged"] == len(members) - len(values)
                assert score["num_clusters"] == len({row["cluster"] for row in members if told(row) is not None})


@FEW
@given(predictions())
def test_the_macro_average_is_the_mean_of_its_languages(rows: list[Row]) -> None:
    found = scores(rows, baseline=None)
    for macro in (row for row in found if row["by"] == "macro"):
        same = ("task", "rule", "model")
        of_groups = [
            row["value"] for row in found
            if row["by"] == macro["group"] and all(row[name] == macro[name] for name in same)
        ]  # fmt: skip
        assert macro["value"] == pytest.approx(np.mean(of_groups))


@FEW
@given(predictions())
def test_differences_are_of_the_items_that_both_answered(rows: list[Row]) -> None:
    found = [row for row in scores(rows, baseline="base") if row["baseline"] and row["by"] == "all"]
    by_place = {(row["task"], row["model"], row["item_id"]): row for row in rows}
    for task in "tu":
        for model in ("other", "trained"):
            pairs = []
            for (of, by, item), row in by_place.items():
                base = by_place.get((of, "base", item))
                if (of, by) == (task, model) and base and row["status"] == base["status"] == "answered":
                    ours, theirs = told(row), told(base)
                    pairs += [(ours, theirs)] if ours is not None and theirs is not None else []
            there = [row for row in found if (row["task"], row["model"]) == (task, model)]
            assert len(there) == (2 if pairs else 0)
            for row in there:
                assert row["value"] == pytest.approx(np.mean([ours - theirs for ours, theirs in pairs]))
                assert row["num_items"] == len(pairs)
                assert row["low"] <= row["high"]
                assert 0 < row["p_value"] <= 1


@FEW
@given(predictions(), st.randoms(use_true_random=False))
def test_rows_may_come_in_any_order_and_fit_the_table(rows: list[Row], chance: random.Random) -> None:
    found = scores(rows, baseline="base")
    chance.shuffle(rows)
    assert scores(rows, baseline="base") == found
    assert pa.Table.from_pylist(found, schema=SCORES).to_pylist() == found


@FEW
@given(predictions())
def test_other_tasks_and_models_change_nothing(rows: list[Row]) -> None:
    alone = [row for row in rows if row["task"] == "t" and row["model"] != "other"]
    found = scores(rows, baseline="base")
    assert scores(alone, baseline="base") == [row for row in found if row["task"] == "t" and row["model"] != "other"]


@FEW
@given(predictions())
def test_swapping_the_baseline_turns_the_difference(rows: list[Row]) -> None:
    def of(baseline: str, model: str) -> list[Row]:
        found = scores([row for row in rows if row["model"] != "other"], baseline=baseline)
        return [row for row in found if row["model"] == model and row["baseline"]]

    for one, other in zip(of("base", "trained"), of("trained", "base"), strict=True):
        assert one["value"] == pytest.approx(-other["value"])
        assert one["p_value"] == pytest.approx(other["p_value"])
        assert one["smallest"] == pytest.approx(other["smallest"])


def test_what_each_rule_makes_of_a_reply() -> None:
    rows = [
        predicted(1),
        predicted(2, 0.0),
        predicted(3, 1.0, guessed=True, strict=None, strict_state="unparsed"),
        predicted(4, None, "unparsed", status="failed: timeout"),
        predicted(5, 0.0, strict=None, strict_state="unjudged"),
        predicted(6, 1.0, status="failed: timeout", guessed=True),
    ]
    found = scores(rows, baseline="base")
    shown = ("value", "num_items", "num_unparsed", "num_unjudged", "num_guessed")
    assert [only(found, rule="paper")[name] for name in shown] == [2 / 6, 6, 2, 0, 1]
    assert [only(found)[name] for name in shown] == [1 / 5, 5, 3, 1, 0]
    assert only(found, rule="paper", by="macro")["group"] == "language"
    assert {row["by"] for row in found} == {"all", "language", "macro"}


def test_our_own_items_are_scored_by_kind_and_others_together() -> None:
    mixed = [predicted(1, kind="open"), predicted(2, 0.0, kind="choice")]
    own = [{**row, "task": "culturalground"} for row in mixed]
    found = scores([*mixed, *own], baseline=None)
    assert {(row["task"], row["kind"]) for row in found} == {
        ("culturalground", "open"), ("culturalground", "choice"), ("t", "all"),
    }  # fmt: skip
    assert only(found, task="t")["value"] == 0.5
    assert only(found, task="culturalground", kind="choice")["value"] == 0


def test_without_spread_the_interval_is_of_as_many_observations_as_pictures() -> None:
    rows = [predicted(number, cluster=str(number % 10)) for number in range(40)]
    found = only(scores(rows, baseline=None))
    assert (found["low"], found["high"]) == (wilson(10, 10).low, 1)
    one = only(scores([predicted(number, float(number < 3), cluster="same") for number in range(4)], baseline=None))
    assert (one["value"], one["low"]) == (0.75, pytest.approx(wilson(0.75, 1).low))


def test_one_picture_resolves_nothing() -> None:
    rows = [
        predicted(number, float(model == "trained"), model=model, cluster="same")
        for number in range(6) for model in ("base", "trained")
    ]  # fmt: skip
    found = only(scores(rows, baseline="base"), model="trained", baseline="base")
    assert found["value"] == found["low"] == found["high"] == 1
    assert (found["p_value"], found["smallest"]) == (1, None)


def test_languages_are_adjusted_for_all_of_them_and_other_groups_are_not() -> None:
    """`hi` is better on all of 8 pictures, `sw` on 6, and `am` on none: exact values by hand."""
    rows = []
    for language, better in (("am", 0), ("hi", 8), ("sw", 6)):
        for number in range(10):
            same = {"language": language, "country": f"in {language}"}
            rows.append(predicted(f"{language}{number}", 0.0, **same))
            rows.append(predicted(f"{language}{number}", float(number < better), model="trained", **same))
    found = scores(rows, baseline="base")
    raw = {"am": 1.0, "hi": 2 / 2**8, "sw": 2 / 2**6}
    for language, adjusted in holm(raw).items():
        place = {"model": "trained", "baseline": "base"}
        assert only(found, by="language", group=language, **place)["p_value"] == pytest.approx(adjusted)
        assert only(found, by="country", group=f"in {language}", **place)["p_value"] == pytest.approx(raw[language])


def test_a_baseline_that_is_not_there_compares_nothing() -> None:
    rows = [predicted(1, model=model) for model in ("base", "trained")]
    assert not any(row["baseline"] for row in scores(rows, baseline="pangea"))
    assert not any(row["baseline"] for row in scores(rows, baseline=None))
    assert scores([], baseline="base") == []


def test_scores_of_all_replies_are_by_language_and_over_all() -> None:
    told: dict[str, Any] = {"task": "xm100", "kind": "caption"}
    rows = [
        predicted(1, reply="of another task"),
        predicted(1, reply="a red house", answers=["a red house"], **told),
        predicted(2, reply="the sea by night", answers=["the sea by day"], **told),
        predicted(3, reply="una casa roja", answers=["una casa roja"], language="es", **told),
        predicted(4, reply="", answers=["el mar"], language="es", status="failed: timeout", **told),
    ]
    found = [row for row in scores(rows, baseline=None) if row["task"] == "xm100"]
    rouge = {group: only(found, metric="rouge_l", by="language", group=group)["value"] for group in ("en", "es")}
    assert rouge == {"en": pytest.approx((1 + 0.75) / 2), "es": pytest.approx(1 / 2)}
    over_all = only(found, metric="rouge_l")
    assert over_all["value"] == pytest.approx((rouge["en"] + rouge["es"]) / 2)
    assert (over_all["low"], over_all["num_items"], over_all["num_unparsed"]) == (None, 4, 1)
    assert {row["metric"] for row in found if row["rule"] == "strict"} == {"accuracy", "bleu", "cider", "rouge_l"}
    assert {row["metric"] for row in found if row["rule"] == "paper"} == {"accuracy"}


def test_marks_of_two_are_compared_as_published_and_without_failed_judgements() -> None:
    told: dict[str, Any] = {"task": "m_llava", "kind": "judged"}
    rows = [predicted(1, 0.6, parsed="8 6", **told), predicted(2, 0.9, parsed="10 9", **told)]
    rows += [predicted(3, None, "unjudged", parsed="", **told)]
    found = scores(rows, baseline=None)
    assert only(found, metric="relative", rule="paper")["value"] == pytest.approx(14 / 17)
    assert only(found, metric="relative")["value"] == pytest.approx(15 / 18)
    assert only(found)["value"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([predicted(7), predicted(7)], "predictions of t: base has item 7 twice"),
        ([predicted(7, None)], "item 7 is scored by the paper rule, but its score is None"),
        ([predicted(7, strict=1.5)], "item 7 is scored by the strict rule, but its score is 1.5"),
    ],
)
def test_what_cannot_be_counted_is_an_error(rows: list[Row], named: str) -> None:
    with pytest.raises(InputError, match=named):
        scores(rows, baseline=None)
