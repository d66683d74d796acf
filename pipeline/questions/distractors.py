"""Wrong options for choice questions: of the same kind as the right one, plausible, and not also true."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, NamedTuple

from pipeline.questions.dates import YEARS_PER_UNIT, Date, write_date
from pipeline.questions.families import Family
from pipeline.questions.labels import MUL, Labels, best_label, by_language, label_codes, names_in
from pipeline.questions.language_format import LanguageFormat
from pipeline.questions.qa_id import pick
from pipeline.questions.quantities import Quantity, near_quantities, write_quantity
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import Answer, Fact, SkipReason, Value, statement_fact
from pipeline.reading import comparable

Related = Callable[[int, int], bool]

# How far wrong dates lie from the right one: an eighth of its age, within these bounds, in units of its precision.
_NEAREST_REACH = {1: 12, 10: 5, 100: 4}
_AGE_SHARE = 8


class PoolRow(NamedTuple):
    """One value that some concept of a domain and countries has for a family.

    A text in a language of its own stands under the concept that it names, with that language's label alone.
    """

    family: str
    value_qid: int
    domain: str
    countries: Sequence[str]
    labels: Labels


@dataclass(frozen=True)
class Option:
    """A wrong option. `qid` is None for a date."""

    text: str
    qid: int | None


def pool_rows(concept: Mapping[str, Any], catalogue: Catalogue) -> Iterator[PoolRow]:
    """The values that a concept adds to the pool: its own name, and its best values for each family.

    A family that would not be asked of the concept adds nothing, so that its oddities are not offered elsewhere.
    """
    for family in catalogue.families:
        if family.answer in ("time", "quantity"):
            continue
        if family.answer == "entity":
            values: tuple[Value, ...] = (Value((), concept["qid"], concept["labels"]),)
        else:
            fact = statement_fact(concept, family)
            values = () if isinstance(fact, SkipReason) else fact.values
        for value in values:
            if value.text is not None:
                text = unicodedata.normalize("NFC", value.text.strip())
                names = [{"language": value.language, "label": text}]
                yield PoolRow(family.name, concept["qid"], concept["domain"], concept["countries"], names)
            elif value.qid is not None:
                yield PoolRow(family.name, value.qid, concept["domain"], concept["countries"], value.labels)


class DistractorPool:
    """Values seen per family, from which wrong options are picked; the order of the rows does not matter.

    Memory grows with distinct values times languages; a pick walks a permutation of the candidates, so that it costs
    little where most are admissible and at most all of them where few are.
    """

    def __init__(
        self,
        rows: Iterable[PoolRow],
        languages: Mapping[str, tuple[str, ...]],
        text_families: Collection[str] = frozenset(),
    ) -> None:
        """Collect the rows.

        Args:
            rows: from `pool_rows`, of any number of concepts.
            languages: data-set code -> Wikidata codes, best first, without `mul`.
            text_families: families whose values are texts in languages of their own.
        """
        self._texts: dict[tuple[str, str], dict[int, str]] = {}
        self._labels: dict[str, dict[int, tuple[str, bool]]] = {language: {} for language in languages}
        self._domains: dict[tuple[str, int], set[str]] = {}
        self._countries: dict[tuple[str, int], set[str]] = {}
        for row in rows:
            key = (row.family, row.value_qid)
            self._domains.setdefault(key, set()).add(row.domain)
            self._countries.setdefault(key, set()).update(row.countries)
            names = by_language(row.labels)
            for language, labels in self._labels.items():
                if row.value_qid not in labels:
                    label = best_label(names, label_codes(language, languages))
                    if label is not None:
                        labels[row.value_qid] = (label[0], label[1] == MUL)
            if row.family in text_families:
                (name,) = row.labels
                self._texts.setdefault((row.family, name["language"]), {})[row.value_qid] = name["label"]
        buckets: dict[tuple[str, str | None], set[int]] = {}
        for (family, qid), domains in self._domains.items():
            for domain in (None, *domains):
                buckets.setdefault((family, domain), set()).add(qid)
        self._buckets = {key: sorted(qids) for key, qids in buckets.items()}

    def pick(
        self, family: Family, concept: Mapping[str, Any], language: str, answer: Answer, fact: Fact,
        forbidden: Collection[str], related: Related, item: int, count: int,
    ) -> list[Option]:  # fmt: skip
        """At most `count` wrong options, the same ones for the same item and pool.

        Never one that a statement of the entity makes true, that is related to such a value, or that reads like the
        answer, a true value or another option; no two that are related; and none that its language would give away:
        labels of the language stand beside labels of the language, `mul` beside `mul`.

        Args:
            family: whose values are drawn.
            concept: row of `concepts`; its domain and countries decide what is plausible.
            language: the data set's code.
            answer: the right option.
            fact: what is true of the entity.
            forbidden: comparable texts that are true.
            related: whether one item is an ancestor, descendant or part of the other, in either direction.
            item: the qa_id.
            count: wrong options wanted.
        """
        taken = {*forbidden, comparable(answer.text)}
        options: dict[int, Option] = {}
        fallback = answer.label_language == MUL
        for qid in self._candidates(family, concept, item):
            if len(options) == count:
                break
            text, text_is_fallback = self._labels[language].get(qid, ("", False))
            if not text or text_is_fallback != fallback or qid in options or qid in fact.true_qids:
                continue
            # Kin among the options would tell that neither is the answer: Islam beside Sunni Islam.
            if comparable(text) in taken or any(related(qid, other) for other in (*fact.kin_qids, *options)):
                continue
            taken.add(comparable(text))
            options[qid] = Option(text, qid)
        return list(options.values())

    def pick_texts(
        self, family: Family, concept: Mapping[str, Any], answer: Answer, forbidden: Collection[str], item: int,
        count: int,
    ) -> list[Option]:  # fmt: skip
        """At most `count` wrong options in the language of the answer: what other things of the kind are called.

        Args:
            family: whose values are drawn.
            concept: row of `concepts`.
            answer: the right option.
            forbidden: comparable texts that are true.
            item: the qa_id.
            count: wrong options wanted.
        """
        texts = self._texts.get((family.name, answer.label_language), {})
        taken, options = {*forbidden, comparable(answer.text)}, dict[int, Option]()
        for qid in self._candidates(family, concept, item):
            if len(options) == count:
                break
            text = texts.get(qid)
            if text is not None and qid not in options and comparable(text) not in taken:
                taken.add(comparable(text))
                options[qid] = Option(text, None)
        return list(options.values())

    def _candidates(self, family: Family, concept: Mapping[str, Any], item: int) -> Iterator[int]:
        domain, countries = concept["domain"], frozenset(concept["countries"])
        if family.distractors == "other_domain":
            foreign = self._foreign(family, domain, item)
            yield from (qid for qid in foreign if not countries & self._countries[family.name, qid])
            yield from self._foreign(family, domain, item)
            return
        at_home, everything = (self._buckets.get((family.name, of), []) for of in (domain, None))
        yield from (qid for qid in _walk(at_home, item) if not countries & self._countries[family.name, qid])
        yield from _walk(at_home, item)
        yield from _walk(everything, item)

    def _foreign(self, family: Family, domain: str, item: int) -> Iterator[int]:
        everything = self._buckets.get((family.name, None), [])
        return (qid for qid in _walk(everything, item) if domain not in self._domains[family.name, qid])


def _walk(values: Sequence[int], item: int) -> Iterator[int]:
    """Each value once, in an order that depends on the item alone and takes no memory."""
    size = len(values)
    if size == 0:
        return
    stride = 1 + pick(item, "stride", size)
    while gcd(stride, size) != 1:
        stride += 1
    start = pick(item, "start", size)
    for step in range(size):
        yield values[(start + step * stride) % size]


def true_names(fact: Fact, codes: Sequence[str]) -> set[str]:
    """Comparable labels and aliases of everything that is true, in the given codes."""
    return set().union(*(names_in(labels, codes) for labels in fact.true_labels))


def near_options(quantity: Quantity, fact: Fact, style: LanguageFormat, item: int, count: int) -> list[Option]:
    """At most `count` wrong quantities, on either side of the right one as the item's hash has it.

    Args:
        quantity: the right option.
        fact: what is true of the entity.
        style: how the language writes quantities.
        item: the qa_id.
        count: wrong options wanted.
    """
    near = near_quantities(quantity, fact.true_quantities)
    below = sum(each.amount < quantity.amount for each in near)
    # That the right one is the smallest or the largest must be as likely as that it is in between.
    smaller = min(pick(item, "smaller", count + 1), below)
    smaller = max(smaller, count - (len(near) - below))
    chosen = [near[:below][at] for at in _some(below, smaller, item)]
    chosen += [near[below:][at] for at in _some(len(near) - below, count - smaller, item)]
    options = {text: Option(text, None) for text in (write_quantity(each, style) for each in chosen)}
    return [option for text, option in options.items() if text != write_quantity(quantity, style)]


def _some(size: int, count: int, item: int) -> list[int]:
    return [value for value, _ in zip(_walk(range(size), item), range(count), strict=False)]


def near_dates(date: Date, fact: Fact, style: LanguageFormat, last_year: int, item: int, count: int) -> list[Option]:
    """At most `count` wrong dates of the same precision, none in a year that a statement of any rank allows.

    Args:
        date: the right option.
        fact: what is true of the entity.
        style: how the language writes dates.
        last_year: no option lies after this year CE, unless the answer does.
        item: the qa_id.
        count: wrong options wanted.
    """
    unit = YEARS_PER_UNIT[date.precision]
    latest = max(last_year - 1, date.years[1])
    reach = max(_NEAREST_REACH[unit], (latest - date.years[0]) // unit // _AGE_SHARE)
    options: dict[str, Option] = {}
    for offset in _walk([offset for offset in range(-reach, reach + 1) if offset], item):
        candidate = Date(date.precision, date.index + offset)
        first, last = candidate.years
        nameless = unit == 10 and candidate.index in (0, -1)
        if nameless or last > latest or any(first <= end and start <= last for start, end in fact.true_years):
            continue
        text = write_date(candidate, style)
        options.setdefault(text, Option(text, None))
        if len(options) == count:
            break
    return list(options.values())
