from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.entity import strict_entity
from eval.scoring.judged import awaiting_judge, mark, strict_judged
from eval.scoring.short import paper_relaxed, strict_short
from eval.scoring.substring import paper_true_false, strict_true_false
from eval.scoring.truth import read_truth
from eval.scoring.vqa import paper_vqa, strict_vqa
from eval.tasks.task import Score
from pipeline import vocabulary
from tests.eval.scoring.replies import item

LANGUAGES = st.sampled_from(sorted(vocabulary.languages()))
STRICT = (strict_short, strict_vqa, strict_entity)


@given(st.text(max_size=20), st.lists(st.text(max_size=6), min_size=1, max_size=4), LANGUAGES)
def test_any_reply_has_a_decision_from_0_to_1(reply: str, answers: list[str], language: str) -> None:
    asked = item(answers=tuple(answers), language=language)
    for rule in (*STRICT, paper_relaxed, paper_vqa):
        score = rule(asked, reply)
        assert (score.value is None) == (score.state == "unparsed")
        assert score.value is None or 0 <= score.value <= 1
        assert rule not in STRICT or not score.guessed


@given(st.text(st.characters(categories=["L", "M", "N"]), min_size=1, max_size=10), LANGUAGES)
def test_the_reference_itself_is_right_or_says_nothing(answer: str, language: str) -> None:
    score = strict_short(item(answers=(answer,), language=language), f"Answer: {answer}.")
    assert score.value == 1 or score.state == "unparsed"


def test_a_statement_whose_reference_is_no_truth_is_an_error() -> None:
    for rule in (paper_true_false, strict_true_false):
        with pytest.raises(ValueError, match="item 1: the reference must be true or false, not 'cat'"):
            rule(item(answers=("cat",)), "true")


@given(LANGUAGES)
def test_english_is_read_in_every_language(language: str) -> None:
    assert (read_truth("True.", language), read_truth("not true", language)) == (True, False)


@given(st.integers(0, 10))
def test_every_mark_is_read(given_mark: int) -> None:
    for form in ("{}", "{}/10", "Score: {}", '{{"score": {}}}', '```\n{{"score": {}, "why": "3 of 4"}}\n```'):
        assert mark(form.format(given_mark)) == given_mark
    assert strict_judged(str(given_mark)).value == pytest.approx(given_mark / 10)


def test_before_its_judge_is_asked_a_reply_is_unjudged() -> None:
    assert awaiting_judge(item(), "good") == Score(None, "unjudged", "")
