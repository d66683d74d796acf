"""Answers of the templates made again from the statements that they rest on, by the catalogue's own rules.

For all items of some entities, chosen by a hash of the entity: where a run has no more than `SAMPLE` concepts, of all.
Where nothing is found among n entities, with 95 % confidence less than 3 / n of all have a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import xxhash

from pipeline.questions.concept import COLUMNS, Concept, concepts_of
from pipeline.questions.families import Family
from pipeline.questions.labels import label_codes
from pipeline.questions.settings import Questions
from pipeline.questions.stage import label_languages
from pipeline.questions.subject import family_of
from pipeline.questions.templates import shipped_catalogue
from pipeline.questions.values import SkipReason, answer_of, fact_of, given_of
from pipeline.schema import CONCEPTS
from pipeline.stage import StageOutput
from pipeline.verify.ids import groups_of
from pipeline.verify.shards import Row, RowCheck

# Entities, about; a concept with the labels of its values takes 20 kB.
SAMPLE = 5_000
_IMAGE = ("qid", "sha256", "statement_id", "property")


class Answers(RowCheck):
    """The original answer, its item and the language of its label are what the statements give today.

    Args:
        select: the complete stage; its concepts are compared with the dump elsewhere.
        images: the complete stage.
        config: languages and fallbacks.
        sample: entities, about.
    """

    name = "answers are what their statements say, in the language of the sample"

    def __init__(self, select: StageOutput, images: StageOutput, config: Questions, sample: int = SAMPLE) -> None:
        super().__init__()
        self._share = min(1.0, sample / max(1, select.num_rows("concepts")))
        self._catalogue = shipped_catalogue()
        self._families = {family.name: family for family in self._catalogue.families}
        self._codes = label_codes(label_languages(config), config.fallbacks)
        self._pictures: dict[tuple[int, str], Row] = {}
        naming: set[int] = set()
        for group in groups_of(images, "images", _IMAGE):
            rows = [row for row in group.to_pylist() if self._is_chosen(row["qid"])]
            self._pictures.update({(row["qid"], row["sha256"]): row for row in rows})
            naming.update(row["property"] for row in rows)
        self._properties = self._catalogue.properties | naming
        self._concepts = self._chosen_concepts(select)
        self._at = {qid: number for number, qid in enumerate(self._concepts.column("qid").to_pylist())}
        self._concept = lru_cache(maxsize=256)(self._decoded)
        self._seen: set[int] = set()
        self._others = 0

    def _is_chosen(self, qid: int) -> bool:
        return xxhash.xxh3_64_intdigest(f"verify|{qid}".encode()) < self._share * 2**64

    def _chosen_concepts(self, select: StageOutput) -> pa.Table:
        schema = pa.schema([CONCEPTS.field(name) for name in COLUMNS])
        parts = [schema.empty_table()]
        for group in groups_of(select, "concepts", COLUMNS):
            chosen = [self._is_chosen(qid) for qid in group.column("qid").to_pylist()]
            parts.append(group.select(schema.names).filter(pa.array(chosen, pa.bool_())))
        return pa.concat_tables(parts).combine_chunks()

    def _decoded(self, qid: int) -> Concept | None:
        at = self._at.get(qid)
        if at is None:
            return None
        # Taken, not sliced: a slice would bring the lists of all rows with it.
        return next(concepts_of(self._concepts.take(pa.array(np.array([at]))), self._properties))

    def look(self, row: Row, shard: str, number: int) -> None:
        if not self._is_chosen(row["qid"]):
            return
        concept, image = self._concept(row["qid"]), self._pictures.get((row["qid"], row["sha256"]))
        self._seen.add(row["qid"])
        for item in row["items"]:
            family = self._families.get(family_of(item))
            if family is None:
                self._others += 1
                continue
            self.looked_at += 1
            problem = "its entity or picture is not there" if concept is None or image is None else None
            if concept is not None and image is not None:
                problem = self._problem(item, concept, image, family)
            if problem is not None:
                self.findings.add(f"sample {item['qa_id']}: {problem}")

    def _problem(self, item: Row, concept: Concept, image: Mapping[str, Any], family: Family) -> str | None:
        fact = fact_of(concept, image, family)
        if isinstance(fact, SkipReason):
            return f"nothing can be asked of its statements: {fact.value}"
        rests_on = set(item["statement_ids"])
        # Of several values a choice question has one; an open one leaves out those that stand above another.
        values = tuple(value for value in fact.values if rests_on.issuperset(value.statement_ids))
        if not values:
            return f"rests on {', '.join(sorted(rests_on))}, none of which has a value to answer with now"
        given = given_of(concept, family, replace(fact, values=values))
        if isinstance(given, SkipReason):
            return f"the fact that its question tells is not there: {given.value}"
        told = () if given is None else (given,)
        stated = {guid for value in (*values, *told) for guid in value.statement_ids}
        if stated != rests_on:
            return f"rests on {', '.join(sorted(rests_on))}, its answer and question on {', '.join(sorted(stated))}"
        language = item["language"]
        if language not in self._codes:
            return f"is in {language}, which is none of questions.languages"
        answer = answer_of(values, self._codes[language], self._catalogue.languages[language].format)
        if answer is None:
            return f"its statements have no label in {language} to answer with"
        said = item["original_answer"], item["answer_label_language"], item["value_qid"]
        return None if said == answer else f"says {_shown(*said)}, its statements {_shown(*answer)}"

    def notes(self) -> list[str]:
        found = [f"made again for all samples of {len(self._seen):,} entities"]
        if self._others:
            found.append(f"{self._others:,} of no family of the catalogue were passed over")
        return found


def _shown(text: str, language: str, qid: int | None) -> str:
    return f"{text!r} ({language}{'' if qid is None else f', Q{qid}'})"
