"""What is told of stages, to whom, and that it never stops one."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import metrics, stage_meter
from pipeline.budget import SpendGuard
from pipeline.commit import CommitRecord, Counts, Spend
from pipeline.config import Budget
from pipeline.meter import Meter
from pipeline.metrics import METRICS, Metric, Point
from pipeline.stage_meter import StageMeter
from pipeline.storage import open_storage
from tests.kit.toy import Fail, Numbers, run_toy, subjects

REASONS = st.dictionaries(st.sampled_from(["no_picture", "not_json", "other"]), st.integers(1, 99), max_size=3)


class Notes:
    """A recorder that adds up counters and keeps the last of gauges, as Prometheus has them."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], float] = defaultdict(float)

    def record(self, point: Point) -> None:
        assert len(point.labels) == len(point.metric.labels)
        key = (point.metric.name.removeprefix("culturalground_"), *point.labels)
        self.values[key] = point.value + (self.values[key] if point.metric.kind == "counter" else 0)


class Broken:
    """A recorder that refuses."""

    def __init__(self) -> None:
        self.asked = 0

    def record(self, point: Point) -> None:
        self.asked += 1
        raise RuntimeError("no exporter")


def test_metrics_are_declared_once_and_named_as_prometheus_wants() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS) > 20
    for metric in METRICS:
        assert metric.name.replace("_", "").isalpha()
        assert not metric.name.endswith("_total"), "Ray appends it"
        assert metric.meaning
    assert metrics.ROWS.exported == "ray_culturalground_rows_total"
    assert metrics.CAP.exported == "ray_culturalground_cap"


@given(st.lists(st.builds(lambda ok, out, bad: (ok, out, bad), st.integers(0, 99), REASONS, REASONS), max_size=4))
def test_rows_are_told_completely(partitions: list[tuple[int, dict[str, int], dict[str, int]]]) -> None:
    notes = Notes()
    meter = StageMeter("select", len(partitions), Meter(lambda: notes))
    total = 0
    for number, (ok, out, bad) in enumerate(partitions):
        counts = Counts("rows", ok + sum(out.values()) + sum(bad.values()), ok, out, bad)
        total += counts.rows_in
        meter.committed(CommitRecord("select", str(number), None, counts, ()))
        assert notes.values["partitions_left", "select"] == len(partitions) - number - 1
    told = sum(value for (name, *_), value in notes.values.items() if name == "rows")
    assert told == total
    assert notes.values["partitions", "select"] == len(partitions)


def test_what_a_commit_of_generation_tells() -> None:
    notes = Notes()
    caches = {"pictures": 8, "pictures_encoded": 2, "prompt_tokens": 1}
    log = {"seconds": 2.5, "generated": 3, "from_store": 4, "prompt_tokens": 50, "cached_tokens": 20, "caches": caches}
    record = CommitRecord("judge", "000000", 1, Counts("items", 1, 1), (), Spend(5.0, 7), log)
    StageMeter("judge", 1, Meter(lambda: notes)).committed(record)
    assert {key: value for key, value in notes.values.items() if value} == {
        ("partitions", "judge"): 1,
        ("rows", "judge", "ok", ""): 1,
        ("work_seconds", "judge"): 2.5,
        ("gpu_seconds", "judge"): 5.0,
        ("fetched_bytes", "judge"): 7,
        ("tokens", "judge", "prompt"): 50,
        ("tokens", "judge", "cached"): 20,
        ("replies", "judge", "generated"): 3,
        ("replies", "judge", "from_store"): 4,
        ("engine_pictures", "judge", "pictures"): 8,
        ("engine_pictures", "judge", "pictures_encoded"): 2,
    }


def test_a_stage_tells_rows_and_spend_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    monkeypatch.setattr(stage_meter, "Meter", lambda: Meter(lambda: notes))
    stage = Numbers(spend=Spend(3600.0, 10**9), before=Fail(OSError("gone"), frozenset(["000003"])))
    guard = SpendGuard(Budget(gpu_hours=10, fetched_gb=20), Spend(gpu_seconds=1800.0))
    with pytest.raises(OSError, match="gone"):
        run_toy(stage, open_storage(str(tmp_path)), guard=guard)
    assert notes.values["rows", "numbers", "ok", ""] == 10
    assert notes.values["spent", "gpu_hours"] == 3.5, "earlier attempts too"
    assert notes.values["cap", "gpu_hours"] == 10
    assert (notes.values["spent", "fetched_gb"], notes.values["cap", "fetched_gb"]) == (3, 20)
    assert ("cap", "money") not in notes.values, "there is none"
    assert notes.values["partitions_left", "numbers"] == 0, "nobody works on it"


def test_a_recorder_that_fails_stops_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken()
    monkeypatch.setattr(stage_meter, "Meter", lambda: Meter(lambda: broken))
    output = run_toy(Numbers(), open_storage(str(tmp_path)))
    assert len(subjects(output)) == output.manifest.counts.ok
    assert broken.asked == 1, "it is not asked again"
    assert [record.message for record in caplog.records] == ["metrics are not told any more; the run goes on"]


def test_a_record_that_cannot_be_told_stops_no_run(caplog: pytest.LogCaptureFixture) -> None:
    record = CommitRecord("judge", "000000", 1, Counts("items", 1, 1), (), Spend(), {"caches": 3})
    StageMeter("judge", 1, Meter(Notes)).committed(record)
    assert len(caplog.records) == 1


def test_nobody_is_told_where_there_is_no_ray() -> None:
    def points() -> list[Point]:
        return [Point(Metric("never", "counter", ""), 1)]

    meter = Meter(lambda: None)
    meter.tell(points())
    notes = Notes()
    Meter(lambda: notes).tell(points())
    assert notes.values == {("never",): 1}
