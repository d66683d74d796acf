"""All questions about one entity with one picture: the same each time, whatever else is asked."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.questions.balance import EVERYTHING, Balance
from pipeline.questions.concept import Concept
from pipeline.questions.dates import write_date
from pipeline.questions.distractor_pool import DistractorPool
from pipeline.questions.distractors import Candidates, Option
from pipeline.questions.families import Family
from pipeline.questions.items import Item
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import Codes, label_codes
from pipeline.questions.language_format import LanguageFormat
from pipeline.questions.leaks import tells
from pipeline.questions.near import near_dates, near_options
from pipeline.questions.qa_id import id_prefix, pick, signed_hash
from pipeline.questions.settings import QuestionSettings
from pipeline.questions.templates import Catalogue, template_id
from pipeline.questions.values import Answer, Fact, SkipReason, Value, answer_of, fact_of, given_of, most_specific
from pipeline.questions.wordings import ENTITY, GIVEN, Wording
from pipeline.reading import comparable


@dataclass(frozen=True)
class _Tongue:
    """A language, and what is needed to ask in it.

    Attributes:
        codes: Wikidata's, of the labels that may be shown.
        all_codes: of those that are true, whether or not they may be shown.
        families: those whose wordings may be used.
    """

    language: str
    codes: Codes
    all_codes: Codes
    format: LanguageFormat
    families: frozenset[str]


@dataclass(frozen=True)
class _Name:
    """A name that a question puts in: NFC, and comparable."""

    text: str
    comparable: str


@dataclass(frozen=True)
class _Phrase:
    """A wording about a thing of a domain.

    Attributes:
        text: in NFC, with {entity} and {given} left in.
        comparable: the same as `reading.comparable` gives it.
    """

    wording: Wording
    template_id: str
    text: str
    comparable: str


class _Asking:
    """One fact of an entity with a picture that is asked for, in any language."""

    def __init__(
        self, concept: Concept, sha256: str, family: Family, fact: Fact, given: Value | None, candidates: Candidates
    ) -> None:
        self.concept, self.sha256, self.family, self.fact, self.given = concept, sha256, family, fact, given
        self.candidates = candidates
        self._identities: dict[int | None, tuple[list[str], str]] = {}

    def statement_ids(self, at: int | None) -> list[str]:
        """Of all that the question and its answer rest on: all values, or one of them."""
        return self._identity(at)[0]

    def qa_id(self, at: int | None, language: str, kind: str) -> int:
        """Identity of the question that is answered by all values, or by one of them."""
        return signed_hash(f"{self._identity(at)[1]}{language}|{kind}|{self.family.name}")

    def _identity(self, at: int | None) -> tuple[list[str], str]:
        found = self._identities.get(at)
        if found is None:
            values = self.fact.values if at is None else (self.fact.values[at],)
            told = () if self.given is None else (self.given,)
            guids = sorted({guid for value in (*values, *told) for guid in value.statement_ids})
            found = self._identities[at] = guids, id_prefix(self.concept.qid, guids, self.sha256)
        return found


class QuestionMaker:
    """Makes questions in some languages.

    Args:
        catalogue: has wordings in all languages of the settings.
        languages: data-set code -> Wikidata codes, best first, without `mul`.
        pool: wrong options, with labels of these languages.
        kinship: which values are ancestors, descendants or parts of others.
        settings: what is made.
        balance: what of that is left out before it is put into words.

    Raises:
        ConfigError: the catalogue has no wordings in one of the languages.
    """

    def __init__(
        self, catalogue: Catalogue, languages: Mapping[str, Codes], pool: DistractorPool, kinship: Kinship,
        settings: QuestionSettings, balance: Balance = EVERYTHING,
    ) -> None:  # fmt: skip
        catalogue.require(settings.languages)
        self._catalogue, self._pool, self._kinship = catalogue, pool, kinship
        self._settings, self._balance = settings, balance
        shown, all_codes = label_codes(languages, settings.fallbacks), label_codes(languages)
        self._tongues = [
            _Tongue(language, shown[language], all_codes[language], catalogue.languages[language].format,
                    frozenset(name for name, wordings in catalogue.languages[language].wordings.items()
                              if wordings.is_at_least(settings.status)))
            for language in settings.languages
        ]  # fmt: skip
        self._phrases: dict[tuple[str, str, str, str], tuple[_Phrase, ...]] = {}

    def ask(self, concept: Concept, image: Mapping[str, Any]) -> tuple[list[Item], Counter[SkipReason]]:
        """Every question that can be asked about an entity with a picture.

        Args:
            concept: with statements of all properties that the catalogue's families look at.
            image: a row of the table `images`, of the same entity.

        Returns:
            The items, and how many were not made for each reason. Items and reasons together number
            `settings.asked`: families x languages x kinds.
        """
        items: list[Item] = []
        skipped: Counter[SkipReason] = Counter()
        names = {tongue.language: self._name(concept, tongue) for tongue in self._tongues}
        per_family = len(self._tongues) * len(self._settings.kinds)
        for family in self._catalogue.families:
            asking = self._asking(concept, image, family)
            if isinstance(asking, SkipReason):
                skipped[asking] += per_family
                continue
            for made in self._of_family(asking, names):
                if isinstance(made, SkipReason):
                    skipped[made] += 1
                else:
                    items.append(made)
        cap = self._settings.max_items_per_picture
        if cap is not None and len(items) > cap:
            skipped[SkipReason.OVER_CAP] += len(items) - cap
            ids = sorted((item.qa_id for item in items), key=lambda each: (pick(each, "cap", 1 << 32), each))[:cap]
            items = [item for item in items if item.qa_id in set(ids)]
        return items, skipped

    def _asking(self, concept: Concept, image: Mapping[str, Any], family: Family) -> _Asking | SkipReason:
        fact = fact_of(concept, image, family)
        if isinstance(fact, SkipReason):
            return fact
        fact = most_specific(fact, self._kinship)
        given = given_of(concept, family, fact)
        if isinstance(given, SkipReason):
            return given
        candidates = Candidates(
            self._pool, family, concept, fact, self._kinship.related, fact.values[0].language
        )  # fmt: skip
        return _Asking(concept, image["sha256"], family, fact, given, candidates)

    def _of_family(self, asking: _Asking, names: Mapping[str, _Name | None]) -> Iterator[Item | SkipReason]:
        family, kinds = asking.family, self._settings.kinds
        kept = self._balance.kept(asking.concept, asking.sha256, family.name, self._settings.languages, kinds)
        for tongue in self._tongues:
            if family.name not in tongue.families:
                yield from [SkipReason.WORDING_NOT_CHECKED] * len(kinds)
                continue
            drawn = [kind for kind in kinds if (tongue.language, kind) in kept]
            yield from [SkipReason.NOT_DRAWN] * (len(kinds) - len(drawn))
            if drawn:
                yield from self._in_language(asking, tongue, names[tongue.language], drawn)

    def _in_language(
        self, asking: _Asking, tongue: _Tongue, name: _Name | None, kinds: Sequence[str]
    ) -> Iterator[Item | SkipReason]:
        values = asking.fact.values
        # A text in another language is no question in that very language, where it is just the name.
        if any(value.text and value.language.partition("-")[0] in tongue.codes for value in values):
            yield from [SkipReason.OWN_LANGUAGE] * len(kinds)
            return
        answers = [answer_of([value], tongue.codes, tongue.format) for value in values]
        told = None
        if asking.given is not None:
            label = asking.given.labels.best(tongue.codes)
            told = None if label is None else _Name(label[0], comparable(label[0]))
        true = [comparable(answer.text) for answer in answers if answer is not None]
        # A name that holds 1850 gives "around 1850" away.
        plain = [replace(value.date, circa=False) for value in values if value.date is not None and value.date.circa]
        true += [comparable(write_date(date, tongue.format)) for date in plain]
        # Where the entity's name or the fact that is told gives a true value away, neither is put in.
        if name is not None and tells(name.comparable, true):
            name = None
        can_tell = asking.given is None or (told is not None and not tells(told.comparable, true))
        for kind in kinds:
            at, answer = None, None
            if kind == "open" and None not in answers:
                answer = answers[0] if len(values) == 1 else answer_of(values, tongue.codes, tongue.format)
            elif kind == "choice" and true:
                # One of several true values is the right option; which one must be settled before the item has an id.
                labelled = [number for number, each in enumerate(answers) if each is not None]
                item = asking.qa_id(None, tongue.language, kind) if len(labelled) > 1 else 0
                at = labelled[pick(item, "value", len(labelled))]
                answer = answers[at]
            if answer is None:
                yield SkipReason.NO_LABEL
            elif not can_tell:
                yield SkipReason.ANSWER_IN_QUESTION
            else:
                yield self._item(asking, tongue, kind, at, answer, name, told, true)

    def _item(
        self, asking: _Asking, tongue: _Tongue, kind: str, at: int | None, answer: Answer, name: _Name | None,
        told: _Name | None, true: Sequence[str],
    ) -> Item | SkipReason:  # fmt: skip
        concept, fact = asking.concept, asking.fact
        item = asking.qa_id(at, tongue.language, kind)
        choices = choice_qids = index = None
        if at is not None:
            wrong = self._wrong(asking, tongue, fact.values[at], answer, item)
            if len(wrong) < self._settings.choices - 1:
                return SkipReason.TOO_FEW_DISTRACTORS
            index = pick(item, "answer_index", len(wrong) + 1)
            choices = [option.text for option in wrong]
            choices.insert(index, answer.text)
            if answer.value_qid is not None:
                choice_qids = [option.qid or 0 for option in wrong]
                choice_qids.insert(index, answer.value_qid)
        worded = self._worded(asking, tongue.language, kind, item, name, told, (*true, comparable(answer.text)))
        if isinstance(worded, SkipReason):
            return worded
        return Item(
            item, concept.qid, fact.property, asking.statement_ids(at), fact.rank, concept.dump_date, worded[0],
            tongue.language, kind, worded[1], answer.text, answer.value_qid, choices, choice_qids, index,
            answer.label_language,
        )  # fmt: skip

    def _wrong(self, asking: _Asking, tongue: _Tongue, value: Value, answer: Answer, item: int) -> list[Option]:
        concept, fact, count = asking.concept, asking.fact, self._settings.choices - 1
        if value.date is not None:
            return near_dates(value.date, fact, tongue.format, concept.year, item, count)
        if value.quantity is not None:
            return near_options(value.quantity, fact, tongue.format, item, count)
        if value.text is not None:
            true = [concept.labels.names((*tongue.all_codes, value.language))]
        else:
            true = [labels.names(tongue.all_codes) for labels in (concept.labels, *fact.true_labels)]
        return asking.candidates.pick(answer, tongue.language, true, count)

    def _worded(
        self, asking: _Asking, language: str, kind: str, item: int, name: _Name | None, told: _Name | None,
        true: Sequence[str],
    ) -> tuple[str, str] | SkipReason:  # fmt: skip
        """Template and question by the item's hash, or by the next that fits."""
        phrases = self._of_domain(asking.family.name, language, kind, asking.concept.domain)
        if not phrases:
            return SkipReason.WORDING_SWITCHED_OFF
        first = pick(item, "wording", len(phrases)) if len(phrases) > 1 else 0
        for phrase in (*phrases[first:], *phrases[:first]):
            question, asked = phrase.text, phrase.comparable
            if phrase.wording.names_entity:
                if name is None or phrase.wording.collides(name.text):
                    continue
                question, asked = question.replace(ENTITY, name.text), asked.replace(ENTITY, name.comparable)
            if told is not None:
                if phrase.wording.collides(told.text, GIVEN):
                    continue
                question, asked = question.replace(GIVEN, told.text), asked.replace(GIVEN, told.comparable)
            if not any(text in asked for text in true):
                return phrase.template_id, unicodedata.normalize("NFC", question)
        return SkipReason.ANSWER_IN_QUESTION

    def _of_domain(self, family: str, language: str, kind: str, domain: str) -> tuple[_Phrase, ...]:
        key = (family, language, kind, domain)
        found = self._phrases.get(key)
        if found is None:
            wordings = self._catalogue.languages[language].wordings[family]
            templates = [
                (each, template_id(family, language, kind, each.number, wordings.revision))
                for each in wordings.by_kind[kind]
            ]
            found = self._phrases[key] = tuple(
                _phrase(each, domain, template)
                for each, template in templates
                if template not in self._settings.switched_off
            )
        return found

    def _name(self, concept: Concept, tongue: _Tongue) -> _Name | None:
        label = concept.labels.best(tongue.codes)
        return None if label is None else _Name(label[0], comparable(label[0]))


def _phrase(wording: Wording, domain: str, template: str) -> _Phrase:
    text = unicodedata.normalize("NFC", wording.render(domain, None))
    return _Phrase(wording, template, text, comparable(text))
