"""Made-up worlds of slots: what could be asked of entities of which nothing is known but country and popularity."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.questions.balance import Balance, slot_hash
from pipeline.questions.concept import Concept
from pipeline.questions.concept_sample import in_sample
from pipeline.questions.labels import NO_LABELS
from pipeline.questions.slots import Slots

KINDS = ("open", "choice")
LANGUAGES = ("am", "en", "rw", "sw")
FAMILIES = ("country", "inception", "material", "name")
COUNTRIES = ("japan", "kenya", "rwanda")
POPULARITIES = ("head", "torso", "tail")


@dataclass(frozen=True)
class Entity:
    """One entity with one picture. `asked` has, by family, the languages in which it can be asked."""

    qid: int
    country: str
    popularity: str
    asked: Mapping[str, Sequence[str]]
    domain: str = "food"

    @property
    def concept(self) -> Concept:
        return Concept(
            self.qid, "2026-01-05", self.country, (self.country,), self.domain, (), self.popularity, 0, NO_LABELS, (),
            frozenset(),
        )  # fmt: skip

    @property
    def sha256(self) -> str:
        return f"{self.qid:064x}"


def lopsided(seed: int, size: int = 300) -> list[Entity]:
    """Entities of which most are of the first country and asked of in the first languages; none is like another."""
    draw = random.Random(seed)

    def rarely(names: Sequence[str]) -> str:
        return names[min(int(draw.expovariate(1.2)), len(names) - 1)]

    world = []
    for number in range(size):
        qid = seed * 100_000 + number
        asked = {
            family: sorted({rarely(LANGUAGES) for _ in range(draw.randint(1, 6))})
            for family in sorted({rarely(FAMILIES) for _ in range(draw.randint(0, 3))})
        }
        world.append(Entity(qid, rarely(COUNTRIES), draw.choice(POPULARITIES), asked))
    return world


def complete(counts: Mapping[str, int], popularities: Sequence[str] = ("torso",)) -> list[Entity]:
    """So many entities of each country, of every one of which everything can be asked."""
    everything = dict.fromkeys(FAMILIES, LANGUAGES)
    countries = [country for country, count in counts.items() for _ in range(count)]
    return [
        Entity(number, country, popularities[number % len(popularities)], everything)
        for number, country in enumerate(countries)
    ]


def slots_of(world: Sequence[Entity], share: float = 1.0) -> Slots:
    """The slots of a sample of the world."""
    countries = sorted({entity.country for entity in world})
    domains = sorted({entity.domain for entity in world})
    slots = Slots(LANGUAGES, KINDS, FAMILIES, ["what", "when", "made", "what"], len(world), countries)
    slots.domains.extend(domains)
    for entity in world:
        if not in_sample(entity.qid, share):
            continue
        slots.concept_country.append(countries.index(entity.country))
        slots.concept_popularity.append(POPULARITIES.index(entity.popularity))
        slots.concept_domain.append(domains.index(entity.domain))
        for family, languages in entity.asked.items():
            for language in languages:
                for number, kind in enumerate(KINDS):
                    slots.slot_fact.append(len(slots.fact_concept))
                    slots.slot_language.append(LANGUAGES.index(language))
                    slots.slot_kind.append(number)
                    slots.slot_hash.append(slot_hash(entity.qid, entity.sha256, family, language, kind))
            slots.fact_concept.append(slots.num_concepts)
            slots.fact_picture.append(slots.num_pictures)
            slots.fact_family.append(FAMILIES.index(family))
            slots.fact_property.append(FAMILIES.index(family))
        slots.num_concepts += 1
        slots.num_pictures += 1
    return slots


Made = tuple[int, str, str, str]


def made(world: Sequence[Entity], balance: Balance) -> set[Made]:
    """(qid, family, language, kind) of what is kept, entity by entity, caps left out."""
    return {
        (entity.qid, family, language, kind)
        for entity in world
        for family, languages in entity.asked.items()
        for language, kind in balance.kept(entity.concept, entity.sha256, family, languages, KINDS)
    }
