from __future__ import annotations

from dataclasses import replace

import pytest

from eval.report.data import timing
from eval.report.page import page
from eval.report.timings import times
from pipeline.commit import CommitRecord, Counts, Manifest, Spend
from tests.eval.report import made_up
from tests.eval.report.tree import read


def record(partition: str, started: float, seconds: float) -> CommitRecord:
    log = {"started": started, "seconds": seconds, "host": "a", "pid": 1}
    return CommitRecord("judge", partition, 1, Counts("rows", 1, 1), (), Spend(30.0, 7), log)


def test_a_span_reaches_from_the_first_start_to_the_last_end() -> None:
    manifest = Manifest("judge", "f", (record("a", 100.0, 50.0), record("b", 90.0, 20.0), record("c", 120.0, 5.0)))
    found = timing(manifest)
    assert (found.stage, found.num_partitions) == ("judge", 3)
    assert (found.wall_s, found.work_s) == (60.0, 75.0)
    assert (found.gpu_s, found.fetched_bytes) == (90.0, 21)


def test_a_stage_without_partitions_took_no_time() -> None:
    found = timing(Manifest("evaluate_base", "f", ()))
    assert (found.num_partitions, found.wall_s, found.work_s) == (0, 0, 0)
    assert times([found]).lines[0].span_bar == 0


def test_bars_are_in_proportion_to_the_longest() -> None:
    lines = times(made_up.timings()).lines
    assert max(max(line.span_bar, line.work_bar) for line in lines) == 100
    assert lines[0].work_bar / lines[0].span_bar == pytest.approx(118.0 / 61.5)


def test_gpus_and_fetched_bytes_are_told_where_there_are_any() -> None:
    rows = read(page(made_up.report())).one("table", "times").one("tbody").find("tr")
    assert "GPU" not in rows[0].text
    assert "fetched" not in rows[0].text
    assert "422.22 GPU h" in rows[1].text
    assert "3.2\N{NARROW NO-BREAK SPACE}GB fetched" in rows[1].text


def test_what_came_from_caches_is_told_of_stages_with_engines() -> None:
    log = {"accounts": {"en": {"prompt_tokens": 200, "cached_tokens": 50}, "ar": {"prompt_tokens": 200}}}
    of_pictures = {"caches": {"pictures": 9, "pictures_encoded": 3}}
    first, second = record("a", 100.0, 50.0), record("b", 90.0, 20.0)
    commits = (replace(first, log={**first.log, **log, **of_pictures}), replace(second, log={**second.log, **log}))
    engines, none = timing(Manifest("judge", "f", commits)), timing(Manifest("judge", "f", (first,)))
    rows = read(page(made_up.report(timings=[engines, none]))).one("table", "times").one("tbody").find("tr")
    assert "from caches 12% of prompt tokens, 67% of encoded pictures" in rows[0].text
    assert "caches" not in rows[1].text
