from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.interval import wilson
from pipeline.review.acceptance import MIN_JUDGED, Share, by_language, by_template, current, review_of, switched_off
from pipeline.review.templates import Templates, parse_template
from pipeline.review.verdict import Verdict
from tests.review.rows import verdict

TEMPLATE = "country/sw/open/1/r2"
TEMPLATES = Templates({TEMPLATE: "Where is it?", "country/sw/open/2/r2": "", "name/ar/choice/1/r1": ""})


def judged(good: int, num: int, template: str = TEMPLATE, **changes: object) -> list[Verdict]:
    words = ["good"] * good + ["odd", "wrong"] * num
    return [verdict(number, words[number], template_id=template, **changes) for number in range(num)]


@pytest.mark.parametrize(
    ("good", "num", "is_off"),
    [(0, 10, True), (9, 10, False), (0, 2, False), (0, 1, False), (0, MIN_JUDGED - 1, False), (0, MIN_JUDGED, True),
     (10, 10, False), (5, 10, True), (6, 10, False), (60, 100, True)],
)  # fmt: skip
def test_a_wording_is_switched_off_with_confidence_only(good: int, num: int, is_off: bool) -> None:
    assert switched_off(judged(good, num), 0.8) == ({TEMPLATE} if is_off else set())


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
def test_it_is_off_where_the_interval_ends_below(good: int, bad: int, least: float) -> None:
    num = good + bad
    expected = num >= MIN_JUDGED and wilson(good, num).high < least
    assert (switched_off(judged(good, num), least) == {TEMPLATE}) is expected


def test_words_for_an_older_revision_do_not_count() -> None:
    old = judged(0, 20, "country/sw/open/1/r1")
    found = review_of(old, TEMPLATES, 0.8)
    assert (found.by_language, found.switched_off) == ({}, frozenset())
    assert current([*old, *judged(0, 20)], TEMPLATES) == judged(0, 20)


def test_what_a_model_reworded_tells_nothing_of_the_template_but_counts_for_the_language() -> None:
    found = review_of(judged(0, 20, reworded=True), TEMPLATES, 0.8)
    assert found.switched_off == frozenset()
    assert found.by_language["sw"].questions == Share(20, 0)
    assert by_template(judged(0, 20, reworded=True)) == {}


def test_each_thing_is_counted_where_it_was_judged() -> None:
    said = [
        verdict(1, "good", answerable="no", answer="right", picture="yes"),
        verdict(2, "odd", answer="cannot tell", picture="no"),
        verdict(3, "", answer="wrong"),
        verdict(4, "", comment="only words"),
        verdict(5, "wrong", template_id="name/ar/choice/1/r1"),
    ]
    found = by_language(said)
    assert list(found) == ["ar", "sw"]
    assert (found["sw"].questions, found["sw"].answers, found["sw"].pictures) == (Share(2, 1), Share(2, 1), Share(2, 1))
    assert (found["sw"].answerable, found["ar"].answerable) == (Share(1, 0), Share())
    assert str(found["sw"].questions) == "1 of 2 (50 %, 9 to 91)"
    assert str(found["ar"].answers) == "none judged"


@pytest.mark.parametrize(
    "text",
    ["", "country", "country/sw/open/0/r1", "country/sw/essay/1/r1", "a/b/open/1/r1/x", "A/sw/open/1/r1"],
)
def test_what_is_no_template_id(text: str) -> None:
    assert parse_template(text) is None
    assert "is no template id" in (TEMPLATES.fault(text) or "")


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        (TEMPLATE, None),
        ("country/sw/open/7/r1", None),
        ("country/sw/open/7/r2", "the catalogue has no template"),
        ("country/sw/choice/1/r1", "the catalogue has no template"),
        ("country/sw/open/1/r3", "is newer than the catalogue, which has r2"),
    ],
)
def test_templates_that_are_or_were_are_known(template: str, fault: str | None) -> None:
    found = TEMPLATES.fault(template)
    assert found is None if fault is None else fault in (found or "")
