"""Values seen in the whole data set, from which wrong options are taken: for each kind of thing and country a few.

What stays depends on hashes of the values alone, so the order in which concepts come does not matter, and what the
pool holds is bounded by families, domains, classes and countries, not by the number of concepts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from pipeline.questions.concept import Concept
from pipeline.questions.families import Family
from pipeline.questions.labels import MUL, Codes, LabelColumn, Labels
from pipeline.questions.likeness import Look, look_of
from pipeline.questions.permuted import permuted
from pipeline.questions.qa_id import pick
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import SkipReason, Value, statement_fact
from pipeline.reading import comparable
from pipeline.schema import LABEL

# Values that are kept of a family for a domain in a country, and for a class in a country: a wrong option needs three.
MOST_OF_DOMAIN, MOST_OF_CLASS = 64, 8


class PoolRow(NamedTuple):
    """One value that some concept of a domain, a class and countries has for a family.

    A text in a language of its own stands under the concept that it names, with that language's label alone.

    Attributes:
        text_language: Wikidata's code of such a text; empty for items.
        is_refused_at_home: whether the family refuses values that were seen in the domain of what is asked about.
    """

    family: str
    value_qid: int
    domain: str
    class_qid: int
    countries: Sequence[str]
    labels: Labels
    text_language: str = ""
    is_refused_at_home: bool = True


@dataclass(frozen=True)
class Name:
    """What a value is called in a language.

    Attributes:
        text: in NFC.
        comparable: as `reading.comparable` gives it.
        look: by what the eye tells it from others.
        is_fallback: it is a label of `mul`.
    """

    text: str
    comparable: str
    look: Look
    is_fallback: bool


def pool_rows(concept: Concept, catalogue: Catalogue) -> Iterator[PoolRow]:
    """The values that a concept adds to the pool: its own name, and its best values for each family.

    A family that would not be asked of the concept adds nothing, so that its oddities are not offered elsewhere.
    """
    class_qid = concept.class_path[0] if concept.class_path else 0
    place = (concept.domain, class_qid, concept.countries)
    for family in catalogue.families:
        if family.answer in ("time", "quantity"):
            continue
        if family.answer == "entity":
            values: tuple[Value, ...] = (Value((), concept.qid, concept.labels),)
        else:
            fact = statement_fact(concept, family)
            values = () if isinstance(fact, SkipReason) else fact.values
        refused = family.distractors == "other_domain"
        for value in values:
            if value.text is not None:
                text = unicodedata.normalize("NFC", value.text.strip())
                yield PoolRow(
                    family.name, concept.qid, *place, Labels([value.language], [text]), value.language, refused
                )
            elif value.qid is not None:
                yield PoolRow(family.name, value.qid, *place, value.labels, "", refused)


# A family and the language of its texts, empty where its values are items.
Kind = tuple[str, str]


class DistractorPool:
    """Values by where they were seen, and what they are called.

    Args:
        rows: from `pool_rows`, of any number of concepts.
        codes: data-set code -> Wikidata's codes of the labels that may be shown, best first.
        near: country -> countries near it.
    """

    def __init__(
        self, rows: Iterable[PoolRow], codes: Mapping[str, Codes], near: Mapping[str, Collection[str]]
    ) -> None:
        self._codes, self._near = codes, near
        collected = _Collected()
        for row in rows:
            collected.add(row)
        collected.settle()
        self._column, self._rows, self._texts = collected.label_column()
        self._countries: dict[tuple[Kind, int], set[str]] = {}
        buckets: dict[tuple[Kind, object, str | None], set[int]] = {}
        for (kind, of, country), members in collected.members.items():
            for qid in members:
                self._countries.setdefault((kind, qid), set()).add(country)
                for key in ((kind, of, country), (kind, of, None), (kind, None, None)):
                    buckets.setdefault(key, set()).add(qid)
        self._domains = {key: collected.domains[key] for key in self._countries if key in collected.domains}
        self._buckets = {key: sorted(qids) for key, qids in buckets.items()}
        self._labels: dict[int, Labels] = {}
        self._names = {language: _Names(partial(self._name, own)) for language, own in codes.items()}

    def names(self, language: str) -> Callable[[int], Name | None]:
        """What values are called in a language of the data set; None of one that has no label there nor in `mul`."""
        return self._names[language].__getitem__

    def texts(self, family: Family, language: str) -> Callable[[int], Name]:
        """What things are called in a language of their own, where a family asks for that."""
        return lambda qid: _named(self._texts[(family.name, language), qid], False)

    def _name(self, codes: Codes, qid: int) -> Name | None:
        labels = self._labels.get(qid)
        if labels is None:
            labels = self._labels[qid] = self._column[self._rows[qid]]
        label = labels.best(codes)
        return None if label is None else _named(label[0], label[1] == MUL)

    def walk(self, family: Family, concept: Concept, text_language: str = "") -> Iterator[int]:
        """Values that may be wrong options for a concept, the most plausible first, each at least once.

        First come those of things of its class from near countries, then of its class from elsewhere, then of its
        domain likewise; then those that were seen in its own countries too, which are likelier to be true of it
        though nobody states it; then everything. The order among equals depends on the concept and the family.

        Args:
            family: whose values are wanted.
            concept: its domain, class and countries decide what is plausible.
            text_language: Wikidata's code, for texts.
        """
        kind = (family.name, text_language)
        seed = pick(concept.qid, family.name, 1 << 62)
        at_home = frozenset(concept.countries)
        everything = self._buckets.get((kind, None, None), ())
        if family.distractors == "other_domain":
            for homes in (at_home, frozenset[str]()):
                for qid in permuted(everything, seed):
                    if concept.domain not in self._domains[kind, qid] and not homes & self._countries[kind, qid]:
                        yield qid
            return
        near = sorted({country for own in at_home for country in self._near.get(own, ())} - at_home)
        wholes: list[Sequence[int]] = []
        for of in (*concept.class_path[:1], concept.domain):
            around = [self._buckets.get((kind, of, country), ()) for country in near]
            whole: Sequence[int] = self._buckets.get((kind, of, None), ())
            for qids in (*(permuted(each, seed) for each in permuted(around, seed)), permuted(whole, seed)):
                yield from (qid for qid in qids if not at_home & self._countries[kind, qid])
            wholes.append(whole)
        for whole in (*wholes, everything):
            yield from permuted(whole, seed)


class _Names(dict[int, Name | None]):
    """Names of values in one language, worked out when they are first asked for."""

    def __init__(self, find: Callable[[int], Name | None]) -> None:
        self._find = find

    def __missing__(self, qid: int) -> Name | None:
        found = self[qid] = self._find(qid)
        return found


def _named(text: str, is_fallback: bool) -> Name:
    return Name(text, comparable(text), look_of(text), is_fallback)


class _Collected:
    """Rows on their way into a pool."""

    def __init__(self) -> None:
        self.members: dict[tuple[Kind, object, str], dict[int, int]] = {}
        self.domains: dict[tuple[Kind, int], set[str]] = {}
        # Not `Labels`, which hold on to the aliases of the whole file that they come from.
        self._labels: dict[int, Mapping[str, str]] = {}
        self._texts: dict[tuple[Kind, int], str] = {}
        self._sweep_at = 1 << 16

    def add(self, row: PoolRow) -> None:
        kind = (row.family, row.text_language)
        if row.is_refused_at_home:
            # Of every value, kept or not: that it was seen in a domain must not be forgotten.
            self.domains.setdefault((kind, row.value_qid), set()).add(row.domain)
        for country in row.countries:
            self._keep((kind, row.domain, country), row.value_qid, MOST_OF_DOMAIN)
            self._keep((kind, row.class_qid, country), row.value_qid, MOST_OF_CLASS)
        if row.text_language:
            self._texts[kind, row.value_qid] = row.labels.by_code[row.text_language]
        else:
            self._labels.setdefault(row.value_qid, row.labels.by_code)
        if len(self._labels) + len(self._texts) > self._sweep_at:
            self.settle()
            self._sweep_at = max(self._sweep_at, 2 * (len(self._labels) + len(self._texts)))

    def settle(self) -> None:
        """Forget what did not stay."""
        for key, members in self.members.items():
            self.members[key] = _smallest(members, MOST_OF_CLASS if isinstance(key[1], int) else MOST_OF_DOMAIN)
        kept = {(key[0], qid) for key, members in self.members.items() for qid in members}
        items = {qid for kind, qid in kept if not kind[1]}
        self._labels = {qid: labels for qid, labels in self._labels.items() if qid in items}
        self._texts = {key: text for key, text in self._texts.items() if key in kept}

    def label_column(self) -> tuple[LabelColumn, dict[int, int], dict[tuple[Kind, int], str]]:
        """Labels of the items as a column, the row of each, and the texts."""
        rows = {qid: number for number, qid in enumerate(sorted(self._labels))}
        lists = [
            [{"language": code, "label": text, "aliases": None} for code, text in self._labels[qid].items()]
            for qid in rows
        ]
        return LabelColumn(pa.array(lists, pa.list_(LABEL))), rows, self._texts

    def _keep(self, key: tuple[Kind, object, str], qid: int, most: int) -> None:
        members = self.members.setdefault(key, {})
        if qid not in members:
            members[qid] = pick(qid, "pool", 1 << 62)
            if len(members) > 2 * most:
                self.members[key] = _smallest(members, most)


def _smallest(members: Mapping[int, int], most: int) -> dict[int, int]:
    if len(members) <= most:
        return dict(members)
    return dict(sorted(members.items(), key=lambda member: (member[1], member[0]))[:most])
