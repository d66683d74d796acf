"""Predictions of one task as arrays: a row for each model, a column for each item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from eval.tasks import held_out
from pipeline.errors import InputError

Row = Mapping[str, Any]
Rule = Literal["paper", "strict"]
Truths = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

RULES: tuple[Rule, ...] = ("paper", "strict")
ALL, LANGUAGE, COUNTRY = "all", "language", "country"


@dataclass(frozen=True)
class Marks:
    """What one rule decided, each of shape (num_models, num_items).

    Attributes:
        values: from 0 to 1; 0 of a reply that could not be read, NaN without a judgement or without a reply.
        unparsed: could not be read, or the request failed.
        unjudged: has no judgement.
        guessed: was decided at random.
    """

    values: npt.NDArray[np.float64]
    unparsed: Truths
    unjudged: Truths
    guessed: Truths


@dataclass(frozen=True)
class Sheet:
    """All models' predictions of one task and kind.

    Attributes:
        task: the benchmark.
        kind: of its items; all where it has several.
        models: names, sorted.
        clusters: which picture each item belongs to, shape (num_items,).
        groups: what is told apart -> name, sorted -> its items.
        marks: of each rule.
        answered: whether there is a reply, shape (num_models, num_items).
        rows: of each model the predictions by item; -1 where it has none, shape (num_models, num_items).
    """

    task: str
    kind: str
    models: tuple[str, ...]
    clusters: Indices
    groups: Mapping[str, Mapping[str, Indices]]
    marks: Mapping[Rule, Marks]
    answered: Truths
    rows: Indices


def sheets(predictions: Sequence[Row]) -> Iterator[Sheet]:
    """One for each task, of our own held-out items one for each kind, sorted.

    What is known of an item is taken from its row of the first model by name.

    Raises:
        InputError: an item stands twice, or is scored without a score.
    """
    of_task: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(predictions):
        of_task[row["task"], row["kind"] if row["task"] == held_out.NAME else ""].append(number)
    for (task, kind), numbers in sorted(of_task.items()):
        rows = [predictions[number] for number in numbers]
        kinds = {row["kind"] for row in rows}
        yield _sheet(task, kind or (kinds.pop() if len(kinds) == 1 else ALL), rows, np.array(numbers))


def _sheet(task: str, kind: str, rows: Sequence[Row], numbers: Indices) -> Sheet:
    models, model = _coded(row["model"] for row in rows)
    items, item = _coded(row["item_id"] for row in rows)
    shape = (len(models), len(items))
    place = model * len(items) + item
    _refuse_twice(task, place, rows)
    positions = np.full(shape[0] * shape[1], -1)
    positions[place] = np.arange(len(rows))
    # The first model that has the item.
    by_item = positions.reshape(shape)
    first = by_item[(by_item >= 0).argmax(axis=0), np.arange(shape[1])]
    told = [rows[position] for position in first.tolist()]
    failed = np.array([row["status"] != "answered" for row in rows])
    where = np.where(by_item >= 0, numbers[by_item], -1)
    return Sheet(
        task,
        kind,
        models,
        _coded(row["cluster"] for row in told)[1],
        _groups(told),
        {rule: _marks(rule, rows, failed, place, shape) for rule in RULES},
        _spread(~failed, place, shape, missing=False),
        where,
    )


def _marks(rule: Rule, rows: Sequence[Row], failed: Truths, place: Indices, shape: tuple[int, int]) -> Marks:
    state = np.array([row[f"{rule}_state"] for row in rows])
    unjudged = state == "unjudged"
    unparsed = ~unjudged & (failed | (state == "unparsed"))
    values = np.array([row[rule] for row in rows], np.float64)
    values[unparsed], values[unjudged] = 0.0, np.nan
    for number in np.flatnonzero(~unjudged & ~((values >= 0) & (values <= 1)))[:1].tolist():
        row = rows[number]
        raise InputError(
            f"predictions of {row['task']} by {row['model']}: item {row['item_id']} is {row[f'{rule}_state']} by the "
            f"{rule} rule, but its score is {row[rule]}; evaluate again"
        )
    guessed = np.array([row["guessed"] for row in rows], bool) & ~failed & ~unjudged & (rule == "paper")
    return Marks(
        _spread(values, place, shape, missing=np.nan),
        *(_spread(truths, place, shape, missing=False) for truths in (unparsed, unjudged, guessed)),
    )


def _spread(column: npt.NDArray[Any], place: Indices, shape: tuple[int, int], missing: float) -> npt.NDArray[Any]:
    spread = np.full(shape[0] * shape[1], missing, column.dtype)
    spread[place] = column
    return spread.reshape(shape)


def _groups(rows: Sequence[Row]) -> dict[str, dict[str, Indices]]:
    """Items of each group; `all` is one of its own."""
    found: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, row in enumerate(rows):
        found[ALL][ALL].append(number)
        found[LANGUAGE][row["language"]].append(number)
        if row["country"] is not None:
            found[COUNTRY][row["country"]].append(number)
        for group in row["groups"]:
            found[group["by"]][group["group"]].append(number)
    return {by: {name: np.array(items) for name, items in sorted(groups.items())} for by, groups in found.items()}


def _coded(names: Iterable[str]) -> tuple[tuple[str, ...], Indices]:
    """Names, sorted, and which of them each is."""
    listed = list(names)
    known = sorted(set(listed))
    number = {name: code for code, name in enumerate(known)}
    return tuple(known), np.array([number[name] for name in listed], np.int64)


def _refuse_twice(task: str, place: Indices, rows: Sequence[Row]) -> None:
    _, first = np.unique(place, return_index=True)
    if len(first) == len(place):
        return
    again = rows[int(np.setdiff1d(np.arange(len(place)), first)[0])]
    raise InputError(
        f"predictions of {task}: {again['model']} has item {again['item_id']} twice; give each model a name of its own"
    )
