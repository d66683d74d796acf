"""Which of the items that could be made are made: a rate for each, and a hash that is below it or is not.

An item that could be made is a slot: entity, picture, family, language, kind. It stays with the probability

    p = min(1, rate * weight),    weight = boost(popularity) * factor(country) * factor(language) * factor(family)

with a rate and factors for each kind; where domains or the long tail are balanced, with factors of theirs too.
`fitting.py` finds them. The hash is of the slot alone, so a slot stays or goes whatever is made beside it, on any
machine; and as weights do not depend on the total that is aimed at, a larger total keeps all that a smaller one had.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xxhash

from pipeline.questions.caps import Caps
from pipeline.questions.concept import Concept


def slot_hash(qid: int, sha256: str, family: str, language: str, kind: str) -> float:
    """A number from 0 to 1 that depends on the slot alone, evenly spread."""
    return float(xxhash.xxh3_64_intdigest(f"{qid}|{sha256}|{family}|{language}|{kind}".encode()) / (1 << 64))


def boosts(long_tail_boost: float) -> Mapping[str, float]:
    """Popularity -> weight: 1 for the head, `long_tail_boost` for the tail, its square root for the torso."""
    return {"head": 1.0, "torso": math.sqrt(long_tail_boost), "tail": long_tail_boost}


@dataclass(frozen=True)
class Rate:
    """How one kind is thinned.

    Attributes:
        rate: inf keeps everything.
        factors: country, language, family, domain or popularity -> name -> factor; what is not balanced is not there.
        unseen: factor of what was not seen when they were found, for each of these.
    """

    rate: float = math.inf
    factors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    unseen: Mapping[str, float] = field(default_factory=dict)

    def factor(self, axis: str, name: str) -> float:
        """The factor of a country, language, family, domain or popularity."""
        return self.factors.get(axis, {}).get(name, self.unseen.get(axis, 1.0))


@dataclass(frozen=True)
class Balance:
    """What is made of what could be made; by default everything.

    Attributes:
        rates: kind -> how it is thinned; a kind that is not in it is not.
        boosts: popularity -> weight.
        caps: on the items of an entity, once they are made.
    """

    rates: Mapping[str, Rate] = field(default_factory=dict)
    boosts: Mapping[str, float] = field(default_factory=lambda: boosts(1.0))
    caps: Caps = field(default_factory=Caps)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out before it is put into words."""
        return not self.rates

    def kept(
        self, concept: Concept, sha256: str, family: str, languages: Sequence[str], kinds: Sequence[str]
    ) -> set[tuple[str, str]]:
        """Which (language, kind) pairs of a family are made, about an entity with one of its pictures.

        Args:
            concept: of the entity.
            sha256: hex digest of the picture.
            family: name of the template family.
            languages: the data set's codes.
            kinds: open, choice or both.
        """
        found: set[tuple[str, str]] = set()
        for kind in kinds:
            rate = self.rates.get(kind, _ALL)
            if rate.rate == math.inf:
                found.update((language, kind) for language in languages)
                continue
            shared = self._weight(rate, concept, family)
            for language in languages:
                weight = shared * rate.factor("language", language)
                is_sure = rate.rate * weight >= 1
                if is_sure or slot_hash(concept.qid, sha256, family, language, kind) / weight < rate.rate:
                    found.add((language, kind))
        return found

    def rank(self, concept: Concept, sha256: str, family: str, language: str, kind: str) -> float:
        """The rate from which on the slot stays: its hash by its weight."""
        rate = self.rates.get(kind, _ALL)
        weight = self._weight(rate, concept, family) * rate.factor("language", language)
        return slot_hash(concept.qid, sha256, family, language, kind) / weight

    def _weight(self, rate: Rate, concept: Concept, family: str) -> float:
        """Without the language's factor."""
        weight = self.boosts[concept.popularity]
        weight *= rate.factor("popularity", concept.popularity) * rate.factor("domain", concept.domain)
        weight *= rate.factor("country", concept.country)
        return weight * rate.factor("family", family)


_ALL = Rate()
EVERYTHING = Balance()
