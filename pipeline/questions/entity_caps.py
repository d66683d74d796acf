"""Caps on an entity put on its finished items, over all its pictures."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.questions.balance import Balance
from pipeline.questions.caps import Counted
from pipeline.questions.items import Asked, Item


def within_caps(asked: Sequence[Asked], balance: Balance) -> list[Asked]:
    """The same without what is over a cap on its entity.

    Args:
        asked: all that there is of each entity.
        balance: has the caps and ranks the items.
    """
    by_entity: dict[int, list[tuple[Asked, Item]]] = {}
    for each in asked:
        by_entity.setdefault(each.concept.qid, []).extend((each, item) for item in each.items)
    kept: set[int] = set()
    for items in by_entity.values():
        stays = balance.caps.within([_counted(each, item, balance) for each, item in items])
        kept.update(item.qa_id for (_, item), is_kept in zip(items, stays, strict=True) if is_kept)
    return [each._replace(items=[item for item in each.items if item.qa_id in kept]) for each in asked]


def _counted(asked: Asked, item: Item, balance: Balance) -> Counted:
    rank = balance.rank(asked.concept, asked.sha256, item.family(), item.language, item.kind)
    return Counted(rank, item.kind, item.language, item.property)
