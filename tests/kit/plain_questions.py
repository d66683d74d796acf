"""Questions made the plain way: one after another, each looked up, filled in by Jinja2 and checked by itself.

It is what one would write first: labels are looked for in the rows, nothing is kept for the next question but compiled
templates. It has the same rules: an oracle for `QuestionMaker`, and its peer in `benchmarks/questions.py`. What is true
of an entity, how dates are written and which values may be wrong options, in which order, it takes from the pipeline.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import jinja2
import pyarrow as pa

from pipeline.questions.concept import Concept
from pipeline.questions.dates import write_date
from pipeline.questions.distractor_pool import DistractorPool
from pipeline.questions.distractors import Option
from pipeline.questions.families import Family
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import MUL, Codes, label_codes, usable
from pipeline.questions.language_format import LanguageFormat
from pipeline.questions.leaks import tells
from pipeline.questions.likeness import look_of
from pipeline.questions.near import near_dates, near_options
from pipeline.questions.qa_id import pick, qa_id
from pipeline.questions.quantities import write_quantity
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.templates import Catalogue, template_id
from pipeline.questions.values import Answer, Fact, SkipReason, Value, fact_of, given_of, most_specific
from pipeline.reading import comparable
from pipeline.schema import QA_ITEM, QUESTIONS

Row = dict[str, Any]


class PlainQuestions:
    """Arguments as those of `QuestionMaker`, and the rows of all concepts, for the labels of wrong options."""

    def __init__(
        self, catalogue: Catalogue, languages: Mapping[str, Codes], pool: DistractorPool, kinship: Kinship,
        settings: QuestionSettings, rows: list[Row],
    ) -> None:  # fmt: skip
        self.catalogue, self.languages, self.pool, self.kinship = catalogue, languages, pool, kinship
        self.settings = settings
        self._labels: dict[int, list[Row]] = {}
        for row in rows:
            self._labels.setdefault(row["qid"], row["labels"])
            for statement in row["statements"]:
                if statement["qid"]:
                    self._labels.setdefault(statement["qid"], statement["value_labels"])
        self._jinja = jinja2.Environment(autoescape=False, keep_trailing_newline=True)
        self._templates: dict[str, jinja2.Template] = {}

    def table(self, rows: list[Row], pictures: list[Row]) -> pa.Table:
        """The table `questions` of concepts with a picture each."""
        made = []
        for row, picture in zip(rows, pictures, strict=True):
            concept = Concept.of(row)
            group = {name: row[name] for name in ("qid", "country", "domain", "num_sitelinks")}
            made.append({**group, "sha256": picture["sha256"], "items": list(self.items(concept, picture))})
        return pa.Table.from_pylist(made, schema=QUESTIONS)

    def items(self, concept: Concept, picture: Row) -> Iterator[Row]:
        """Every question about a concept with a picture."""
        for family in self.catalogue.families:
            fact = fact_of(concept, picture, family)
            if isinstance(fact, SkipReason):
                continue
            fact = most_specific(fact, self.kinship)
            given = given_of(concept, family, fact)
            if isinstance(given, SkipReason):
                continue
            for language in self.settings.languages:
                for kind in self.settings.kinds:
                    item = self._item(concept, picture["sha256"], family, fact, given, language, kind)
                    if item is not None:
                        yield item

    def _item(
        self, concept: Concept, sha256: str, family: Family, fact: Fact, given: Value | None, language: str, kind: str
    ) -> Row | None:
        words = self.catalogue.languages[language]
        wordings = words.wordings[family.name]
        codes = label_codes(self.languages, self.settings.fallbacks)[language]
        if not wordings.is_at_least(self.settings.status):
            return None
        if any(value.text and value.language.partition("-")[0] in codes for value in fact.values):
            return None
        answers = [self._answer([value], codes, words.format) for value in fact.values]
        values: tuple[Value, ...] = fact.values
        if kind == "choice":
            labelled = [value for value, answer in zip(values, answers, strict=True) if answer is not None]
            if not labelled:
                return None
            all_values = self._qa_id(concept, sha256, family, values, given, language, kind)
            values = (labelled[pick(all_values, "value", len(labelled))],)
        answer = self._answer(values, codes, words.format)
        if answer is None:
            return None
        true = [_comparable(each.text) for each in (*answers, answer) if each is not None]
        for value in fact.values:
            if value.date is not None and value.date.circa:
                true.append(_comparable(write_date(replace(value.date, circa=False), words.format)))
        item = self._qa_id(concept, sha256, family, values, given, language, kind)
        wrong: list[Option] | None = None
        if kind == "choice":
            wrong = self._wrong(concept, family, fact, values[0], answer, language, codes, item)
            if len(wrong) < self.settings.choices - 1:
                return None
        worded = self._worded(concept, family, given, language, kind, codes, item, true)
        if worded is None:
            return None
        template, question = worded
        told = () if given is None else (given,)
        index = None if wrong is None else pick(item, "answer_index", len(wrong) + 1)
        options = None if wrong is None else [(option.text, option.qid) for option in wrong]
        if options is not None and index is not None:
            options.insert(index, (answer.text, answer.value_qid))
        row: Row = dict.fromkeys(field.name for field in QA_ITEM)
        return row | {
            "qa_id": item, "qid": concept.qid, "property": fact.property,
            "statement_ids": sorted({guid for value in (*values, *told) for guid in value.statement_ids}),
            "rank": fact.rank, "dump_date": concept.dump_date, "template_id": template, "language": language,
            "kind": kind, "question": question, "answer": answer.text, "value_qid": answer.value_qid,
            "choices": None if options is None else [text for text, _ in options],
            "choice_qids": None if options is None or answer.value_qid is None else [qid for _, qid in options],
            "answer_index": index, "answer_label_language": answer.label_language, "original_question": question,
            "original_answer": answer.text,
        }  # fmt: skip

    def _qa_id(
        self, concept: Concept, sha256: str, family: Family, values: tuple[Value, ...], given: Value | None,
        language: str, kind: str,
    ) -> int:  # fmt: skip
        told = () if given is None else (given,)
        guids = {guid for value in (*values, *told) for guid in value.statement_ids}
        return qa_id(concept.qid, guids, sha256, language, kind, family.name)

    def _wrong(
        self, concept: Concept, family: Family, fact: Fact, value: Value, answer: Answer, language: str, codes: Codes,
        item: int,
    ) -> list[Option]:  # fmt: skip
        style, count = self.catalogue.languages[language].format, self.settings.choices - 1
        if value.date is not None:
            return near_dates(value.date, fact, style, concept.year, item, count)
        if value.quantity is not None:
            return near_options(value.quantity, fact, style, item, count)
        is_text = value.text is not None
        true = _names(self._labels[concept.qid])
        if not is_text:
            for other in [each["qid"] for each in concept.stated(family.true_properties) if each["qid"]]:
                true |= _names(self._labels[other])
        texts = self.pool.texts(family, value.language) if is_text else None
        options: list[Option] = []
        for qid in self.pool.walk(family, concept, value.language):
            label = (texts(qid).text, value.language) if texts else _best(self._labels[qid], codes)
            if label is None or (label[1] == MUL) != (answer.label_language == MUL):
                continue
            name = _comparable(label[0])
            if name in true or name in {_comparable(answer.text), *(_comparable(option.text) for option in options)}:
                continue
            if not _look_of(label[0]).is_like(_look_of(answer.text)):
                continue
            if is_text:
                if qid != concept.qid:
                    options.append(Option(label[0], None))
            elif qid not in fact.true_qids and not any(
                self.kinship.related(qid, other)
                for other in (*fact.kin_qids, *(option.qid for option in options if option.qid))
            ):
                options.append(Option(label[0], qid))
            if len(options) == count:
                break
        return options

    def _worded(
        self, concept: Concept, family: Family, given: Value | None, language: str, kind: str, codes: Codes, item: int,
        true: list[str],
    ) -> tuple[str, str] | None:  # fmt: skip
        wordings = self.catalogue.languages[language].wordings[family.name]
        label = _best(self._labels[concept.qid], codes)
        told = None if given is None or given.qid is None else _best(self._labels[given.qid], codes)
        if given is not None and (told is None or tells(_comparable(told[0]), true)):
            return None
        may_name = label is not None and not tells(_comparable(label[0]), true)
        own = wordings.by_kind[kind]
        first = pick(item, "wording", len(own))
        for wording in (*own[first:], *own[:first]):
            if wording.names_entity and (not may_name or label is None or wording.collides(label[0])):
                continue
            if told is not None and wording.collides(told[0], "{given}"):
                continue
            question = self._template(wording.render(concept.domain, None)).render(
                entity=label[0] if label else "", given=told[0] if told else ""
            )
            question = unicodedata.normalize("NFC", question)
            if not any(text in _comparable(question) for text in true):
                number = template_id(family.name, language, kind, wording.number, wordings.revision)
                return number, question
        return None

    def _template(self, text: str) -> jinja2.Template:
        found = self._templates.get(text)
        if found is None:
            jinja = text.replace("{entity}", "{{ entity }}").replace("{given}", "{{ given }}")
            found = self._templates[text] = self._jinja.from_string(jinja)
        return found

    def _answer(self, values: Sequence[Value], codes: Codes, style: LanguageFormat) -> Answer | None:
        texts: list[str] = []
        used: list[str] = []
        for value in values:
            if value.date is not None:
                label: tuple[str, str] | None = (write_date(value.date, style), codes[0])
            elif value.quantity is not None:
                label = (write_quantity(value.quantity, style), codes[0])
            elif value.text is not None:
                label = (unicodedata.normalize("NFC", value.text.strip()), value.language)
            else:
                label = _best(self._labels[value.qid or 0], codes)
            if label is None:
                return None
            used.append(label[1])
            if _comparable(label[0]) not in map(_comparable, texts):
                texts.append(label[0])
        furthest = max(used, key=lambda code: codes.index(code) if code in codes else 0)
        return Answer(style.join(texts), furthest, values[0].qid if len(values) == 1 else None)


# Without what the pipeline keeps of earlier calls.
_comparable, _look_of, _usable = comparable.__wrapped__, look_of.__wrapped__, usable.__wrapped__


def _best(labels: list[Row], codes: Codes) -> tuple[str, str] | None:
    for code in codes:
        for row in labels:
            if row["language"] == code and _usable(row["label"]):
                return unicodedata.normalize("NFC", row["label"].strip()), code
    return None


def _names(labels: list[Row]) -> set[str]:
    return {_comparable(name) for row in labels for name in (row["label"], *(row["aliases"] or ()))}
