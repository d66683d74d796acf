"""Items for tests of scorers."""

from __future__ import annotations

from typing import Any

from eval.tasks.task import Item


def item(**told: Any) -> Item:
    """An open question in English, but for what is told."""
    of_all: dict[str, Any] = {
        "item_id": "1", "language": "en", "country": None, "pictures": (), "prompt": "", "kind": "open", "choices": (),
        "answers": (), "answer_index": None, "groups": {}, "cluster": "1",
    }  # fmt: skip
    return Item(**of_all | told)
