"""What a forecast is made of: times taken from commits, sizes of a larger run, and the choice of what to change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.fits import read_node_types
from jobs.forecast.growth import FullSize, Grown, grow
from jobs.forecast.levers import Lever, best_for_money, best_for_time
from jobs.forecast.measured import Measured, measure, pause
from jobs.forecast.places import Place, load, spread
from jobs.run_config import RunConfig, load_config
from pipeline.commit import CommitRecord, Counts, Manifest, Spend
from pipeline.errors import UserError
from pipeline.simulation.cluster import Nodes, simulate
from pipeline.simulation.work import Floats, finish
from pipeline.tables import row_group_rows
from tests.kit.sample_run import CONFIG

BEGUN = 1_700_000_000.0


def record(number: int, begin: float, seconds: float, rows: int = 10, pid: int = 1, **log: object) -> CommitRecord:
    told = {"host": "one", "pid": pid, "started": BEGUN + begin, "seconds": seconds, **log}
    return CommitRecord("stage", f"{number:06d}", rows, Counts("rows", rows, rows), (), log=told)


def manifest(*commits: CommitRecord, **log: float) -> Manifest:
    return Manifest("stage", "f" * 16, commits, (), {name: BEGUN + when for name, when in log.items()})


def test_times_around_and_between_partitions() -> None:
    # Each of two workers is held 3 s longer by its first partition, and pauses for half a second.
    found = measure(
        manifest(
            record(0, 12, 8, pid=1), record(1, 12, 8, pid=2), record(2, 20.5, 5, pid=1), record(3, 20.5, 5, pid=2),
            record(4, 26, 5, pid=1), begun=0, handed_out=10, gathered=31.5, ended=34,
        ), {},
    )  # fmt: skip
    assert (found.before_s, found.launch_s, found.after_s, found.in_flight) == (10, 2, 3, 1)
    assert found.row_s == pytest.approx([0.55] * 3)
    assert found.start_s == pytest.approx(3)
    assert found.rows_in == 50


def test_partitions_in_work_at_once_and_the_start_of_an_engine() -> None:
    commits = [record(number, 0, 40, start_seconds=30.0) for number in range(3)]
    found = measure(manifest(*commits, begun=0, handed_out=0, gathered=40, ended=40), {})
    assert found.in_flight == 3
    assert (found.start_s, found.row_s.tolist()) == (30, [1, 1, 1])


def test_the_second_worker_comes_later_than_the_first_and_a_third_may_have_replaced_another() -> None:
    commits = [
        record(0, 2, 1, pid=1), record(1, 2.5, 1, pid=1, host="two"), record(2, 3.5, 1, pid=2), record(3, 90, 1, pid=3),
    ]  # fmt: skip
    assert measure(manifest(*commits, begun=0, handed_out=2, gathered=91, ended=91), {}).later_s == 1.5
    alone = [record(0, 0, 1, pid=9), record(1, 3, 1, pid=1), record(2, 4, 1, pid=1)]
    # What an earlier attempt began tells nothing of this one.
    assert measure(manifest(*alone, begun=0, handed_out=2, gathered=5, ended=5), {}).later_s is None


def test_without_the_drivers_times_they_are_0_and_that_is_known() -> None:
    found = measure(manifest(record(0, 5, 1)), {})
    assert (found.before_s, found.launch_s, found.after_s, found.knows_driver) == (0, 0, 0, False)


def test_what_an_earlier_attempt_did_was_not_handed_out_by_the_last() -> None:
    log = {"begun": 1000.0, "handed_out": 1001.0, "gathered": 1010.0, "ended": 1011.0}
    found = measure(manifest(record(0, 0, 5), record(1, 1003, 5), **log), {})
    assert (found.before_s, found.launch_s, found.after_s) == (1, 2, 3)


@given(
    services=st.lists(st.floats(0.5, 10), min_size=4, max_size=40), workers=st.integers(1, 4), gap=st.floats(0.01, 1)
)
def test_pauses_of_a_schedule_are_found(services: list[float], workers: int, gap: float) -> None:
    ends = finish(np.array(services) + gap, [0.0] * workers) - gap
    begins = ends - np.array(services)
    order = np.argsort(begins, kind="stable")
    assert pause(begins[order], ends[order]) == pytest.approx(gap if len(services) > workers else 0.0, rel=1e-6)


@given(taken=st.lists(st.tuples(st.integers(50, 99), st.floats(0.5, 100)), min_size=3, max_size=40))
def test_time_of_all_rows_is_kept(taken: list[tuple[int, float]]) -> None:
    """However uneven partitions are, seconds a row times rows are the seconds that all took after the first."""
    begins = np.cumsum([0.0] + [seconds for _, seconds in taken])
    commits = [record(number, begins[number], seconds, rows) for number, (rows, seconds) in enumerate(taken)]
    found = measure(manifest(*commits), {})
    later = taken[1:]
    seconds = sum(seconds for _, seconds in later)
    assert found.row_s.mean() * sum(rows for rows, _ in later) == pytest.approx(seconds, rel=1e-3)


@given(
    services=st.lists(st.floats(0.5, 10), min_size=4, max_size=40), workers=st.integers(1, 4), gap=st.floats(0.01, 0.3)
)
def test_a_run_is_foretold_as_it_was(services: list[float], workers: int, gap: float) -> None:
    """Whatever its partitions took: simulated with the same rows and workers, a stage takes the time that it took."""
    held = np.array(services) + gap
    ends = finish(held, [3.0] * workers)
    pids = worker_of(held, workers)
    commits = [
        record(number, end - seconds - gap, seconds, pid=pid)
        for number, (end, seconds, pid) in enumerate(zip(ends.tolist(), services, pids, strict=True))
    ]
    done = float(ends.max()) - gap
    found = measure(manifest(*commits, begun=0, handed_out=2, gathered=done, ended=done + 5), {})
    same = Grown(found.rows, 1.0, 1.0, 1.0, 1.0)
    run = simulate([load("stage", found, same, Place("cpu", workers), {}, 0.0)], {"cpu": Nodes(1)})
    # Only as far as that each of its partitions has the time of another.
    assert run.seconds == pytest.approx(done + 5, abs=2 * max(services) + gap)
    assert run.seconds >= 2 + 5 + sum(services[workers:]) / workers


def test_even_partitions_are_foretold_but_for_the_pause_after_the_last() -> None:
    commits = [record(number, 3 + number // 2 * 4.5, 4.0, pid=number % 2) for number in range(6)]
    found = measure(manifest(*commits, begun=0, handed_out=2, gathered=16, ended=21), {})
    for factor, seconds in ((1, 21.5), (2, 35), (10, 143)):
        larger = Grown(np.full(6 * factor, 10.0), factor, 1.0, 1.0, 1.0)
        run = simulate([load("stage", found, larger, Place("cpu", 2), {}, 0.0)], {"cpu": Nodes(1)})
        assert run.seconds == pytest.approx(seconds)


def worker_of(held: Floats, workers: int) -> list[int]:
    """Which worker takes each partition."""
    free, found = [0.0] * workers, []
    for seconds in held.tolist():
        worker = int(np.argmin(free))
        found.append(worker)
        free[worker] += seconds
    return found


def stage(name: str, rows: int, partitions: int, ok: int, **more: object) -> Measured:
    told = {
        "start_s": 0.0, "later_s": None, "in_flight": 1, "before_s": 1.0, "launch_s": 0.0, "after_s": 1.0,
        "knows_driver": True, "left_out": 0, "items": 0, "compressed_bytes": 0, "reading": 0.0, "spend": Spend(),
        "settings": {}, **more,
    }  # fmt: skip
    parts = np.full(partitions, rows / partitions)
    return Measured(name, parts, np.array([0.1]), ok=ok, **told)  # type: ignore[arg-type]


PILOT = {
    each.name: each
    for each in (
        stage("extract", 1_000_000, 5, 10_000, compressed_bytes=1_000_000_000),
        stage("select", 10_000, 20, 100, left_out=8_000),
        stage("images", 110, 2, 100),
        stage("questions", 100, 2, 100, items=800),
        stage("rephrase", 100, 2, 100),
        stage("judge", 100, 2, 100),
        stage("compare_within", 800, 1, 800),
        stage("arrange", 100, 1, 90),
        stage("model", 7, 1, 7),
    )
}


def config(*settings: str) -> RunConfig:
    changed = ("select.rows_per_partition=512", "images.rows_per_partition=256", "assemble.rows_per_partition=1000")
    return load_config(CONFIG, ["extract.range_mb=48", *changed, *settings])


def test_from_a_part_of_the_dump_to_all_of_it() -> None:
    found = grow(config(), PILOT, FullSize(dump_bytes=156_000_000_000))
    assert len(found["extract"].rows) == 3250
    assert found["extract"].rows.sum() == pytest.approx(156e6)
    assert found["select"].rows.sum() == pytest.approx(1_560_000)
    # A hundred concepts of the 2,000 entities that were looked at.
    assert found["questions"].rows.sum() == pytest.approx(78_000)
    assert len(found["questions"].rows) == len(found["images"].rows) == -(-78_000 // 256)
    assert found["images"].rows.sum() == pytest.approx(1.1 * 78_000)
    assert found["compare_within"].rows.sum() == pytest.approx(8 * 78_000)
    assert len(found["compare_within"].rows) == len(found["arrange"].rows) == 78
    assert found["model"].rows.tolist() == [7]


def test_a_limit_of_the_full_run_and_what_it_has_done_already() -> None:
    limited = grow(config("select.limit=4000"), PILOT, FullSize(dump_bytes=156_000_000_000))
    assert limited["images"].rows.sum() == pytest.approx(220)
    known = grow(config(), PILOT, FullSize({"extract": 20_000, "select": 1_000}))
    assert known["select"].factor == 2
    assert known["images"].rows.sum() == pytest.approx(1_100)


def test_more_items_a_picture_take_more_time_and_make_more_rows_of_items() -> None:
    denser = grow(config(), PILOT, FullSize({"extract": 10_000, "select": 100, "images": 100}, items_a_picture=16))
    assert denser["judge"].effort == denser["arrange"].effort == 2
    assert denser["questions"].effort == denser["compare_within"].effort == 1
    assert denser["compare_within"].rows.sum() == pytest.approx(1600)


def test_shards_read_more_for_each_row_where_their_rows_lie_in_more_files() -> None:
    pilot = {**PILOT, "assemble": stage("assemble", 90, 1, 90, spend=Spend(stored_bytes=90), reading=0.25)}
    size = FullSize({"extract": 10_000, "select": 4000, "images": 4000, "questions": 4000, "judge": 4000})
    settings = ("assemble.shard_mb=0.00009", "assemble.rows_per_partition=400")
    found = grow(config(*settings), pilot, size)
    assert len(found["arrange"].rows) == 10
    rows = float(found["assemble"].rows.mean())
    ratio = (groups_read(10, rows) / rows) / (groups_read(1, 90) / 90)
    assert found["assemble"].effort == pytest.approx(0.75 + 0.25 * ratio)


def groups_read(files: int, rows: float) -> float:
    """On average over all places where the part of a file that is read may begin."""
    group, part = row_group_rows("arranged"), rows / files
    assert part == int(part)
    return files * float(np.mean([(start + int(part) - 1) // group + 1 for start in range(group)]))


def test_the_sample_of_the_driver_of_questions_does_not_grow_for_ever() -> None:
    thinned = ("questions.balance.open_items=1000000", "questions.balance.sample=1000")
    found = grow(config(*thinned), PILOT, FullSize({"extract": 10_000, "select": 10_000, "images": 10_000}))
    assert found["questions"].before == pytest.approx((3000 + 0.4 * 10_000 + 2 * 1000) / (3000 + 2.4 * 100))
    assert found["questions"].after == pytest.approx((1000 + 1000) / (1000 + 100))


def test_a_stage_without_the_one_before_it_tells_nothing() -> None:
    with pytest.raises(UserError, match="has a result of images and none of select"):
        grow(config(), {"images": PILOT["images"]}, FullSize())
    older = {"extract": stage("extract", 10, 1, 1)}
    with pytest.raises(UserError, match="did not note how many bytes it read"):
        grow(config(), older, FullSize(dump_bytes=10))


@given(number=st.integers(0, 500), of=st.integers(1, 50))
def test_figures_are_spread_evenly(number: int, of: int) -> None:
    places = spread(np.arange(of, dtype=np.float64), number).astype(int)
    times = np.bincount(places, minlength=of)
    assert len(places) == number == times.sum()
    assert times.max() - times.min() <= 1
    assert (np.diff(places) >= 0).all()


def test_the_best_changes_come_first_and_those_without_effect_not_at_all() -> None:
    found = [Lever("a", 0.9, 0.5), Lever("b", 0.5, 1.5), Lever("c", 0.7, 0.99), Lever("d", 0.8, None), Lever("e", 1, 1)]
    assert [lever.change for lever in best_for_time(found)] == ["b", "c", "d"]
    assert [lever.change for lever in best_for_money(found)] == ["a"]


@pytest.mark.parametrize("file", ["cluster.yaml", "deploy/gcp.yaml"])
def test_which_nodes_are_paid_as_spot_is_read_from_the_file(file: str) -> None:
    found = {each.name: each.spot for each in read_node_types(file)}
    assert found == {"head": False, "cpu-spot": True, "gpu-spot": True, "train": False}
