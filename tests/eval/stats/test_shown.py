from __future__ import annotations

from dataclasses import replace

from eval.scores import scores
from eval.stats.shown import Comparison, comparisons, shown
from pipeline.interval import Interval
from tests.eval.predicted import only, predicted

COMPARISON = Comparison(
    "cvqa",
    "choice",
    "strict",
    "trained",
    "base",
    10_374,
    5_239,
    Interval(0.031, 0.017, 0.044),
    0.0169,
    {"am": 0.2, "hi": 0.01, "zh": 0.04},
)


def test_a_resolved_difference() -> None:
    assert shown(COMPARISON) == (
        "On 10,374 items of cvqa about 5,239 pictures trained differs from base by +3.1 points (95 % interval +1.7 to "
        "+4.4), which shows that it is better there; of 3 languages, tested together, 2 differ (hi, zh); a difference "
        "below 1.7 points would mostly have gone unseen with so many items."
    )


def test_what_is_not_shown_is_said() -> None:
    open_ = replace(COMPARISON, difference=Interval(0.002, -0.01, 0.014), p_values={})
    assert "by +0.2 points (95 % interval −1.0 to +1.4), which does not show that either is better; a diff" in shown(
        open_
    )
    worse = replace(COMPARISON, difference=Interval(-0.05, -0.08, -0.02))
    assert "−5.0 points (95 % interval −8.0 to −2.0), which shows that it is worse there" in shown(worse)
    none = replace(COMPARISON, p_values={"am": 0.2, "hi": 1.0})
    assert "of 2 languages, tested together, 0 differ; " in shown(none)


def test_too_few_or_too_alike_show_nothing() -> None:
    few = replace(COMPARISON, difference=Interval(1.0, 1.0, 1.0), smallest=None, p_values={})
    assert shown(few).endswith("too few or too alike for an interval; so few items cannot tell any two models apart.")


def test_comparisons_are_those_of_the_scores() -> None:
    rows = scores(
        [
            predicted(number, float((number * step) % 3 == 0), model=model, language=["en", "hi"][number % 2])
            for number in range(60)
            for model, step in (("base", 1), ("other", 2), ("trained", 0))
        ],
        baseline="base",
    )
    found = comparisons(rows)
    assert [(each.task, each.kind, each.rule, each.ours, each.baseline) for each in found] == [
        ("t", "open", rule, model, "base") for rule in ("paper", "strict") for model in ("other", "trained")
    ]
    row = only(rows, model="trained", baseline="base")
    (comparison,) = (each for each in found if (each.rule, each.ours) == ("strict", "trained"))
    assert comparison.difference == Interval(row["value"], row["low"], row["high"])
    assert (comparison.num_items, comparison.num_clusters, comparison.smallest) == (60, 60, row["smallest"])
    assert comparison.p_values == {
        language: only(rows, by="language", group=language, model="trained", baseline="base")["p_value"]
        for language in ("en", "hi")
    }
    assert "trained differs from base by +66.7 points" in shown(comparison)
    assert comparisons(scores([predicted(1)], baseline="base")) == []
