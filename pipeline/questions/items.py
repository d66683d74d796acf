"""Questions on their way into the table `questions`: as tuples, then column by column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.questions.concept import Concept
from pipeline.schema import QA_ITEM, QUESTIONS


class Item(NamedTuple):
    """What is known of a QA item before a model has seen it: the first fields of `schema.QA_ITEM`, in its terms."""

    qa_id: int
    qid: int
    property: int
    statement_ids: Sequence[str]
    rank: str
    dump_date: str
    template_id: str
    language: str
    kind: str
    question: str
    answer: str
    value_qid: int | None
    choices: Sequence[str] | None
    choice_qids: Sequence[int] | None
    answer_index: int | None
    answer_label_language: str

    def family(self) -> str:
        """The template family that asked."""
        return self.template_id.partition("/")[0]


class Asked(NamedTuple):
    """An entity with a picture, and what was asked about them."""

    concept: Concept
    sha256: str
    items: Sequence[Item]


def questions_table(asked: Sequence[Asked]) -> pa.Table:
    """Rows of `schema.QUESTIONS`."""
    concepts = [each.concept for each in asked]
    values = items_array([item for each in asked for item in each.items])
    offsets = pa.array(list(accumulate((len(each.items) for each in asked), initial=0)), pa.int32())
    columns: dict[str, Any] = {
        name: pa.array([getattr(concept, name) for concept in concepts], QUESTIONS.field(name).type)
        for name in ("qid", "country", "domain", "num_sitelinks")
    }
    columns["sha256"] = pa.array([each.sha256 for each in asked], pa.string())
    columns["items"] = pa.ListArray.from_arrays(offsets, values, type=QUESTIONS.field("items").type)
    return pa.Table.from_arrays([columns[field.name] for field in QUESTIONS], schema=QUESTIONS)


def items_array(items: Sequence[Item]) -> pa.StructArray:
    """Items as `schema.QA_ITEM`; what models say of them is null."""
    names = Item._fields
    columns = dict(zip(names, zip(*items, strict=True) if items else [()] * len(names), strict=True))
    arrays = {name: _array(QA_ITEM.field(name).type, column) for name, column in columns.items()}
    arrays["original_question"], arrays["original_answer"] = arrays["question"], arrays["answer"]
    fields = list(QA_ITEM)
    return pa.StructArray.from_arrays(
        [arrays[field.name] if field.name in arrays else pa.nulls(len(items), field.type) for field in fields],
        fields=fields,
    )


def _array(kind: pa.DataType, column: Sequence[Any]) -> pa.Array:
    if not pa.types.is_list(kind):
        return pa.array(column, kind)
    # From one flat list: twice as fast as from a list of lists.
    lengths = [0 if each is None else len(each) for each in column]
    offsets = pa.array(list(accumulate(lengths, initial=0)), pa.int32())
    values = pa.array(list(chain.from_iterable(each for each in column if each is not None)), kind.value_type)
    absent = pa.array([each is None for each in column], pa.bool_())
    return pa.ListArray.from_arrays(offsets, values, type=kind, mask=absent)
