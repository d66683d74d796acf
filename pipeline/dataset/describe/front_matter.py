"""The block of YAML on top of the card, by which model hubs list and filter data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from pipeline import vocabulary

_TAGS = ("wikidata", "wikimedia-commons", "culture", "multilingual", "multiple-choice", "long-tail")
_SIZES = (
    (10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"), (10**9, "100M<n<1B"),
)  # fmt: skip


def front_matter(name: str, numbers: Mapping[str, Any]) -> str:
    """The block between its fences. Each picture has a licence of its own, so the whole has none of the hub's list.

    Args:
        name: of the run.
        numbers: as `statistics.statistics` gives them.
    """
    block = {
        "pretty_name": name,
        "language": sorted(vocabulary.cldr_code(code) for code in numbers["samples_by_language"]),
        "license": "other",
        "license_name": "cc0-questions-and-a-licence-per-picture",
        "license_link": "attribution.html",
        "task_categories": ["visual-question-answering", "image-text-to-text"],
        "size_categories": [_size(numbers["num_samples"])],
        "multilinguality": ["multilingual"],
        "annotations_creators": ["machine-generated"],
        "tags": list(_TAGS),
    }
    return f"---\n{yaml.safe_dump(block, sort_keys=False, allow_unicode=True)}---\n"


def _size(num_samples: int) -> str:
    return next((name for limit, name in _SIZES if num_samples < limit), "1B<n<10B")
