"""Tables made column by column, against those that Arrow makes of rows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.concept import Concept
from pipeline.questions.items import Asked, Item, items_array, questions_table
from pipeline.schema import QA_ITEM, QUESTIONS
from tests.questions.rows import concept

TEXTS = st.text(max_size=4)
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
ITEMS = st.builds(
    Item,
    qa_id=INT64,
    qid=st.integers(1, 1 << 40),
    property=st.integers(0, 20_000),
    statement_ids=st.lists(TEXTS, max_size=3),
    rank=TEXTS,
    dump_date=TEXTS,
    template_id=TEXTS,
    language=TEXTS,
    kind=TEXTS,
    question=TEXTS,
    answer=TEXTS,
    value_qid=st.none() | st.integers(1, 1 << 40),
    choices=st.none() | st.lists(TEXTS, max_size=4),
    choice_qids=st.none() | st.lists(st.integers(0, 1 << 40), max_size=4),
    answer_index=st.none() | st.integers(0, 4),
    answer_label_language=TEXTS,
)
ASKED = st.lists(
    st.builds(
        lambda qid, sitelinks, sha256, items: Asked(
            Concept.of(concept(qid, num_sitelinks=sitelinks, domain="food", country="kenya")), sha256, items
        ),
        st.integers(1, 1 << 40),
        st.integers(0, 500),
        TEXTS,
        st.lists(ITEMS, max_size=4),
    ),
    max_size=5,
)


def row_of(item: Item) -> dict[str, Any]:
    unknown = dict.fromkeys(field.name for field in QA_ITEM)
    return {
        **unknown,
        **item._asdict(),
        "original_question": item.question,
        "original_answer": item.answer,
    }


@given(st.lists(ITEMS, max_size=6))
def test_items_are_the_rows_of_what_is_known_of_them(items: list[Item]) -> None:
    found = items_array(items)
    found.validate(full=True)
    assert found.type == QA_ITEM
    assert found.equals(pa.array([row_of(item) for item in items], QA_ITEM))


@given(ASKED)
def test_the_table_is_that_of_its_rows(asked: list[Asked]) -> None:
    found = questions_table(asked)
    found.validate(full=True)
    rows = [
        {
            "qid": each.concept.qid, "country": each.concept.country, "domain": each.concept.domain,
            "num_sitelinks": each.concept.num_sitelinks, "sha256": each.sha256,
            "items": [row_of(item) for item in each.items],
        }
        for each in asked
    ]  # fmt: skip
    assert found.equals(pa.Table.from_pylist(rows, schema=QUESTIONS))
    assert found.schema == QUESTIONS


@pytest.mark.parametrize("asked", [[], [Asked(Concept.of(concept(1)), "ab", [])]], ids=["no picture", "no item"])
def test_nothing_asked_is_a_table_too(asked: list[Asked]) -> None:
    found = questions_table(asked)
    found.validate(full=True)
    assert (found.num_rows, found.schema) == (len(asked), QUESTIONS)
    assert [row["items"] for row in found.to_pylist()] == [[] for _ in asked]


@given(ITEMS, st.text("abc_", min_size=1, max_size=5))
def test_the_family_is_the_first_part_of_the_template(item: Item, family: str) -> None:
    assert item._replace(template_id=f"{family}/sw/open/2/r1").family() == family
