"""What `select` writes about why it chose a concept, for concepts made by hand."""

from __future__ import annotations

from typing import Any


def chosen(qid: int, country: str = "india") -> dict[str, Any]:
    """Fields of a concept that its country and its class gave."""
    return {
        "country": country, "countries": [country], "country_statement": f"Q{qid}$17", "country_property": 17,
        "country_path": [668], "domain": "food", "class_statement": f"Q{qid}$31", "class_property": 31,
        "class_path": [2095], "num_own_labels": 1, "popularity": "tail",
    }  # fmt: skip
