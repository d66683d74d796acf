"""All questions about one entity with one picture: the same each time, whatever else is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from unicodedata import normalize

from pipeline.questions.balance import EVERYTHING, Balance
from pipeline.questions.concept import Concept
from pipeline.questions.dates import write_date
from pipeline.questions.distractor_pool import DistractorPool
from pipeline.questions.distractors import Candidates, Option
from pipeline.questions.families import Family
from pipeline.questions.items import Item
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import Codes, Labels, label_codes
from pipeline.questions.language_format import LanguageFormat
from pipeline.questions.leaks import tells
from pipeline.questions.near import near_dates, near_options
from pipeline.questions.qa_id import id_prefix, pick, signed_hash
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.templates import Catalogue, template_id
from pipeline.questions.values import Answer, Fact, SkipReason, Value, answer_of, fact_of, given_of, most_specific
from pipeline.questions.wordings import ENTITY, GIVEN, Wording
from pipeline.reading import comparable

# The kind that shows no options, and the answer that names all values of a fact.
OPEN, ALL = "open", -1


@dataclass(frozen=True)
class _Tongue:
    """A language, and what is needed to ask in it.

    Attributes:
        codes: Wikidata's, of the labels that may be shown.
        families: those whose wordings may be used.
    """

    language: str
    codes: Codes
    format: LanguageFormat
    families: frozenset[str]


class _Name(NamedTuple):
    """A name that a question puts in: NFC, and comparable."""

    text: str
    comparable: str


class _Phrase(NamedTuple):
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
        self._identities: dict[int, tuple[list[str], str]] = {}

    def identity(self, at: int) -> tuple[list[str], str]:
        """Of the question that is answered by one of the values, or by `ALL`: its statements, and its id's prefix."""
        found = self._identities.get(at)
        if found is None:
            values = self.fact.values if at == ALL else (self.fact.values[at],)
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
        self._catalogue, self._pool, self.kinship = catalogue, pool, kinship
        self._settings, self._balance = settings, balance
        codes = label_codes(languages, settings.fallbacks)
        self._tongues = [
            _Tongue(language, codes[language], catalogue.languages[language].format,
                    frozenset(name for name, wordings in catalogue.languages[language].wordings.items()
                              if wordings.is_at_least(settings.status)))
            for language in settings.languages
        ]  # fmt: skip
        self._phrases: dict[tuple[str, str, str, str], tuple[_Phrase, ...]] = {}

    @property
    def properties(self) -> frozenset[int]:
        """P-numbers whose statements a concept must have here, beside the one that names its picture."""
        return self._catalogue.properties

    @property
    def most_per_picture(self) -> int:
        """How many questions a picture would have if all could be made: families x languages x kinds."""
        return self._settings.asked(self._catalogue)

    def ask(self, concept: Concept, image: Mapping[str, Any]) -> tuple[list[Item], Counter[SkipReason]]:
        """Every question that can be asked about an entity with a picture.

        Args:
            concept: with statements of `properties` and of the one that names the picture.
            image: a row of the table `images`, of the same entity.

        Returns:
            The items, and how many were not made for each reason, `most_per_picture` together.
        """
        items: list[Item] = []
        skipped: Counter[SkipReason] = Counter()
        names = {tongue.language: _name(concept.labels, tongue.codes) for tongue in self._tongues}
        per_family = len(self._tongues) * len(self._settings.kinds)
        for family in self._catalogue.families:
            asking = self._asking(concept, image, family)
            if isinstance(asking, SkipReason):
                skipped[asking] += per_family
                continue
            for tongue, kinds in self._drawn(asking, skipped):
                for made in self._in_language(asking, tongue, names[tongue.language], kinds):
                    if isinstance(made, SkipReason):
                        skipped[made] += 1
                    else:
                        items.append(made)
        cap = self._settings.max_items_per_picture
        if cap is not None and len(items) > cap:
            skipped[SkipReason.OVER_CAP] += len(items) - cap
            ids = sorted((item.qa_id for item in items), key=lambda each: (pick(each, "cap", 1 << 32), each))[:cap]
            items = [item for item in items if item.qa_id in set(ids)]
        return items, +skipped

    def _asking(self, concept: Concept, image: Mapping[str, Any], family: Family) -> _Asking | SkipReason:
        fact = fact_of(concept, image, family)
        if isinstance(fact, SkipReason):
            return fact
        fact = most_specific(fact, self.kinship)
        given = given_of(concept, family, fact)
        if isinstance(given, SkipReason):
            return given
        candidates = Candidates(self._pool, family, concept, fact, self.kinship.related, fact.values[0].language)
        return _Asking(concept, image["sha256"], family, fact, given, candidates)

    def _drawn(self, asking: _Asking, skipped: Counter[SkipReason]) -> Iterator[tuple[_Tongue, Sequence[str]]]:
        """Languages in which an answer can be looked for, and the kinds to make; the others are counted."""
        kinds, name = self._settings.kinds, asking.family.name
        tongues = [tongue for tongue in self._tongues if name in tongue.families]
        skipped[SkipReason.WORDING_NOT_CHECKED] += (len(self._tongues) - len(tongues)) * len(kinds)
        if self._balance.is_everything:
            # Most facts have labels in few languages: the others are not looked at one by one.
            labelled = [tongue for tongue in tongues if _may_have_label(asking.fact.values, tongue.codes)]
            skipped[SkipReason.NO_LABEL] += (len(tongues) - len(labelled)) * len(kinds)
            for tongue in labelled:
                yield tongue, kinds
            return
        kept = self._balance.kept(asking.concept, asking.sha256, name, self._settings.languages, kinds)
        for tongue in tongues:
            drawn = [kind for kind in kinds if (tongue.language, kind) in kept]
            skipped[SkipReason.NOT_DRAWN] += len(kinds) - len(drawn)
            if drawn:
                yield tongue, drawn

    def _in_language(
        self, asking: _Asking, tongue: _Tongue, name: _Name | None, kinds: Sequence[str]
    ) -> Iterator[Item | SkipReason]:
        values, codes = asking.fact.values, tongue.codes
        # A text in another language is no question in that very language, where it is just the name.
        if values[0].text and values[0].language.partition("-")[0] in codes:
            yield from [SkipReason.OWN_LANGUAGE] * len(kinds)
            return
        told = None if asking.given is None else _name(asking.given.labels, codes)
        if asking.given is not None and told is None:
            yield from [SkipReason.NO_LABEL] * len(kinds)
            return
        answers = [answer_of((value,), codes, tongue.format) for value in values]
        true = [comparable(answer.text) for answer in answers if answer is not None]
        # A name that holds 1850 gives "around 1850" away.
        plain = [replace(value.date, circa=False) for value in values if value.date is not None and value.date.circa]
        true += [comparable(write_date(date, tongue.format)) for date in plain]
        # Where the entity's name or the fact that is told gives a true value away, neither is put in.
        if name is not None and tells(name.comparable, true):
            name = None
        is_told = told is not None and tells(told.comparable, true)
        for kind in kinds:
            at, answer = ALL, None
            if len(values) == 1:
                at, answer = 0, answers[0]
            elif kind == OPEN:
                answer = None if None in answers else answer_of(values, codes, tongue.format)
            elif true:
                # One of several true values is the right option; which one must be settled before the item has an id.
                labelled = [number for number, each in enumerate(answers) if each is not None]
                item = signed_hash(f"{asking.identity(ALL)[1]}{tongue.language}|{kind}|{asking.family.name}")
                at = labelled[pick(item, "value", len(labelled))]
                answer = answers[at]
            if answer is None:
                yield SkipReason.NO_LABEL
            elif is_told:
                yield SkipReason.ANSWER_IN_QUESTION
            else:
                yield self._item(asking, tongue, kind, at, answer, name, told, true)

    def _item(
        self, asking: _Asking, tongue: _Tongue, kind: str, at: int, answer: Answer, name: _Name | None,
        told: _Name | None, true: Sequence[str],
    ) -> Item | SkipReason:  # fmt: skip
        concept, fact = asking.concept, asking.fact
        guids, prefix = asking.identity(at)
        item = signed_hash(f"{prefix}{tongue.language}|{kind}|{asking.family.name}")
        choices = choice_qids = index = None
        if kind != OPEN:
            wrong = self._wrong(asking, tongue, fact.values[at], answer, item)
            if len(wrong) < self._settings.choices - 1:
                return SkipReason.TOO_FEW_DISTRACTORS
            index = pick(item, "answer_index", len(wrong) + 1)
            choices = [option.text for option in wrong]
            choices.insert(index, answer.text)
            if answer.value_qid is not None:
                choice_qids = [option.qid or 0 for option in wrong]
                choice_qids.insert(index, answer.value_qid)
        if at == ALL:
            true = (*true, comparable(answer.text))
        worded = self._worded(asking, tongue.language, kind, item, name, told, true)
        if isinstance(worded, SkipReason):
            return worded
        return Item(
            item, concept.qid, fact.property, guids, fact.rank, concept.dump_date, worded[0], tongue.language, kind,
            worded[1], answer.text, answer.value_qid, choices, choice_qids, index, answer.label_language,
        )  # fmt: skip

    def _wrong(self, asking: _Asking, tongue: _Tongue, value: Value, answer: Answer, item: int) -> Sequence[Option]:
        fact, count = asking.fact, self._settings.choices - 1
        if value.date is not None:
            return near_dates(value.date, fact, tongue.format, asking.concept.year, item, count)
        if value.quantity is not None:
            return near_options(value.quantity, fact, tongue.format, item, count)
        return asking.candidates.pick(answer, tongue.language, count)

    def _worded(
        self, asking: _Asking, language: str, kind: str, item: int, name: _Name | None, told: _Name | None,
        true: Sequence[str],
    ) -> tuple[str, str] | SkipReason:  # fmt: skip
        """Template and question by the item's hash, or by the next that fits."""
        phrases = self._of_domain(asking.family.name, language, kind, asking.concept.domain)
        if not phrases:
            return SkipReason.WORDING_SWITCHED_OFF
        first = pick(item, "wording", len(phrases))
        for number in range(first, first + len(phrases)):
            wording, template, question, asked = phrases[number % len(phrases)]
            if wording.names_entity:
                if name is None or wording.collides(name.text):
                    continue
                question, asked = question.replace(ENTITY, name.text), asked.replace(ENTITY, name.comparable)
            if told is not None:
                if wording.collides(told.text, GIVEN):
                    continue
                question, asked = question.replace(GIVEN, told.text), asked.replace(GIVEN, told.comparable)
            for text in true:
                if text in asked:
                    break
            else:
                return template, normalize("NFC", question)
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


def _may_have_label(values: Sequence[Value], codes: Codes) -> bool:
    """Whether one of the values has a label in one of the codes, or is no item and needs none."""
    return any(value.qid is None or not value.labels.by_code.keys().isdisjoint(codes) for value in values)


def _name(labels: Labels, codes: Codes) -> _Name | None:
    label = labels.best(codes)
    return None if label is None else _Name(label[0], comparable(label[0]))


def _phrase(wording: Wording, domain: str, template: str) -> _Phrase:
    text = normalize("NFC", wording.render(domain, None))
    return _Phrase(wording, template, text, comparable(text))
