"""All questions about one entity with one picture: rows in, rows out, the same each time."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ConfigError
from pipeline.questions.balance import EVERYTHING, NOT_DRAWN, Balance
from pipeline.questions.distractors import DistractorPool, Option, near_dates, near_options, true_names
from pipeline.questions.families import Family
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import best_label, by_language, label_codes, names_in
from pipeline.questions.qa_id import pick, qa_id
from pipeline.questions.templates import Catalogue, template_id
from pipeline.questions.values import Answer, Fact, SkipReason, Value, answer_of, fact_of, given_of, most_specific
from pipeline.questions.wordings import GIVEN, KINDS, Status, Wording
from pipeline.reading import comparable
from pipeline.schema import QA_ITEM

_NO_GENERATION: dict[str, Any] = {
    field.name: None
    for field in QA_ITEM
    if field.name.startswith(("rephrase_", "judge_"))
    or field.name in ("picture_shows_entity", "answer_supported", "language_right")
}


@dataclass(frozen=True)
class QuestionSettings:
    """What is made.

    Attributes:
        languages: the data set's codes.
        kinds: open, choice or both.
        choices: options of a choice question, the right one included.
        max_items_per_picture: cap, or None for no cap; which items stay depends on their ids alone.
        status: wordings that were looked at less are not used.
    """

    languages: tuple[str, ...]
    kinds: tuple[str, ...] = KINDS
    choices: int = 4
    max_items_per_picture: int | None = None
    status: Status = "machine_checked"

    def __post_init__(self) -> None:
        if not self.kinds or set(self.kinds) - set(KINDS):
            raise ConfigError(f"questions: kinds are {' and '.join(KINDS)}, not {', '.join(self.kinds) or 'none'}")
        if self.choices < 2:
            raise ConfigError(f"questions: a choice question needs at least 2 choices, not {self.choices}")
        if self.max_items_per_picture is not None and self.max_items_per_picture < 1:
            raise ConfigError("questions: max_items_per_picture is at least 1, or null for no cap")

    def asked(self, catalogue: Catalogue) -> int:
        """How many questions a picture would have if all could be made."""
        return len(catalogue.families) * len(self.languages) * len(self.kinds)


@dataclass(frozen=True)
class _Asking:
    """One question to be made: who is asked about, what, and in which language and kind."""

    concept: Mapping[str, Any]
    image: Mapping[str, Any]
    catalogue: Catalogue
    family: Family
    fact: Fact
    language: str
    kind: str
    codes: tuple[str, ...]
    given: Value | None
    names: Mapping[str, str]

    def statement_ids(self, values: Sequence[Value]) -> list[str]:
        """Of all that the question and its answer rest on."""
        told = () if self.given is None else (self.given,)
        return sorted({guid for value in (*values, *told) for guid in value.statement_ids})

    def identity(self, values: Sequence[Value]) -> int:
        guids = self.statement_ids(values)
        return qa_id(self.concept["qid"], guids, self.image["sha256"], self.language, self.kind, self.family.name)


def questions_of(
    concept: Mapping[str, Any], image: Mapping[str, Any], catalogue: Catalogue,
    languages: Mapping[str, tuple[str, ...]], pool: DistractorPool, kinship: Kinship, settings: QuestionSettings,
    balance: Balance = EVERYTHING,
) -> tuple[list[dict[str, Any]], Counter[str]]:  # fmt: skip
    """Every question that can be asked about an entity with a picture.

    Args:
        concept: a row of the table `concepts`, nested values as dicts and lists.
        image: a row of the table `images`, of the same entity.
        catalogue: has wordings in all languages of the settings.
        languages: data-set code -> Wikidata codes, best first, without `mul`.
        pool: made with the same `languages`.
        kinship: which values are ancestors, descendants or parts of others.
        settings: what is made.
        balance: what of that is left out before it is put into words.

    Returns:
        Items with every key of `schema.QA_ITEM`, and how many were not made for each reason. Items and reasons
        together number `settings.asked`: families x languages x kinds.

    Raises:
        ConfigError: the catalogue has no wordings in one of the languages.
    """
    catalogue.require(settings.languages)
    items: list[dict[str, Any]] = []
    skipped: Counter[str] = Counter()
    names = by_language(concept["labels"])
    for family in catalogue.families:
        fact = fact_of(concept, image, family)
        if isinstance(fact, SkipReason):
            skipped[fact] += len(settings.languages) * len(settings.kinds)
            continue
        fact = most_specific(fact, kinship)
        given = given_of(concept, family, fact)
        if isinstance(given, SkipReason):
            skipped[given] += len(settings.languages) * len(settings.kinds)
            continue
        kept = balance.kept(concept, image["sha256"], family.name, settings.languages, settings.kinds)
        for language in settings.languages:
            if not catalogue.languages[language].wordings[family.name].is_at_least(settings.status):
                skipped[SkipReason.WORDING_NOT_CHECKED] += len(settings.kinds)
                continue
            codes = label_codes(language, languages)
            for kind in settings.kinds:
                if (language, kind) not in kept:
                    skipped[NOT_DRAWN] += 1
                    continue
                asking = _Asking(concept, image, catalogue, family, fact, language, kind, codes, given, names)
                made = _open(asking) if kind == "open" else _choice(asking, pool, kinship, settings.choices)
                if isinstance(made, SkipReason):
                    skipped[made] += 1
                else:
                    items.append(made)
    return _capped(items, skipped, settings.max_items_per_picture)


def _capped(
    items: list[dict[str, Any]], skipped: Counter[str], cap: int | None
) -> tuple[list[dict[str, Any]], Counter[str]]:
    if cap is not None and len(items) > cap:
        skipped[SkipReason.OVER_CAP] += len(items) - cap
        kept = set(sorted((item["qa_id"] for item in items), key=lambda item: (pick(item, "cap", 1 << 32), item))[:cap])
        items = [item for item in items if item["qa_id"] in kept]
    return items, skipped


def _open(asking: _Asking) -> dict[str, Any] | SkipReason:
    values = asking.fact.values
    if _in_own_language(asking):
        return SkipReason.OWN_LANGUAGE
    answer = answer_of(values, asking.codes, asking.catalogue.languages[asking.language].format)
    if answer is None:
        return SkipReason.NO_LABEL
    return _item(asking, values, answer, asking.identity(values), None)


def _in_own_language(asking: _Asking) -> bool:
    """Whether a text in another language is asked for in that very language, where it is just the name."""
    return any(value.language.partition("-")[0] in asking.codes for value in asking.fact.values if value.text)


def _choice(asking: _Asking, pool: DistractorPool, kinship: Kinship, size: int) -> dict[str, Any] | SkipReason:
    if _in_own_language(asking):
        return SkipReason.OWN_LANGUAGE
    style = asking.catalogue.languages[asking.language].format
    answers = [(value, answer_of([value], asking.codes, style)) for value in asking.fact.values]
    labelled = [(value, answer) for value, answer in answers if answer is not None]
    if not labelled:
        return SkipReason.NO_LABEL
    # One of several true values is the right option; which one must be settled before the item has its own id.
    value, answer = labelled[pick(asking.identity(asking.fact.values), "value", len(labelled))]
    item = asking.identity([value])
    if value.date is not None:
        last_year = int(asking.concept["dump_date"][:4])
        wrong = near_dates(value.date, asking.fact, style, last_year, item, size - 1)
    elif value.quantity is not None:
        wrong = near_options(value.quantity, asking.fact, style, item, size - 1)
    elif value.text is not None:
        forbidden = names_in(asking.concept["labels"], (*asking.codes, value.language))
        wrong = pool.pick_texts(asking.family, asking.concept, answer, forbidden, item, size - 1)
    else:
        forbidden = true_names(asking.fact, asking.codes) | names_in(asking.concept["labels"], asking.codes)
        wrong = pool.pick(
            asking.family, asking.concept, asking.language, answer, asking.fact, forbidden, kinship.related, item,
            size - 1,
        )  # fmt: skip
    if len(wrong) < size - 1:
        return SkipReason.TOO_FEW_DISTRACTORS
    return _item(asking, [value], answer, item, wrong)


def _item(
    asking: _Asking, values: Sequence[Value], answer: Answer, item: int, wrong: list[Option] | None
) -> dict[str, Any] | SkipReason:
    wordings = asking.catalogue.languages[asking.language].wordings[asking.family.name]
    worded = _worded(asking, wordings.by_kind[asking.kind], answer, item)
    if worded is None:
        return SkipReason.ANSWER_IN_QUESTION
    wording, question = worded
    text = unicodedata.normalize("NFC", answer.text)
    row: dict[str, Any] = {
        "qa_id": item,
        "qid": asking.concept["qid"],
        "property": asking.fact.property,
        "statement_ids": asking.statement_ids(values),
        "rank": asking.fact.rank,
        "dump_date": asking.concept["dump_date"],
        "template_id": template_id(asking.family.name, asking.language, asking.kind, wording.number, wordings.revision),
        "language": asking.language,
        "kind": asking.kind,
        "question": question,
        "answer": text,
        "value_qid": answer.value_qid,
        **_options(text, answer.value_qid, wrong, item),
        "answer_label_language": answer.label_language,
        "original_question": question,
        "original_answer": text,
        **_NO_GENERATION,
    }
    return row


def _options(answer: str, qid: int | None, wrong: list[Option] | None, item: int) -> dict[str, Any]:
    if wrong is None:
        return {"choices": None, "choice_qids": None, "answer_index": None}
    index = pick(item, "answer_index", len(wrong) + 1)
    texts = [unicodedata.normalize("NFC", option.text) for option in wrong]
    qids = [option.qid for option in wrong]
    return {
        "choices": [*texts[:index], answer, *texts[index:]],
        "choice_qids": None if qid is None else [*qids[:index], qid, *qids[index:]],
        "answer_index": index,
    }


def _worded(asking: _Asking, wordings: Sequence[Wording], answer: Answer, item: int) -> tuple[Wording, str] | None:
    """A wording by the item's hash, with names put in; None where each lacks a name or gives the answer away."""
    domain = asking.concept["domain"]
    label = best_label(asking.names, asking.codes)
    name = None if label is None else label[0]
    told = None
    if asking.given is not None:
        given = best_label(asking.given.by_language, asking.codes)
        if given is None:
            return None
        told = given[0]
    answers = _answer_texts(asking, answer)
    # Told from both ends: a name may hold the answer, and the answer the name.
    tells = name is None or _tells(name, answers)
    if told is not None and _tells(told, answers):
        return None
    fitting: list[tuple[Wording, str]] = []
    for wording in wordings:
        if wording.names_entity and (name is None or tells or wording.collides(name)):
            continue
        if told is not None and wording.collides(told, GIVEN):
            continue
        question = unicodedata.normalize("NFC", wording.render(domain, name, told))
        asked = comparable(question)
        if not any(text in asked for text in answers):
            fitting.append((wording, question))
    return fitting[pick(item, "wording", len(fitting))] if fitting else None


def _tells(name: str, answers: Sequence[str]) -> bool:
    seen = comparable(name)
    return any(seen in text or text in seen for text in answers)


def _answer_texts(asking: _Asking, answer: Answer) -> list[str]:
    labels = [best_label(value.by_language, asking.codes) for value in asking.fact.values]
    return [comparable(answer.text), *(comparable(label[0]) for label in labels if label is not None)]
