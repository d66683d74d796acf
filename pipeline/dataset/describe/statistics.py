"""Counts of the finished data set by everything that someone asks about: what card and plots show in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from pipeline.dataset.describe.entities import POPULARITIES, Concepts, Longs
from pipeline.dataset.describe.sums import Sums, numbers

_PERCENTILES = (5, 25, 50, 75, 95)
_Value = TypeVar("_Value")


def statistics(sums: Sums, concepts: Concepts, entities: Longs, answers: Mapping[str, str]) -> dict[str, Any]:
    """Everything that is counted of the samples.

    Args:
        sums: of the shards.
        concepts: of the run.
        entities: the concepts that the data set is about.
        answers: template family -> type of its answers.
    """
    by_language = sums.by_name("language")
    pictures = sums.crossed("pictures country")
    return {
        "num_samples": sum(by_language.values()),
        "num_pictures": sum(sums.by_name("pictures split").values()),
        "num_entities": len(entities),
        "samples_by_split": sums.by_name("split"),
        "samples_by_country": sums.by_name("country"),
        "samples_by_domain": sums.by_name("domain"),
        "samples_by_language": by_language,
        "samples_by_kind": sums.by_second("language"),
        "samples_by_property": {str(number): found for number, found in numbers(sums.by_name("property")).items()},
        "samples_by_country_and_language": sums.crossed("country"),
        "samples_by_country_and_kind": sums.crossed("country kind"),
        "samples_by_domain_and_kind": sums.crossed("domain"),
        "samples_by_language_and_kind": sums.crossed("language"),
        "samples_by_family_and_kind": sums.crossed("family"),
        "samples_by_split_and_kind": sums.crossed("split"),
        "samples_by_answer_type_and_kind": _renamed(sums.crossed("family"), answers),
        "samples_by_popularity_and_kind": _by_popularity(sums.crossed("sitelinks"), concepts),
        "samples_by_dump_date": sums.by_name("dump date"),
        "pictures_by_split": sums.by_name("pictures split"),
        "pictures_by_country": sums.by_name("pictures country"),
        "pictures_by_domain": sums.by_second("pictures country"),
        "pictures_by_country_and_domain": pictures,
        "pictures_by_popularity": _margin(_by_popularity(sums.crossed("pictures sitelinks"), concepts)),
        "pictures_by_sitelinks": _keys(numbers(sums.by_name("pictures sitelinks"))),
        "pictures_by_num_samples": _keys(numbers(sums.by_name("pictures items"))),
        "pictures_by_licence": _frequent_first(sums.by_name("pictures licence")),
        "entities_by_country": concepts.counts("country", entities),
        "entities_by_domain": concepts.counts("domain", entities),
        "entities_by_popularity": _known_order(concepts.counts("popularity", entities)),
        "question_characters": _lengths(sums.crossed("question characters")),
        "answer_characters": _lengths(sums.crossed("answer characters")),
        "answer_labels_by_language": sums.crossed("label"),
        "rephrase_status_by_language": sums.crossed("rephrase"),
        "answer_rephrase_status_by_language": sums.crossed("answer rephrase"),
        "judge_status_by_language": sums.crossed("judge"),
        "passes_by_language": sums.crossed("passes"),
        "judge_scores": sums.crossed("score"),
        "answered_blind": sums.by_name("blind"),
        "models": sums.crossed("model"),
    }


def _renamed(crossed: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for name, row in crossed.items():
        found.setdefault(names.get(name, "other"), Counter()).update(row)
    return {name: dict(sorted(row.items())) for name, row in sorted(found.items())}


def _by_popularity(crossed: Mapping[str, Mapping[str, int]], concepts: Concepts) -> dict[str, dict[str, int]]:
    return _known_order(_renamed(crossed, {str(number): name for number, name in concepts.popularity_of.items()}))


def _known_order(counts: Mapping[str, _Value]) -> dict[str, _Value]:
    return {
        name: counts[name] for name in (*POPULARITIES, *sorted(counts.keys() - set(POPULARITIES))) if name in counts
    }


def _margin(crossed: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(row.values()) for name, row in crossed.items()}


def _keys(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(number): found for number, found in counts.items()}


def _frequent_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _lengths(by_language: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Exact: every length that occurs is counted."""
    every = Counter[int]()
    found: dict[str, Any] = {}
    for language, lengths in by_language.items():
        own = numbers(lengths)
        every.update(own)
        found[language] = summary(own)
    return {"all": summary(dict(sorted(every.items()))), "by_language": found}


def summary(lengths: Mapping[int, int]) -> dict[str, Any]:
    """Number, mean, smallest, largest and percentiles (of nearest rank) of lengths that are counted.

    Args:
        lengths: length -> how many have it, in rising order.
    """
    total = sum(lengths.values())
    if not total:
        return {"num": 0}
    mean = sum(length * number for length, number in lengths.items()) / total
    known = {f"p{share}": _nearest_rank(lengths, share * total / 100) for share in _PERCENTILES}
    return {"num": total, "mean": round(mean, 2), "min": min(lengths), **known, "max": max(lengths)}


def _nearest_rank(lengths: Mapping[int, int], rank: float) -> int:
    seen = 0
    for length, number in lengths.items():
        seen += number
        if seen >= rank:
            return length
    return max(lengths)
