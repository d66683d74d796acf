"""Rows through a bounded window, alone and through the stages with an engine that has no model."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import tables
from pipeline.errors import UserError
from pipeline.generation.feeding import expected_work, feed
from pipeline.generation.request import Reply, Request
from pipeline.generation.settings import Generation
from pipeline.picture_store import PictureStore
from pipeline.pooled import THREADS, Worker
from pipeline.schema import QUESTIONS
from pipeline.stage import Outcome
from pipeline.storage import Storage, open_storage
from tests.generation.rows import Row, group, item
from tests.generation.stub import StubEngine, template_of
from tests.generation.test_stages import MODEL, StubbedRephrase, questions, rephrase

NUMBERS = pa.schema([("number", pa.int64()), ("twice", pa.int64())])


def table(numbers: list[int]) -> pa.Table:
    return pa.table({"number": pa.array(numbers, pa.int64())})


def outcome(stage: StubbedRephrase, before: Any) -> Outcome:
    """Of the first partition."""
    inputs = {"questions": before}
    return asyncio.run(stage.process_with(stage.partitions(inputs)[0], inputs, None, stage.open()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), max_size=9), max_size=5), st.integers(1, 7))
def test_rows_come_back_in_order_however_long_they_take(windows: list[list[int]], in_flight: int) -> None:
    at_work = most = 0

    async def work(row: Row) -> Row:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        for _ in range(row["number"] * 7 % 11):
            await asyncio.sleep(0)
        at_work -= 1
        return {**row, "twice": 2 * row["number"]}

    given_windows = map(table, windows)
    made = asyncio.run(feed(given_windows, lambda rows: rows["number"].to_pylist(), work, in_flight, NUMBERS))
    expected = [number for window in windows for number in window]
    assert made.schema == NUMBERS
    assert made.column("number").to_pylist() == expected
    assert made.column("twice").to_pylist() == [2 * number for number in expected]
    assert most <= in_flight


def test_the_heaviest_of_a_window_start_first_and_equal_ones_in_their_order() -> None:
    started: list[int] = []

    async def work(row: Row) -> Row:
        started.append(row["number"])
        return {**row, "twice": 0}

    windows = iter([table([3, 51, 12, 50]), table([7, 90])])
    asyncio.run(feed(windows, lambda rows: [each // 10 for each in rows["number"].to_pylist()], work, 1, NUMBERS))
    assert started == [51, 50, 12, 3, 90, 7]


def test_a_row_that_waits_holds_back_no_other_in_its_window_or_the_next() -> None:
    async def run() -> list[int]:
        done: list[int] = []
        released = asyncio.Event()

        async def work(row: Row) -> Row:
            if row["number"] == 1:
                await released.wait()
            done.append(row["number"])
            if len(done) == 99:
                released.set()
            return {**row, "twice": 0}

        windows = (table(list(range(start, start + 10))) for start in range(0, 100, 10))
        async with asyncio.timeout(60):
            made = await feed(windows, lambda rows: [0] * len(rows), work, 2, NUMBERS)
        assert made.column("number").to_pylist() == list(range(100))
        return done

    assert asyncio.run(run())[-1] == 1


@pytest.mark.parametrize("where", ["work", "weigh", "windows"])
def test_the_first_failure_ends_all_work_and_is_raised_as_it_is(where: str) -> None:
    ended: list[str] = []

    def fail() -> None:
        raise UserError(f"in {where}")

    async def work(row: Row) -> Row:
        if row["number"] == 5 and where == "work":
            fail()
        if row["number"] < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise
        return {**row, "twice": 0}

    def windows() -> Iterator[pa.Table]:
        yield table(list(range(6)))
        if where == "windows":
            fail()
        yield table([6])

    def weigh(rows: pa.Table) -> list[int]:
        if rows.num_rows == 1 and where == "weigh":
            fail()
        return [0] * len(rows)

    with pytest.raises(UserError, match=f"^in {where}$"):
        asyncio.run(feed(windows(), weigh, work, 4, NUMBERS))
    assert ended == ["cancelled"] * 3


def test_windows_are_read_when_the_one_before_has_been_started() -> None:
    started: list[int] = []
    read_when: list[int] = []

    def windows() -> Iterator[pa.Table]:
        for start in range(0, 40, 10):
            read_when.append(len(started))
            yield table(list(range(start, start + 10)))

    async def work(row: Row) -> Row:
        started.append(row["number"])
        await asyncio.sleep(0)
        return {**row, "twice": 0}

    asyncio.run(feed(windows(), lambda rows: [0] * len(rows), work, 3, NUMBERS))
    assert read_when == [0, 10, 20, 30]


def test_more_items_and_longer_text_are_more_work() -> None:
    one, two, long = [item(1)], [item(1), item(2)], [item(1, original_question="why? " * 500)]
    assert expected_work([]) == 0 < expected_work(one) < expected_work(two) < expected_work(long)
    assert expected_work([item(1, original_question="ኬ" * 20)]) > expected_work([item(1, original_question="a" * 20)])


def small_windows(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(tables, "ROW_GROUP_ROWS", rows)


def live_groups() -> int:
    """Rows that this process holds as Python objects."""
    return sum(1 for each in gc.get_objects() if type(each) is dict and "items" in each and "sha256" in each)


def memory_of_a_partition(output: Storage, num_rows: int) -> tuple[int, int]:
    """Most rows held as Python objects, and most bytes that Python held, while a partition is processed."""
    before = questions(output, [[group(number, [item(number)]) for number in range(num_rows)]], pictures=False)
    most = 0

    class Counting(StubEngine):
        async def generate(self, request: Request) -> Reply:
            nonlocal most
            self.requests.clear()
            if request.seed % 20 == 0:
                most = max(most, live_groups())
            return await super().generate(request)

    stage = rephrase(output, Counting(), Generation(**MODEL, pictures_in_flight=8), retry=False)
    at_first = live_groups()
    outcome(stage, before)
    # Again, with the replies of the store: what caches keep of texts, whose size is bounded, is in memory already.
    gc.collect()
    tracemalloc.start()
    made = outcome(stage, before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made.tables["rephrased"].num_rows == num_rows
    return most - at_first, peak


def measured(folder: str, num_rows: int) -> tuple[int, int]:
    """The same with windows of 16 rows; to be called in a process that nothing else runs in."""
    with pytest.MonkeyPatch.context() as patch:
        small_windows(patch, 16)
        return memory_of_a_partition(open_storage(folder), num_rows)


def test_a_large_partition_holds_no_more_python_objects_than_a_small_one(tmp_path: Path) -> None:
    # What threads of other tests hold, and modules that are loaded late, would be counted with it.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        few_groups, few_bytes = alone.submit(measured, str(tmp_path / "small"), 64).result()
        many_groups, many_bytes = alone.submit(measured, str(tmp_path / "large"), 512).result()
    # Each row in work is there as it came and as it will be.
    assert 0 < few_groups <= 2 * 8
    assert 0 < many_groups <= 2 * 8
    # All rows as Python objects would be 450 times 4 kB.
    assert many_bytes < few_bytes + 400_000


def test_requests_in_flight_are_those_of_so_many_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_windows(monkeypatch, 7)
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number, languages=("en",)) for number in range(30)]])
    at_work = most = 0

    class Watched(StubEngine):
        async def generate(self, request: Request) -> Reply:
            nonlocal at_work, most
            at_work += 1
            most = max(most, at_work)
            reply = await super().generate(request)
            at_work -= 1
            return reply

    outcome(rephrase(output, Watched(), Generation(**MODEL, pictures_in_flight=3)), before)
    assert 2 < most <= 3 * 2


def test_the_requests_of_a_picture_stay_together(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    generation = Generation(**MODEL, sees_pictures=True)
    items = {number: [item(10 * number + each) for each in range(4)] for number in range(12)}
    stage = rephrase(output, generation=generation, retry=False)
    outcome(stage, questions(output, [[group(number, made) for number, made in items.items()]]))
    pictures = [request.image_sha256 for request in stage.engine.requests]
    runs = [each for number, each in enumerate(pictures) if number == 0 or each != pictures[number - 1]]
    assert len(pictures) == 48
    assert len(runs) == len(set(runs)) == 12


def test_the_longest_pictures_of_a_window_are_asked_about_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_windows(monkeypatch, 4)
    output = open_storage(str(tmp_path))
    # Not asked about, so of no weight.
    foreign = [item(100 + each, "ar") for each in range(9)]
    sizes = [1, 3, 2, 5, 1, 4]
    rows = [group(number, [item(10 * number + each) for each in range(size)]) for number, size in enumerate(sizes)]
    rows[0]["items"] += foreign
    stage = rephrase(output, generation=Generation(**MODEL, pictures_in_flight=1), retry=False)
    made = outcome(stage, questions(output, [rows]))
    texts = {each["original_question"]: row["qid"] for row in rows for each in row["items"]}
    order = [texts[template_of(request)] for request in stage.engine.requests]
    assert list(dict.fromkeys(order)) == [3, 1, 2, 0, 5, 4]
    assert [row["qid"] for row in made.tables["rephrased"].to_pylist()] == list(range(6))


def test_windows_and_their_order_decide_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [group(number, languages=("en", "ja")[: 1 + number % 2]) for number in range(40)]
    made = []
    for number, (in_window, in_flight) in enumerate(((512, 16), (512, 1), (7, 3), (1, 16))):
        small_windows(monkeypatch, in_window)
        output = open_storage(str(tmp_path / str(number)))
        generation = Generation(**MODEL, languages=("en", "ja"), pictures_in_flight=in_flight)
        made.append(outcome(rephrase(output, generation=generation), questions(output, [rows])))
    assert all(each.tables["rephrased"].equals(made[0].tables["rephrased"]) for each in made)
    assert all((each.counts, each.log) == (made[0].counts, made[0].log) for each in made)


def test_partitions_that_are_done_are_committed_while_another_waits_for_a_long_answer(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number)] for number in range(4)])
    inputs = {"questions": before}

    async def run() -> list[str]:
        released = asyncio.Event()

        class Slow(StubEngine):
            async def generate(self, request: Request) -> Reply:
                if "thing 0" in request.user:
                    await released.wait()
                return await super().generate(request)

        stage = rephrase(output, Slow(), Generation(**MODEL, languages=("en",)))
        worker = Worker(stage, inputs, None, output.child("rephrase/here"))
        first, *others = (asyncio.create_task(worker.commit(each)) for each in stage.partitions(inputs))
        async with asyncio.timeout(60):
            done = [record.partition for record in await asyncio.gather(*others)]
            assert not first.done()
            released.set()
            await first
        return done

    assert asyncio.run(run()) == ["000001", "000002", "000003"]


def test_a_worker_waits_for_storage_many_times_at_once_on_a_small_machine_too(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number) for number in range(2 * THREADS)]], pictures=False)
    inputs = {"questions": before}
    together = threading.Barrier(THREADS)

    class SlowPictures(PictureStore):
        def load(self, sha256: str) -> bytes:
            together.wait(timeout=60)
            return b""

    stage = rephrase(output, generation=Generation(**MODEL, sees_pictures=True, pictures_in_flight=THREADS))
    stage.pictures = SlowPictures(output)

    async def run() -> None:
        worker = Worker(stage, inputs, None, output.child("rephrase/here"))
        [partition] = stage.partitions(inputs)
        await worker.commit(partition)

    asyncio.run(run())


def test_failures_are_a_share_of_the_items_of_all_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_windows(monkeypatch, 5)
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number, [item(number)]) for number in range(40)]])
    engine = StubEngine(lambda request: "error" if "thing 3" in request.user else "good")
    generation = Generation(**MODEL, max_failed=0.2, pictures_in_flight=1)
    with pytest.raises(UserError, match=r"the engine failed \d+ of \d+ items"):
        outcome(rephrase(output, engine, generation, retry=False), before)
    # Numbers 3 and 30 to 39 of 40.
    stage = rephrase(output, engine, generation.model_copy(update={"max_failed": 0.28}), retry=False)
    assert outcome(stage, before).log["failed"] == 11


def test_a_table_is_read_by_its_groups_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_windows(monkeypatch, 8)
    directory = open_storage(str(tmp_path))
    rows = pa.Table.from_pylist([group(number) for number in range(20)], schema=QUESTIONS)
    file = tables.write_table(directory, "questions", "000000", rows)
    groups = list(tables.read_groups(directory, file.path))
    assert [each.num_rows for each in groups] == [8, 8, 4]
    assert pa.concat_tables(groups).equals(rows)
    empty = tables.write_table(directory, "questions", "000001", rows.slice(0, 0))
    assert sum(each.num_rows for each in tables.read_groups(directory, empty.path)) == 0
