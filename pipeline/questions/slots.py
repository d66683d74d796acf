"""What could be asked of a sample of concepts, without putting any of it into words.

An item counts as possible where its family has a fact for the concept and the answer has a label in the language. Of
these a few do not become items after all: where every wording gives the answer away, where there are too few wrong
options, and where values that are kinds of one another become one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.questions.balance import slot_hash
from pipeline.questions.concept import Concept
from pipeline.questions.families import Family
from pipeline.questions.labels import Codes, label_codes
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import Fact, SkipReason, answer_of, fact_of, given_of

Row = Mapping[str, Any]


@dataclass
class Slots:
    """Columns of what is possible: concepts, their facts, and of each fact the languages and kinds.

    Attributes:
        languages, kinds, families, groups, countries, popularities: names behind the numbers in the columns; a group
            is a file of families.
        population: concepts that the sample stands for.
        num_concepts: concepts in the sample, those that nothing is asked of included.
        num_pictures: of them.
        domains: likewise, in the order in which they came.
        concept_country, concept_popularity, concept_domain: by concept.
        fact_concept, fact_picture, fact_family, fact_property: by fact, which is of one picture.
        slot_fact, slot_language, slot_kind, slot_hash: by slot.
    """

    languages: Sequence[str]
    kinds: Sequence[str]
    families: Sequence[str]
    groups: Sequence[str]
    population: int
    countries: list[str] = field(default_factory=list)
    popularities: Sequence[str] = ("head", "torso", "tail")
    domains: list[str] = field(default_factory=list)
    num_concepts: int = 0
    num_pictures: int = 0
    concept_country: array[int] = field(default_factory=lambda: array("h"))
    concept_popularity: array[int] = field(default_factory=lambda: array("b"))
    concept_domain: array[int] = field(default_factory=lambda: array("b"))
    fact_concept: array[int] = field(default_factory=lambda: array("i"))
    fact_picture: array[int] = field(default_factory=lambda: array("i"))
    fact_family: array[int] = field(default_factory=lambda: array("h"))
    fact_property: array[int] = field(default_factory=lambda: array("i"))
    slot_fact: array[int] = field(default_factory=lambda: array("i"))
    slot_language: array[int] = field(default_factory=lambda: array("b"))
    slot_kind: array[int] = field(default_factory=lambda: array("b"))
    slot_hash: array[float] = field(default_factory=lambda: array("d"))

    @property
    def scale(self) -> float:
        """Concepts of the population for each of the sample."""
        return self.population / self.num_concepts if self.num_concepts else 0.0

    def numbers(self, axis: str) -> NDArray[np.int64]:
        """A number for what each slot has on an axis: those of `names`, concept, picture and property."""
        by_slot = {"language": self.slot_language, "kind": self.slot_kind}
        if axis in by_slot:
            return np.asarray(by_slot[axis], np.int64)
        by_concept = {"country": self.concept_country, "popularity": self.concept_popularity,
                      "domain": self.concept_domain}  # fmt: skip
        if axis in by_concept:
            return np.asarray(by_concept[axis], np.int64)[self.numbers("concept")]
        by_fact = {"concept": self.fact_concept, "picture": self.fact_picture, "family": self.fact_family,
                   "property": self.fact_property}  # fmt: skip
        return np.asarray(by_fact[axis], np.int64)[np.asarray(self.slot_fact, np.int64)]

    def names(self, axis: str) -> Sequence[str]:
        """What the numbers of an axis mean: country, popularity, domain, family, language or kind."""
        return {"country": self.countries, "popularity": self.popularities, "domain": self.domains,
                "family": self.families, "language": self.languages, "kind": self.kinds}[axis]  # fmt: skip


def possible_slots(
    sample: Iterable[tuple[Concept, Sequence[Row]]], population: int, catalogue: Catalogue,
    languages: Mapping[str, Codes], settings: QuestionSettings,
) -> Slots:  # fmt: skip
    """Count what could be asked of each concept with each of its pictures.

    Memory grows by 14 bytes a slot and 14 a fact.

    Args:
        sample: concepts, each with its rows of `images`; of a concept without any nothing can be asked.
        population: concepts that the sample was taken from.
        catalogue: has wordings in all languages of the settings.
        languages: data-set code -> Wikidata codes, best first, without `mul`.
        settings: what would be made.

    Raises:
        ConfigError: the catalogue has no wordings in one of the languages.
    """
    catalogue.require(settings.languages)
    families = catalogue.families
    slots = Slots(
        settings.languages, settings.kinds, [family.name for family in families], [family.group for family in families],
        population,
    )  # fmt: skip
    codes = label_codes(languages, settings.fallbacks)
    country_numbers: dict[str, int] = {}
    domain_numbers: dict[str, int] = {}
    for concept, pictures in sample:
        number = slots.num_concepts
        slots.num_concepts += 1
        slots.concept_country.append(country_numbers.setdefault(concept.country, len(country_numbers)))
        slots.concept_popularity.append(slots.popularities.index(concept.popularity))
        slots.concept_domain.append(domain_numbers.setdefault(concept.domain, len(domain_numbers)))
        for picture in pictures:
            for family_number, family in enumerate(families):
                fact = fact_of(concept, picture, family)
                pairs = list(_possible(concept, family, fact, catalogue, codes, settings))
                if isinstance(fact, SkipReason) or not pairs:
                    continue
                for language_number, kind_number in pairs:
                    named = (settings.languages[language_number], settings.kinds[kind_number])
                    slots.slot_fact.append(len(slots.fact_concept))
                    slots.slot_language.append(language_number)
                    slots.slot_kind.append(kind_number)
                    slots.slot_hash.append(slot_hash(concept.qid, picture["sha256"], family.name, *named))
                slots.fact_concept.append(number)
                slots.fact_picture.append(slots.num_pictures)
                slots.fact_family.append(family_number)
                slots.fact_property.append(fact.property)
            slots.num_pictures += 1
    slots.countries.extend(country_numbers)
    slots.domains.extend(domain_numbers)
    return slots


def _possible(
    concept: Concept, family: Family, fact: Fact | SkipReason, catalogue: Catalogue, codes: Mapping[str, Codes],
    settings: QuestionSettings,
) -> Iterator[tuple[int, int]]:  # fmt: skip
    """Numbers of the languages and kinds in which the fact has an answer."""
    if isinstance(fact, SkipReason):
        return
    given = given_of(concept, family, fact)
    if isinstance(given, SkipReason):
        return
    for number, language in enumerate(settings.languages):
        words = catalogue.languages[language]
        own = any(value.language.partition("-")[0] in codes[language] for value in fact.values if value.text)
        if own or not words.wordings[family.name].is_at_least(settings.status):
            continue
        if given is not None and answer_of([given], codes[language], words.format) is None:
            continue
        has_answer = [answer_of([value], codes[language], words.format) is not None for value in fact.values]
        for kind_number, kind in enumerate(settings.kinds):
            # An open answer names all values, the right option of a choice question one.
            if all(has_answer) if kind == "open" else any(has_answer):
                yield number, kind_number
