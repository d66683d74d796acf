from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.necessity import answered_blind, blind_request
from pipeline.generation.request import Reply, failed
from tests.generation.rows import group, item
from tests.generation.test_judge import NECESSITY

Row = dict[str, Any]


def right(row: Row, said: object, group_row: Row | None = None) -> bool | None:
    key = "option" if row["kind"] == "choice" else "answer"
    return answered_blind(Reply(json.dumps({key: said}), "stop"), row, group_row or group(1, [row]))


def test_a_choice_question_shows_its_options_in_order_and_wants_a_number_of_them() -> None:
    request = blind_request(item(1, "hi", "choice", question="नया?"), NECESSITY)
    assert request.user.endswith("Language: Hindi\nQuestion: नया?\n1. A\n2. केन्या\n3. B\n4. C")
    assert request.image is None
    assert request.json_schema is not None
    assert request.json_schema["properties"]["option"]["enum"] == [1, 2, 3, 4]
    assert "enum" not in NECESSITY.choice_prompt.schema["properties"]["option"]


def test_an_open_question_is_asked_as_it_is_now_and_its_answer_is_not_told() -> None:
    row = item(1, question="Where is it from?", answer="It is from Kenya.")
    request = blind_request(row, NECESSITY)
    assert request.user.endswith("Language: English\nQuestion: Where is it from?")
    assert "Kenya" not in request.user
    assert request.seed == blind_request(row, NECESSITY).seed != blind_request(item(2), NECESSITY).seed


@given(st.integers(2, 8).flatmap(lambda num: st.tuples(st.just(num), st.integers(0, num - 1), st.integers(-2, 12))))
def test_the_number_of_the_right_option_is_right(case: tuple[int, int, int]) -> None:
    num, index, said = case
    row = item(1, kind="choice", choices=[f"option {number}" for number in range(num)], answer_index=index)
    assert right(row, said) is (said == index + 1 if 1 <= said <= num else None)


@pytest.mark.parametrize(
    ("said", "is_right"),
    [("Kenya", True), (" KENYA.", True), ("“Kenya”", True), ("Ｋｅｎｙａ", True), ("Kenya or Uganda", False),
     ("Uganda", False), ("It is from Kenya.", False), ("", None), ("?", None)],
)  # fmt: skip
def test_an_open_answer_is_right_if_it_is_the_label(said: str, is_right: bool | None) -> None:
    assert right(item(1, answer="It is from Kenya."), said) is is_right


def test_the_label_in_another_language_of_the_row_is_right_too() -> None:
    row = item(1, "ar", answer="من كينيا")
    other = item(1, "ja")
    assert right(row, "ケニア", group(1, [row, other])) is True
    assert right(row, "ケニア") is False
    for changes in ({"statement_ids": ["Q1$18"]}, {"template_id": "maker/ja/open/1/r1"}):
        assert right(row, "ケニア", group(1, [row, {**other, **changes}])) is False


def test_digits_of_any_script_are_the_same() -> None:
    assert right(item(1, "hi", original_answer="१८८९"), "1889") is True
    assert right(item(1, "hi", original_answer="१८८९"), "1888") is False


@pytest.mark.parametrize(
    "reply",
    [
        Reply('{"answer": "Kenya"}', "length"),
        failed("no"),
        Reply("Kenya", "stop"),
        Reply('{"answer": 3}', "stop"),
        Reply('{"answer": "Kenya", "sure": true}', "stop"),
        Reply('{"option": 2}', "stop"),
        Reply("\ud800", "stop"),
    ],
)
def test_what_cannot_be_read_is_neither_right_nor_wrong(reply: Reply) -> None:
    assert answered_blind(reply, item(1), group(1)) is None
