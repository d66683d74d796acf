"""A comparison as lines for a person: what decides first, then what came of it, large numbers before examples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.diff.compare import Comparison
from pipeline.diff.items import ItemDifference
from pipeline.diff.numbers import Difference, Moved
from pipeline.diff.settings import Setting, StageChange

_WIDTH = 100
# Settings of one stage, and rows of a table, that are shown.
_SETTINGS, _ROWS = 12, 12


def lines(found: Comparison) -> Iterator[str]:
    """What changed between two runs."""
    yield f"before    {found.before}"
    yield f"after     {found.after}"
    if found.is_none:
        yield f"the same: {len(found.stages)} stages with equal fingerprints and equal files"
        return
    yield from _stages(found)
    for model in found.models:
        yield f"model     {_setting(model)}"
    if found.concepts is not None:
        yield from _table("concepts", found.concepts, _concept)
    if found.pictures is not None:
        yield from _table("pictures", found.pictures, _picture)
    if found.items is not None:
        yield from _table("items", found.items, _item)
        yield from _by(found.items)


def _stages(found: Comparison) -> Iterator[str]:
    first = found.first
    for stage in found.stages:
        mark = " (the first that differs)" if stage is first else ""
        yield f"stage     {stage.stage:<17} {_state(stage)}{mark}"
        for setting in stage.settings[:_SETTINGS]:
            yield f"            {_setting(setting)}"
        if len(stage.settings) > _SETTINGS:
            yield f"            and {len(stage.settings) - _SETTINGS:,} more settings"


def _state(stage: StageChange) -> str:
    words = {
        "same": "the same", "same_result": "the same files by other ways", "differs": "differs",
        "only_before": "is complete before only", "only_after": "is complete after only",
    }  # fmt: skip
    why = [*(["by its own settings"] if stage.settings else []), *(f"by {name}" for name in stage.follows)]
    if stage.state == "differs" and not why:
        why = ["by what it was given from outside: files fetched, or answers of a model"]
    return ", ".join([words[stage.state], *why])


def _setting(setting: Setting) -> str:
    return f"{setting.key}: {_short(setting.before)} -> {_short(setting.after)}"


def _table(name: str, found: Difference, shown: Any) -> Iterator[str]:
    yield (
        f"{name:<8}  {found.num_before:,} -> {found.num_after:,}: {found.came.num:,} came, {found.went.num:,} went, "
        f"{found.changed.num:,} changed"
    )
    yield from _moved("came, and was not there before", found.came, shown)
    yield from _moved("went, and is not there after", found.went, shown)
    if found.changed.num:
        yield f"          changed in {_counts(found.changed.by)}"
    for example in found.changed.examples:
        differences = example.get("changed") or {name: pair for name, pair in example.items() if isinstance(pair, list)}
        yield f"            {shown(example)}"
        for column, (was, now) in differences.items():
            yield f"              {column}: {_short(was)} -> {_short(now)}"


def _moved(word: str, moved: Moved, shown: Any) -> Iterator[str]:
    if not moved.num:
        return
    yield f"          {word}: {_counts(moved.reasons)}"
    for example in moved.examples:
        yield f"            {shown(example)}"
    if moved.num > len(moved.examples):
        yield f"            and {moved.num - len(moved.examples):,} more"


def _by(items: ItemDifference) -> Iterator[str]:
    for axis, names in items.by.items():
        touched = {
            name: counts for name, counts in names.items() if counts["came"] + counts["went"] + counts["changed"]
        }
        if not touched:
            continue
        yield f"by {axis:<12} {'before':>10} {'after':>10} {'came':>9} {'went':>9} {'changed':>9}"
        ordered = sorted(touched, key=lambda name: (-_touched(names[name]), name))
        for name in ordered[:_ROWS]:
            counts = names[name]
            yield (
                f"  {name:<13} {counts['before']:>10,} {counts['after']:>10,} {counts['came']:>9,} "
                f"{counts['went']:>9,} {counts['changed']:>9,}"
            )
        if len(ordered) > _ROWS:
            yield f"  and {len(ordered) - _ROWS:,} more"


def _touched(counts: Counter[str]) -> int:
    return counts["came"] + counts["went"] + counts["changed"]


def _concept(example: int | Mapping[str, Any]) -> str:
    return f"Q{example if isinstance(example, int) else example['qid']}"


def _picture(example: Mapping[str, Any]) -> str:
    title = example.get("title")
    return f"Q{example['qid']} {title if isinstance(title, str) else ''} {example['sha256'][:16]}"


def _item(example: Mapping[str, Any]) -> str:
    said = f"{example['question']} {example['answer']}"
    return f"{example['qa_id']} Q{example['qid']} {example['language']}: {_cut(said)}"


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{num:,} {name}" for name, num in counts.most_common())


def _short(value: Any) -> str:
    return "absent" if value is None else _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
