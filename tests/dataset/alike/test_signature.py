from __future__ import annotations

import pytest

from pipeline.dataset.alike.drops import alike_items
from pipeline.dataset.alike.signature import Signatures, signatures
from pipeline.questions.subject import told_name
from pipeline.schema import SIGNATURES
from tests.dataset.made_items import Row, group, item, sample_groups


def gone(groups: list[Row], scope: str, picture_groups: dict[str, str] | None = None) -> int:
    found = signatures(groups, picture_groups or {})
    return len(alike_items(found.within if scope == "within" else found.across, 1))


def named(name: str, number: int = 1) -> str:
    return [f"Which country is “{name}” from?", f"Here you see “{name}”. Where is it found?"][number - 1]


def test_a_row_an_item_in_each_scope_sorted_and_the_same_in_any_order() -> None:
    groups = sample_groups("sw", "th")
    tables = signatures(groups, {})
    assert tables == signatures(groups[::-1], {})
    for table in tables:
        assert table.schema.equals(SIGNATURES)
        assert table.num_rows == sum(len(each["items"]) for each in groups)
        assert table == table.sort_by([(name, "ascending") for name in ("bucket", "order", "qa_id")])


def test_the_same_question_in_two_wordings_about_one_entity() -> None:
    one, other = item(1, named("X")), item(2, named("X", 2))
    assert gone([group(one), group(other, picture="b")], "within") == 1


def test_the_same_text_but_for_the_name_is_another_question() -> None:
    groups = [group(item(number, named(f"Name {number}")), qid=number, picture=str(number)) for number in range(1, 20)]
    assert [gone(groups, scope) for scope in Signatures._fields] == [0, 0]


def test_the_same_name_and_answer_across_entities_is_one_question() -> None:
    groups = [group(item(number, named("Marienkirche")), qid=number, picture=str(number)) for number in (1, 2)]
    assert [gone(groups, scope) for scope in Signatures._fields] == [0, 1]


@pytest.mark.parametrize("change", [{"original_answer": "iron"}, {"kind": "choice"}, {"language": "de"}])
def test_another_answer_kind_or_language_is_another_question(change: Row) -> None:
    groups = [group(item(1, named("X")), item(2, named("X"), **change))]
    assert [gone(groups, scope) for scope in Signatures._fields] == [0, 0]


def test_without_a_name_the_picture_is_the_subject() -> None:
    groups = [group(item(1), qid=1, picture="a"), group(item(2), qid=2, picture="b")]
    assert gone(groups, "across") == 0
    assert gone(groups, "across", {"a": "a", "b": "a"}) == 1


def test_what_a_second_fact_quotes_is_no_name() -> None:
    family = {"template_id": "religion_country/en/open/2/r1"}
    asked = [item(number, "It belongs to “Islam”. In which country is it?", "Iran", **family) for number in (1, 2)]
    assert told_name(asked[0]) is None
    assert gone([group(asked[0]), group(asked[1], qid=2, picture="b")], "across") == 0


def test_of_the_sample_nothing_goes() -> None:
    """Every entity there has one picture, and every family asks once: whatever went would be a mistake."""
    groups = sample_groups("sw", "th")
    assert [gone(groups, scope) for scope in Signatures._fields] == [0, 0]


def test_of_a_sample_with_every_picture_twice_half_goes() -> None:
    groups = sample_groups("sw", "th")
    copies = [
        {
            **one,
            "sha256": f"copy {one['sha256']}",
            "items": [{**each, "qa_id": ~each["qa_id"]} for each in one["items"]],
        }
        for one in groups
    ]
    number = sum(len(each["items"]) for each in groups)
    assert gone([*groups, *copies], "within") == number


def test_items_without_a_template_are_alike_by_their_words() -> None:
    free = {"template_id": ""}
    asked = [item(1, "What is it made of?", **free), item(2, "WHAT is it made of", **free), item(3, "Whose?", **free)]
    assert gone([group(*asked)], "within") == 1
