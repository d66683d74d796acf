"""Caps on an entity put on its finished items, over all its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.questions.balance import Balance
from pipeline.questions.caps import Counted


def keep_within_caps(
    rows: Iterable[dict[str, Any]], concepts: Mapping[int, Mapping[str, Any]], balance: Balance
) -> int:
    """Take out of rows of `questions` what is over a cap on their entity.

    Args:
        rows: all that there are of each entity; their `items` are changed.
        concepts: entity -> its row of the table `concepts`.
        balance: has the caps and ranks the items.

    Returns:
        Items that were taken out.
    """
    by_entity: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_entity.setdefault(row["qid"], []).append(row)
    over = 0
    for qid, own in by_entity.items():
        items = [(row["sha256"], item) for row in own for item in row["items"]]
        stays = balance.caps.within([_counted(concepts[qid], sha256, item, balance) for sha256, item in items])
        kept = {item["qa_id"] for (_, item), is_kept in zip(items, stays, strict=True) if is_kept}
        for row in own:
            row["items"] = [item for item in row["items"] if item["qa_id"] in kept]
        over += stays.count(False)
    return over


def _counted(concept: Mapping[str, Any], sha256: str, item: Mapping[str, Any], balance: Balance) -> Counted:
    family, language, kind = item["template_id"].partition("/")[0], item["language"], item["kind"]
    return Counted(balance.rank(concept, sha256, family, language, kind), kind, language, item["property"])
