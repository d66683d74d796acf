"""The worst errors of each model with what a reader wants to see: picture, and what was taught about the entity."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eval.report.benchmarks.data import WorstError
from eval.report.benchmarks.errors import worst
from eval.report.benchmarks.steps import steps_of
from eval.tasks import held_out
from eval.taught import Taught
from pipeline.stage import StageOutput
from pipeline.tables import Slice, read_slice, read_table

_SHOWN = 48

Row = Mapping[str, Any]


def shown(
    predictions: Sequence[Row], baseline: str | None, benchmarks: StageOutput, taught: Taught | None
) -> list[WorstError]:
    """A few dozen errors, shared out over the models besides the baseline, or over all where there is none.

    Of checkpoints of a training only the last has some.

    Args:
        predictions: rows of `schema.PREDICTIONS`.
        baseline: the model that the others are compared with.
        benchmarks: where pictures of benchmarks are.
        taught: where those of held-out items are, and samples; None in a run without a data set.
    """
    asked = {row["model"] for row in predictions}
    asked -= set(list(steps_of(asked))[:-1])
    models = sorted(asked - {baseline}) or sorted(asked)
    chosen = [error for model in models for error in worst(predictions, model, baseline, _SHOWN // len(models))]
    pictures = _pictures([error.prediction for error in chosen], benchmarks, taught)
    wanted = {error.prediction["qid"]: error.prediction["language"] for error in chosen if error.prediction["qid"]}
    samples = taught.samples(wanted) if taught is not None else {}
    return [
        replace(
            error,
            picture=pictures.get((error.prediction["task"], error.prediction["item_id"])),
            samples=samples.get(error.prediction["qid"], ()),
        )
        for error in chosen
    ]


def _pictures(rows: Sequence[Row], benchmarks: StageOutput, taught: Taught | None) -> dict[tuple[str, str], bytes]:
    """First pictures by task and item."""
    found = _of_benchmarks({(row["task"], row["item_id"]) for row in rows}, benchmarks)
    own = [row for row in rows if row["task"] == held_out.NAME]
    if own and taught is not None:
        by_digest = taught.pictures({row["cluster"] for row in own})
        found |= {
            (row["task"], row["item_id"]): by_digest[row["cluster"]] for row in own if row["cluster"] in by_digest
        }
    return found


def _of_benchmarks(wanted: Collection[tuple[str, str]], benchmarks: StageOutput) -> dict[tuple[str, str], bytes]:
    found: dict[tuple[str, str], bytes] = {}
    for file in benchmarks.files("benchmark_items"):
        names = read_table(benchmarks.directory, file.path, ["task", "item_id"])
        for number, row in enumerate(names.to_pylist()):
            place = (row["task"], row["item_id"])
            if place in wanted:
                one = read_slice(benchmarks.directory, Slice(file.path, number, number + 1), ["pictures"])
                [pictures] = one["pictures"].to_pylist()
                if pictures:
                    found[place] = pictures[0]
    return found
