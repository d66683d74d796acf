"""`culturalground calibrate`: what the judge's verdicts are worth, from the items that native speakers judged too."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from jobs.chain import survey
from jobs.run_config import RunConfig
from pipeline import vocabulary
from pipeline.calibration.calibrate import Calibration, calibrate, proposed
from pipeline.calibration.pairs import ITEM, pairs
from pipeline.calibration.reading import judged_items
from pipeline.errors import InputError, UserError
from pipeline.interval import Interval
from pipeline.review.acceptance import Share
from pipeline.review.verdict import Verdict
from pipeline.review.verdict_file import read_history, valid_verdicts
from pipeline.stage import StageOutput
from pipeline.storage import open_object

_KEEP_ITEMS = {1.0: "what it passes", 0.0: "all"}
_HEADER = ("reviewed", "precision (95 %)", "recall (95 %)", "kappa", "passes", "good in all (95 %)", "keep")
_WIDTHS = (22, 9, 30, 30, 6, 7, 18, 14)


def calibrate_judge(config: RunConfig, options: argparse.Namespace) -> int:
    """Print the table, and write it as JSON where a file is named.

    Raises:
        UserError: there are no verdicts, of reviewers or of the judge, or none on the same items.
    """
    if not 0 < options.precision < 1:
        raise UserError(f"--precision {options.precision}: is a share between 0 and 1, like 0.9")
    uri = options.verdicts or config.questions.verdicts
    if uri is None:
        raise UserError("calibrate: no verdicts; give --verdicts FILE, as `culturalground review --import` writes it")
    verdicts = _verdicts(uri)
    outputs = {stage.name: stage.output for stage in survey(config) if stage.output is not None}
    if "judge" not in outputs:
        raise UserError("calibrate: `judge` is not complete for this config; run `culturalground run --to judge` first")
    rows, num_items = calibration(outputs["judge"], verdicts, uri, options.precision)
    for line in _lines(config.name, rows, num_items, options.precision):
        print(line)
    if options.json is not None:
        try:
            options.json.write_text(as_json(config.name, rows, options.precision), encoding="utf-8")
        except OSError as error:
            raise UserError(f"--json {options.json}: cannot be written ({error.strerror})") from error
    return 0


def calibration(
    judge: StageOutput, verdicts: Sequence[Verdict], where: str, precision: float
) -> tuple[list[Calibration], int]:
    """The calibration, and how many items both judged.

    Args:
        judge: output of the stage `judge`.
        verdicts: of reviewers.
        where: names their file in errors.
        precision: wanted of the items that are kept.

    Raises:
        UserError: the judge gave no verdicts, or none on what was reviewed.
    """
    reviewed = {verdict.qa_id for verdict in verdicts}
    items, passed = judged_items(judge, reviewed)
    if not passed:
        raise UserError("calibrate: the judge gave no verdict in this run; it needs generation.engine and judge.share")
    found = pairs(items, verdicts)
    if not found:
        raise UserError(
            f"{where}: of {len(reviewed):,} reviewed items, {len(items):,} have verdicts of the judge in this run, and "
            "none of them has the wording that was reviewed; give the config of the run that the sheets were made of, "
            "and a judge.share that covers them"
        )
    return calibrate(found, passed, precision), len(items)


def as_json(run: str, rows: Sequence[Calibration], precision: float) -> str:
    """The table for programs; shares between 0 and 1, intervals of 95 %, null where nothing can be said."""
    return json.dumps(
        {
            "run": run,
            "wanted_precision": precision,
            "language_thresholds": proposed(rows),
            "calibration": [_record(row) for row in rows],
        },
        indent=1,
    )


def _record(row: Calibration) -> dict[str, Any]:
    return {
        "check": row.check,
        "language": row.language,
        "kept_good": row.table.kept_good,
        "kept_bad": row.table.kept_bad,
        "dropped_good": row.table.dropped_good,
        "dropped_bad": row.table.dropped_bad,
        "precision": _bounds(row.table.precision.interval),
        "recall": _bounds(row.table.recall.interval),
        "kappa": row.table.kappa,
        "pooled_sensitivity": row.sensitivity.mean,
        "pooled_specificity": row.specificity.mean,
        "num_judged": row.passed.num,
        "num_passed": row.passed.num_good,
        "good": _bounds(row.good),
        "keep_from": row.keep_from,
    }


def _bounds(found: Interval | None) -> dict[str, float] | None:
    return None if found is None else {"estimate": found.estimate, "low": found.low, "high": found.high}


def _verdicts(uri: str) -> list[Verdict]:
    storage, name = open_object(uri)
    if storage.stat(name) is None:
        raise InputError(f"{uri}: there is no such file of verdicts; `culturalground review --import` makes it")
    verdicts = valid_verdicts(read_history(storage.read(name), uri))
    if not verdicts:
        raise InputError(f"{uri}: holds no verdicts; `culturalground review --import` adds them")
    return verdicts


def _lines(run: str, rows: Sequence[Calibration], num_items: int, precision: float) -> Iterator[str]:
    yield f"{run}: {num_items:,} items were judged by reviewers and by the judge"
    yield f"  keep: what reaches a precision of {100 * precision:g} %, with confidence"
    check = None
    for row in rows:
        if row.check != check:
            check = row.check
            yield from ("", _line((check, *_HEADER)))
        yield _line(_cells(row))
    yield ""
    yield from proposal(rows)


def proposal(rows: Sequence[Calibration]) -> Iterator[str]:
    """Thresholds by language and point, as YAML for the config."""
    thresholds = proposed(rows)
    if thresholds:
        yield "For the config; where a language or point is missing, no score reaches the precision with confidence:"
        setting = {"judge": {"language_thresholds": thresholds}}
        yield yaml.safe_dump(setting, sort_keys=False, default_flow_style=None).rstrip()
    else:
        yield "No thresholds for the config: in no language is any score shown to reach the precision."


def _cells(row: Calibration) -> tuple[str, ...]:
    kappa = row.table.kappa
    return (
        "all of these" if row.language is None else vocabulary.languages()[row.language].name,
        f"{row.table.num:,}",
        str(row.table.precision),
        str(row.table.recall),
        "-" if kappa is None else f"{kappa:.2f}",
        _percent(row.passed),
        _estimate(row.good),
        _keep(row),
    )


def _keep(row: Calibration) -> str:
    if row.keep_from is None:
        return "not shown"
    return _KEEP_ITEMS[row.keep_from] if row.check == ITEM else f"score {row.keep_from:.0f} on"


def _estimate(good: Interval | None) -> str:
    if good is None:
        return "cannot be told"
    return f"{100 * good.estimate:.0f} %, {100 * good.low:.0f} to {100 * good.high:.0f}"


def _percent(share: Share) -> str:
    return f"{100 * share.num_good / share.num:.0f} %" if share.num else "-"


def _line(cells: Sequence[str]) -> str:
    return ("  " + "".join(f"{cell:<{width}} " for cell, width in zip(cells, _WIDTHS, strict=True))).rstrip()
