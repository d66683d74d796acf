"""Which questions a reviewer sees: a few of each template, each about another picture, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import xxhash

from pipeline.review.templates import Template

Stratum = tuple[str, str]


@dataclass(frozen=True)
class Candidate:
    """An item that may be drawn, and where it stands: row of a file of the table, position in the row's items."""

    qa_id: int
    template: Template
    sha256: str
    country: str
    domain: str
    path: str
    row: int
    position: int


class Reservoir:
    """The candidates from which a sample is drawn: of each wording, those about `size` pictures that a hash picks.

    Neither their order nor how they are cut into files matters. Memory: `2 * size` candidates a wording at most, of
    which a language has some 500, however many rows there are; time: one hash a candidate.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size, self.seed = size, seed
        self._kept: dict[Template, dict[str, tuple[int, Candidate]]] = {}
        self._bounds: dict[Template, int] = {}

    def add(self, candidate: Candidate) -> None:
        rank = _rank(self.seed, "item", candidate.qa_id)
        if rank > self._bounds.get(candidate.template, rank):
            return
        kept = self._kept.setdefault(candidate.template, {})
        other = kept.get(candidate.sha256)
        if other is None or (rank, candidate.qa_id) < (other[0], other[1].qa_id):
            kept[candidate.sha256] = (rank, candidate)
        if len(kept) > 2 * self.size:
            self._prune(candidate.template)

    def _prune(self, template: Template) -> None:
        found = sorted(self._kept[template].values(), key=_by_rank)[: self.size]
        self._kept[template] = {candidate.sha256: (rank, candidate) for rank, candidate in found}
        self._bounds[template] = found[-1][0]

    def candidates(self) -> list[Candidate]:
        """Those that are kept, in an order that depends on seed and items alone."""
        for template in self._kept:
            if len(self._kept[template]) > self.size:
                self._prune(template)
        found = sorted((each for kept in self._kept.values() for each in kept.values()), key=_by_rank)
        return [candidate for _, candidate in found]


def draw(candidates: Iterable[Candidate], num: int, seed: int) -> list[Candidate]:
    """At most `num` of the candidates, in the order in which a reviewer sees them.

    No picture comes twice while a candidate about another is left. Within that, templates (family and kind) take turns,
    so that none has two more than another which still has candidates; within a template first wordings, then countries,
    then domains that were drawn least. Where there are more templates than places, the seed decides which are seen.

    Args:
        candidates: of one language, from a `Reservoir` of at least `num`.
        num: wanted.
        seed: another one gives another sample.
    """
    left: dict[Stratum, list[Candidate]] = {}
    for candidate in candidates:
        left.setdefault((candidate.template.family, candidate.template.kind), []).append(candidate)
    order = {stratum: _rank(seed, "template", "/".join(stratum)) for stratum in left}
    usage = _Usage()
    taken: Counter[Stratum] = Counter()
    drawn: list[Candidate] = []
    times = 0
    while len(drawn) < num and any(left.values()):
        # Those that still have a picture which was not shown more than `times` times.
        able = set(left)
        while able and len(drawn) < num:
            fewest = min(taken[stratum] for stratum in able)
            turn = sorted((each for each in able if taken[each] == fewest), key=order.__getitem__)
            # Those with few candidates first, before others take their pictures.
            for stratum in sorted(turn[: num - len(drawn)], key=lambda each: (len(left[each]), order[each])):
                found = usage.best(left[stratum], times)
                if found is None:
                    able.remove(stratum)
                    continue
                left[stratum].remove(found)
                usage.add(found)
                taken[stratum] += 1
                drawn.append(found)
        times += 1
    return sorted(drawn, key=lambda each: _rank(seed, "order", each.qa_id))


class _Usage:
    """How often what makes up a question was drawn."""

    def __init__(self) -> None:
        self.pictures: Counter[str] = Counter()
        self.templates: Counter[Template] = Counter()
        self.countries: Counter[str] = Counter()
        self.domains: Counter[str] = Counter()

    def add(self, candidate: Candidate) -> None:
        self.pictures[candidate.sha256] += 1
        self.templates[candidate.template] += 1
        self.countries[candidate.country] += 1
        self.domains[candidate.domain] += 1

    def best(self, candidates: Iterable[Candidate], times: int) -> Candidate | None:
        """Of those whose picture was drawn at most so often, the one with the rarest wording, country, domain."""
        fit = (each for each in candidates if self.pictures[each.sha256] <= times)
        return min(
            fit,
            key=lambda each: (
                self.templates[each.template], self.countries[each.country], self.domains[each.domain],
            ),
            default=None,
        )  # fmt: skip


def _by_rank(entry: tuple[int, Candidate]) -> tuple[int, int]:
    return entry[0], entry[1].qa_id


def _rank(seed: int, purpose: str, what: int | str) -> int:
    return int(xxhash.xxh3_64_intdigest(f"review|{purpose}|{seed}|{what}".encode()))
