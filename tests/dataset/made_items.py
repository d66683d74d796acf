"""QA items made up field by field, and those of the shipped sample without running a stage."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipeline import vocabulary
from pipeline.questions.concept import Concept
from pipeline.questions.distractor_pool import DistractorPool, pool_rows
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import label_codes
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.stage import near_countries
from pipeline.questions.templates import shipped_catalogue
from tests.kit.sample_concepts import sample_concepts, sample_parents
from tests.questions.rows import questions_of

Row = dict[str, Any]


def item(qa_id: int, question: str = "What is this made of?", answer: str = "wood", **fields: Any) -> Row:
    """What is read of an item, in English and open unless told otherwise."""
    made = {
        "qa_id": qa_id, "qid": 1, "property": 186, "language": "en", "kind": "open",
        "template_id": "material/en/open/1/r1", "question": question, "original_question": question,
        "answer": answer, "original_answer": answer,
    }  # fmt: skip
    return {**made, **fields}


def group(*items: Row, qid: int = 1, picture: str = "a") -> Row:
    return {"qid": qid, "sha256": picture, "items": [{**each, "qid": qid} for each in items]}


@cache
def sample_groups(*languages: str) -> list[Row]:
    """Every question about each concept of the sample in some languages, with a picture each."""
    codes = {code: vocabulary.languages()[code].wikidata for code in languages}
    rows, catalogue = sample_concepts(), shipped_catalogue()
    pool = DistractorPool(
        [each for row in rows for each in pool_rows(Concept.of(row), catalogue)], label_codes(codes), near_countries()
    )
    kinship, wanted = Kinship.of(sample_parents()), QuestionSettings(tuple(codes))
    groups = []
    for row in rows:
        guid = next(each["statement_id"] for each in row["statements"] if each["property"] == 18)
        picture = {"qid": row["qid"], "statement_id": guid, "sha256": f"{row['qid']:064x}"}
        items, _ = questions_of(row, picture, catalogue, codes, pool, kinship, wanted)
        groups.append({"qid": row["qid"], "sha256": picture["sha256"], "items": items})
    return groups
