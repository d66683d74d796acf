"""What a balance aims at, to be laid beside what was reached: the document `balance.json` of the stage `questions`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.questions.balance import Balance
from pipeline.questions.fitting import targets, unreached, wanted_shares
from pipeline.questions.settings import Balancing
from pipeline.questions.slots import Slots


def asked_for(slots: Slots, config: Balancing, balance: Balance) -> dict[str, Any]:
    """Kind -> total, and axis -> name -> items that are possible and items aimed at; of the tail the least.

    Args:
        slots: of a sample of the concepts; what is possible is scaled up from it.
        config: totals aimed at and temperature.
        balance: fitted to them.
    """
    kinds: dict[str, Any] = {}
    for kind, items in targets(slots, config).items():
        is_kind = slots.numbers("kind") == slots.kinds.index(kind)
        axes: dict[str, dict[str, dict[str, int]]] = {}
        for axis in config.axes:
            counts = np.bincount(slots.numbers(axis)[is_kind], minlength=len(slots.names(axis)))
            shares = wanted_shares(counts, config.temperature)
            total = shares.sum()
            axes[axis] = {
                name: {"possible": round(count * slots.scale), "target": round(items * share / total)}
                for name, count, share in zip(slots.names(axis), counts.tolist(), shares.tolist(), strict=True)
                if count
            }
        if config.long_tail_floor:
            possible = int((slots.numbers("popularity")[is_kind] == slots.popularities.index("tail")).sum())
            at_least = {"possible": round(possible * slots.scale), "target": round(items * config.long_tail_floor)}
            axes["popularity"] = {"tail": at_least}
        kinds[kind] = {"target": items, "possible": round(int(is_kind.sum()) * slots.scale), "by": axes}
    return {
        "settings": config.model_dump(mode="json"),
        "sample": {"concepts": slots.num_concepts, "of": slots.population},
        "kinds": kinds,
        "warnings": list(unreached(slots, config, balance)),
    }
