"""How widely an entity is known: the long tail is what models know least, and what a data set must not leave out."""

from __future__ import annotations

from collections.abc import Collection

from pipeline import vocabulary


def popularity(num_sitelinks: int, head: int, torso: int) -> str:
    """head, torso or tail: with at least `head` pages in wikis, at least `torso`, or fewer."""
    if num_sitelinks >= head:
        return "head"
    return "torso" if num_sitelinks >= torso else "tail"


def num_own_labels(country: str, label_languages: Collection[str]) -> int:
    """In how many of the country's languages there is a label, variants counted and `mul` not.

    Args:
        country: its key.
        label_languages: Wikidata's codes of the labels that there are.
    """
    spoken = vocabulary.countries()[country].languages
    return sum(any(code in label_languages for code in vocabulary.languages()[one].wikidata) for one in spoken)
