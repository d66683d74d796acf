"""Items of benchmarks as rows of `schema.BENCHMARK_ITEMS`, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from eval.tasks.judging import Judging
from eval.tasks.task import Item

JUDGE = "judge"


def row(task: str, item: Item) -> dict[str, Any]:
    """An item of a task as a row."""
    judging = item.meta.get(JUDGE)
    return {
        "task": task,
        "item_id": item.item_id,
        "language": item.language,
        "country": item.country,
        "kind": item.kind,
        "prompt": item.prompt,
        "choices": list(item.choices),
        "answers": list(item.answers),
        "answer_index": item.answer_index,
        "groups": groups(item.groups),
        "cluster": item.cluster,
        "qid": item.qid,
        "meta": json.dumps({key: value for key, value in item.meta.items() if key != JUDGE}, ensure_ascii=False),
        "pictures": list(item.pictures),
        **_judge(judging if isinstance(judging, Judging) else None),
    }


def item(stored: Mapping[str, Any]) -> Item:
    """The item of a row. Its judge, where it has one, is not in it: whoever asks judges reads the row."""
    return Item(
        item_id=stored["item_id"],
        language=stored["language"],
        country=stored["country"],
        pictures=tuple(stored["pictures"]),
        prompt=stored["prompt"],
        kind=stored["kind"],
        choices=tuple(stored["choices"]),
        answers=tuple(stored["answers"]),
        answer_index=stored["answer_index"],
        groups={group["by"]: group["group"] for group in stored["groups"]},
        cluster=stored["cluster"],
        qid=stored["qid"],
        meta=json.loads(stored["meta"]),
    )


def groups(told: Mapping[str, str]) -> list[dict[str, str]]:
    """Groups of an item as tables hold them, sorted."""
    return [{"by": by, "group": group} for by, group in sorted(told.items())]


def _judge(judging: Judging | None) -> dict[str, str | None]:
    if judging is None:
        return dict.fromkeys(("judge_system", "judge_before", "judge_after"))
    return {"judge_system": judging.system, "judge_before": judging.before, "judge_after": judging.after}
