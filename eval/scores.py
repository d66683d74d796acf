"""From predictions to scores: by language, country and property, with intervals, and the two models compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from eval.statistics import paired_bootstrap
from pipeline.interval import wilson

GROUPINGS = ("language", "country", "property")
SEED = 0

Row = Mapping[str, Any]


def scores(predictions: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of `schema.SCORES`.

    Args:
        predictions: rows of `schema.PREDICTIONS`, of one model or of base and trained on the same items.
    """
    rows: list[dict[str, Any]] = []
    for (task, kind), of_kind in _grouped(predictions, ("task", "kind")).items():
        for by in ("all", *GROUPINGS):
            grouped = {("all",): of_kind} if by == "all" else _grouped(of_kind, (by,))
            for (group,), members in grouped.items():
                place = {"task": task, "kind": kind, "by": by, "group": str(group)}
                by_model = _grouped(members, ("model",))
                rows += [{**place, "model": model, **_accuracy(answers)} for (model,), answers in by_model.items()]
                if {("base",), ("trained",)} <= by_model.keys():
                    rows.append({**place, "model": "difference", **_difference(by_model)})
    return rows


def _grouped(rows: Iterable[Row], keys: tuple[str, ...]) -> dict[tuple[Any, ...], list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return dict(sorted(groups.items()))


def _accuracy(rows: Sequence[Row]) -> dict[str, Any]:
    interval = wilson(sum(row["correct"] is True for row in rows), len(rows))
    return {
        "num_items": len(rows),
        "num_unparsed": sum(row["correct"] is None for row in rows),
        "accuracy": interval.estimate,
        "low": interval.low,
        "high": interval.high,
    }


def _difference(by_model: Mapping[tuple[Any, ...], Sequence[Row]]) -> dict[str, Any]:
    """Trained less base, on the items that both have."""
    base = {row["item_id"]: row for row in by_model["base",]}
    trained = {row["item_id"]: row for row in by_model["trained",]}
    shared = sorted(base.keys() & trained.keys())
    pictures = {name: number for number, name in enumerate(sorted({base[item]["sha256"] for item in shared}))}
    interval = paired_bootstrap(
        np.array([trained[item]["correct"] is True for item in shared], np.float64),
        np.array([base[item]["correct"] is True for item in shared], np.float64),
        np.array([pictures[base[item]["sha256"]] for item in shared], np.int64),
        seed=SEED,
    )
    return {
        "num_items": len(shared),
        "num_unparsed": 0,
        "accuracy": interval.estimate,
        "low": interval.low,
        "high": interval.high,
    }
