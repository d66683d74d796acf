"""Rows of the published forms: what is read of them, and why a row cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline import vocabulary
from pipeline.imports.conversation import Refused
from pipeline.imports.item import country_of, identity, imported_row
from pipeline.imports.languages import language_of
from pipeline.imports.llava import read_llava
from pipeline.imports.refined import read_refined


def llava(*texts: str, **fields: Any) -> dict[str, Any]:
    turns = [{"from": ("human", "gpt")[number % 2], "value": text} for number, text in enumerate(texts)]
    row = {"id": "Q27797552_None", "image": "india/x.jpg", "language": "en", "conversations": turns, **fields}
    return {name: value for name, value in row.items() if value is not ...}


def refined(**fields: Any) -> dict[str, Any]:
    row = {
        "id": "Q12", "property_id": "P186", "question_type": "material", "language": "bn", "label": "wood",
        "original_question": "material of Q12?", "original_answer": "It is wood",
        "reformulated_question": "What is it made of?", "reformulated_answer": "Of wood.", "media": "x.jpg",
        "image": "None",
    }  # fmt: skip
    return {**row, **fields}


def test_a_row_as_it_was_published() -> None:
    said = read_llava(llava('<image>\n"What is shown?"', '"The municipality."'))
    assert said.turns == (("What is shown?", "The municipality."),)
    assert (said.qid, said.property, said.language, said.picture) == (27797552, 0, "en", "india/x.jpg")
    assert said.qa_id is None


@pytest.mark.parametrize(
    ("id", "identity"),
    [
        ("Q42_P186", (42, 186)), ("Q42_186", (42, 186)), ("Q42", (42, -1)), ("Q42_None", (42, 0)), ("Q42_x", (0, -1)),
        (7, (0, -1)), (None, (0, -1)), ("000012", (0, -1)), ("Q0", (0, -1)), (f"Q{10**18}", (0, -1)),
        ("Q1_P9999999999", (0, -1)),
    ],
)  # fmt: skip
def test_entity_and_property_come_from_the_id(id: object, identity: tuple[int, int]) -> None:
    said = read_llava(llava("<image>\na?", "b", id=id))
    assert (said.qid, said.property) == identity


@pytest.mark.parametrize(
    ("text", "asked"),
    [("<image>\nWhat?", "What?"), ("What?\n<image>", "What?"), ("<image> What?", "What?"), ("What?", "What?"),
     ("See <image> here", "See\nhere")],
)  # fmt: skip
def test_the_place_of_the_picture_is_no_part_of_the_question(text: str, asked: str) -> None:
    assert read_llava(llava(text, "b")).turns == ((asked, "b"),)


def test_a_row_of_text_alone_with_several_turns() -> None:
    said = read_llava(llava("a?", "b", "c?", "d", image=..., id="x-1", language="fr"))
    assert said.turns == (("a?", "b"), ("c?", "d"))
    assert said.picture is None
    row = imported_row(said, None, 0)["item"]
    assert (row["question"], row["answer"]) == ("a?", "b")
    assert row["later_turns"] == [{"question": "c?", "answer": "d"}]
    assert row["qid"] == 0


@pytest.mark.parametrize("image", [None, "", "None", [], ...])
def test_what_names_no_picture(image: object) -> None:
    assert read_llava(llava("a?", "b", image=image)).picture is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([1], "odd_row"),
        (llava("<image>\na?", "b", image=5), "odd_row"),
        (llava("<image>\na?", "b", image=["x", "y"]), "several_pictures"),
        (llava("<image>\n<image>\na?", "b"), "several_pictures"),
        (llava("<image>\na?", "b", "<image>", "c"), "several_pictures"),
        (llava("<image>\na?", "b", image=...), "picture_not_named"),
        (llava("a?", "b", "<image>\nc?", "d"), "picture_in_later_turn"),
        (llava("<image>\na?", "an <image>"), "picture_place_in_text"),
        (llava("<image>\na?"), "odd_conversation"),
        (llava(), "odd_conversation"),
        (llava("a", "b", conversations="a b"), "odd_conversation"),
        (llava("a", "b", conversations=["a", "b"]), "odd_conversation"),
        (llava("a", "b", conversations=[{"from": "gpt", "value": "a"}]), "odd_conversation"),
        (llava("a", "b", conversations=[{"from": "human", "value": None}]), "odd_conversation"),
        (llava("a", "b", conversations=[{"from": "system", "value": "be kind"}]), "system_turn"),
        (llava("<image>\n", "b"), "empty_question"),
        (llava("<image>\n\"\"", '" "'), "empty_question"),
        (llava("a?", " \n"), "empty_answer"),
        (llava("a?", "None"), "empty_answer"),
        (llava('"a?"', '"None"'), "empty_answer"),
        (llava("a?", "b", language="tlh"), "unknown_language"),
    ],
)  # fmt: skip
def test_why_a_row_cannot_be_used(row: Any, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        read_llava(row)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_none_may_be_an_answer_where_no_entity_is_asked_about() -> None:
    assert read_llava(llava("How many of them?", "None", id="1")).turns[0][1] == "None"


def test_a_refined_row() -> None:
    said = read_refined(refined())
    assert said.turns == (("What is it made of?", "Of wood."),)
    assert said.original == ("material of Q12?", "It is wood")
    assert (said.qid, said.property, said.language, said.picture) == (12, 186, "bn", "x.jpg")


def test_missing_values_of_a_refined_row() -> None:
    said = read_refined(refined(reformulated_question="None", reformulated_answer="None", property_id="None"))
    assert said.turns == (("material of Q12?", "It is wood"),)
    assert said.property == 0
    assert read_refined(refined(reformulated_answer="None", original_answer="None")).turns[0][1] == "wood"
    assert read_refined(refined(media="None", image="y.jpg")).picture == "y.jpg"
    assert read_refined(refined(reformulated_question='"Q?"', reformulated_answer='"A"')).turns == (("Q?", "A"),)
    for fields, reason in (
        ({"media": "None"}, "picture_not_named"),
        ({"reformulated_answer": "None", "original_answer": None, "label": "None"}, "empty_answer"),
        ({"reformulated_question": "", "original_question": "None"}, "empty_question"),
        ({"language": "xx"}, "unknown_language"),
        ({"reformulated_answer": "<image>"}, "picture_place_in_text"),
    ):
        with pytest.raises(Refused) as caught:
            read_refined(refined(**fields))
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("he", "iw"), ("iw", "iw"), ("nb", "no"), ("no", "no"), ("zh_simplified", "zh"), ("zh-hant", "zh"),
        ("EN", "en"), ("en-US", "en"), ("Bengali", "bn"), ("arabic", "ar"), ("Bahasa Melayu", "ms"),
        ("norwegian bokmål", "no"),
        (None, "und"), ("None", "und"), ("", "und"),
    ],
)  # fmt: skip
def test_languages(given: object, code: str) -> None:
    assert language_of(given) == code


def test_all_languages_of_the_data_set_are_known_by_code_and_name() -> None:
    for code, language in vocabulary.languages().items():
        assert {language_of(name) for name in (code, language.name, language.own_name)} == {code}


def test_equal_rows_have_one_identity_and_others_have_their_own() -> None:
    base = read_llava(llava("<image>\na?", "b"))
    assert identity(base, "p.jpg") == identity(read_llava(llava('<image>"a?"', '"b"', more=1)), "p.jpg")
    others = [
        identity(base, "p.jpg"), identity(base, "q.jpg"), identity(base, None),
        *(identity(read_llava(llava(*texts, **fields)), "p.jpg") for texts, fields in (
            (("a?", "c"), {}), (("d?", "b"), {}), (("a?", "b", "c", "d"), {}), (("a?", "b"), {"language": "fr"}),
            (("a?", "b"), {"id": "Q1_None"}), (("a?", "b"), {"id": "Q27797552_P17"}),
        )),
    ]  # fmt: skip
    assert len(set(others)) == len(others)
    assert imported_row(read_llava(llava("a?", "b", qa_id=-5)), "p.jpg", 0)["item"]["qa_id"] == -5


def test_the_country_of_a_picture_is_that_of_its_folder() -> None:
    assert country_of("CultureGroundImages/india/x.jpg") == "india"
    assert country_of("South_Korea/x.jpg") == "south_korea"
    assert country_of("images/x.jpg") == country_of("india.jpg") == country_of(None) == ""
