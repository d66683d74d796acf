"""`rephrase` and `judge` while engines, actors, raylets and drivers are killed: nothing lost, nothing paid for twice.

Every engine keeps a journal of what it begins. A request may be begun a second time only where the engine that had it
was lost by a kill, and its reply was not yet stored at that moment.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from pipeline.generation.replies import FOLDER, ReplyStore
from pipeline.local_executor import execute_locally
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from tests.generation.rows import group, item
from tests.generation.test_stages import questions
from tests.kit.driver import Driver, started
from tests.kit.killable_engine import engines_of, held, journalled
from tests.kit.killable_stages import STUB, Work, input_of, keep_input
from tests.kit.processes import in_session, parent_of, seconds_since_boot, started_at
from tests.kit.ray_nodes import RayNodes, ray_nodes

pytestmark = [pytest.mark.ray, pytest.mark.slow]

Victim = Literal["engine", "actor", "raylet", "driver"]
VICTIMS: tuple[Victim, ...] = ("engine", "actor", "raylet", "driver")
PICTURES = 2
# In one request or in several: so many items has a picture.
ITEMS = len(group(0)["items"])
# Of what an engine that is lost takes with it, in requests.
IN_FLIGHT = STUB.partitions_in_flight * STUB.pictures_in_flight * ITEMS
HEALING_S, POLL_S = 600.0, 0.02
ENGINE = "VLLM::EngineCore"
DRIVER = "tests.kit.generation_run"


@dataclass(frozen=True)
class Moment:
    """A kill once so many requests have been begun for the first time; `draw` decides whom and when exactly."""

    after: int
    victim: Victim
    draw: float


@dataclass
class Struck:
    """A kill.

    Attributes:
        stored: keys of replies that were stored before it.
        engines: process ids of those it takes, as far as they are known.
        takes: whether it takes a living engine of a worker, by their process ids.
    """

    stored: frozenset[str]
    engines: set[int]
    takes: Callable[[int, int], bool]


@dataclass
class Losses:
    """What the kills took: engine -> keys of replies that were stored when it was lost."""

    stored: dict[int, frozenset[str]] = field(default_factory=dict)

    def add(self, engines: Iterable[int], stored: frozenset[str]) -> None:
        for engine in engines:
            self.stored.setdefault(engine, stored)


def moments(seed: int, number: int, num_requests: int) -> list[Moment]:
    """Kinds in an order that the seed shuffles, each as often as the others; moments anywhere but at the very ends."""
    draw = random.Random(seed)
    victims = [VICTIMS[each % len(VICTIMS)] for each in range(number)]
    draw.shuffle(victims)
    places = sorted(draw.sample(range(num_requests // 50, num_requests * 9 // 10), number))
    return [Moment(place, victim, draw.random()) for place, victim in zip(places, victims, strict=True)]


def stored_keys(storage: Storage) -> frozenset[str]:
    """Request keys of all stored replies, of both stages."""
    found: set[str] = set()
    for stage in ("rephrase", "judge"):
        pictures = {info.path.rsplit("/", 1)[1].split("-")[0] for info in storage.list(f"{FOLDER}/{stage}/")}
        store = ReplyStore(storage, stage)
        found.update(*(store.load(picture) for picture in pictures))
    return frozenset(found)


def reply_files(storage: Storage) -> dict[str, bytes]:
    return {info.path: storage.read(info.path) for info in storage.list(f"{FOLDER}/")}


class Watched:
    """What is seen of a run with the stub's engines from outside.

    Args:
        work: the run.
        nodes: where it runs.
    """

    def __init__(self, work: Work, nodes: RayNodes) -> None:
        self.work, self.nodes = work, nodes

    def progress(self) -> int:
        """How many requests were begun, each counted once."""
        return len({asked.key for asked in journalled(self.work.journal)})

    def engines(self) -> dict[int, int]:
        """Living engines: process id -> that of the worker that holds it."""
        return engines_of(self.work.journal)


class WatchedVllm(Watched):
    """The same with vLLM's engines, which keep no journal."""

    def progress(self) -> int:
        return len(stored_keys(self.work.storage))

    def engines(self) -> dict[int, int]:
        found = [pid for node in self.nodes.sessions() for pid, title in in_session(node) if title.startswith(ENGINE)]
        return {pid: parent for pid in found if (parent := parent_of(pid)) is not None}


class Attack:
    """A run on a cluster, started again whenever its driver is killed.

    Attributes:
        losses: of all kills so far.
    """

    def __init__(self, watched: Watched, stack: ExitStack) -> None:
        self.losses = Losses()
        self._watched, self._work, self._nodes, self._stack = watched, watched.work, watched.nodes, stack
        self._driver = self._start()

    def _start(self) -> Driver:
        arguments = (self._work.output, str(self._work.journal), self._work.engine, self._nodes.address)
        return self._stack.enter_context(started(arguments, self._nodes.environment, DRIVER))

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + HEALING_S
        while not condition():
            assert self._driver.running, f"the run ended before {what}: {self._driver.wait()}"
            assert time.monotonic() < deadline, f"never came: {what}; raylets {self._nodes.raylets()}"
            time.sleep(POLL_S)

    def strike(self, moment: Moment) -> None:
        """Wait for the moment and kill; whatever had to do with the victim is gone when this returns."""
        self.wait_for(lambda: self._watched.progress() >= moment.after, str(moment))
        while (struck := self._struck(moment)) is None:
            pass

        def gone() -> bool:
            # A worker that does not know yet that all is over may even start an engine.
            living = {pid for pid, worker in self._watched.engines().items() if struck.takes(pid, worker)}
            struck.engines.update(living)
            return not living

        self.wait_for(gone, f"the end of engines lost with {moment}")
        self.losses.add(struck.engines, struck.stored)
        if moment.victim == "raylet":
            # As whoever runs the cluster replaces a machine.
            self._nodes.add_soon()

    def _struck(self, moment: Moment) -> Struck | None:
        """What the kill takes; None if the victim had ended by itself, with its stage."""
        eligible = self._eligible(moment)
        stored, engines = stored_keys(self._work.storage), self._watched.engines()
        chosen = eligible[int(moment.draw * len(eligible))]
        if moment.victim == "driver":
            os.kill(self._driver.pid, signal.SIGKILL)
            assert self._driver.wait()[0] == -signal.SIGKILL
            killed = seconds_since_boot()
            self._driver = self._start()
            # Workers are of one driver only.
            return Struck(stored, {*engines}, lambda _, worker: (started_at(worker) or 0.0) < killed)
        if moment.victim == "raylet":
            node = self._nodes.node_of(chosen)
            self._nodes.kill_raylet(node)
            return Struck(stored, {chosen}, lambda engine, _: self._nodes.node_of(engine) == node)
        try:
            os.kill(chosen if moment.victim == "engine" else engines[chosen], signal.SIGKILL)
        except (ProcessLookupError, KeyError):
            return None
        return Struck(stored, {chosen}, lambda engine, _: engine == chosen)

    def _eligible(self, moment: Moment) -> list[int]:
        """Engines that may be struck, some time after there is one: between two stages there is none."""
        found: list[int] = []
        while not found:
            # Meanwhile the others might do all that is left.
            held(self._work.journal).touch()
            self.wait_for(lambda: bool(self._engines(moment)), f"a victim for {moment}")
            held(self._work.journal).unlink()
            time.sleep(moment.draw / 2)
            found = self._engines(moment)
        return found

    def _engines(self, moment: Moment) -> list[int]:
        numbers = set(self._nodes.raylets().values())
        on_any = moment.victim != "raylet"
        return sorted(each for each in self._watched.engines() if on_any or self._nodes.node_of(each) in numbers)

    def end(self) -> None:
        """Let the run end by itself."""
        code, printed = self._driver.wait(HEALING_S)
        assert code == 0, printed
        assert self._watched.engines() == {}, "engines outlive the run"


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[Work, list[StageOutput]]]:
    """By number of partitions, a run that nothing happens to."""
    made: dict[int, tuple[Work, list[StageOutput]]] = {}

    def run(partitions: int) -> tuple[Work, list[StageOutput]]:
        if partitions not in made:
            folder = tmp_path_factory.mktemp("left_alone")
            work = Work(str(folder / "run"), folder / "journal", pace=0.0)
            prepare(work, partitions)
            made[partitions] = work, work.run(execute_locally)
        return made[partitions]

    return run


def prepare(work: Work, partitions: int) -> None:
    rows = [[group(PICTURES * number + each) for each in range(PICTURES)] for number in range(partitions)]
    keep_input(questions(work.storage, rows))


@pytest.fixture
def nodes() -> Iterator[RayNodes]:
    with ray_nodes() as running:
        yield running


LeftAlone = Callable[[int], tuple[Work, list[StageOutput]]]


@pytest.mark.parametrize(
    ("seed", "number", "partitions"),
    [
        pytest.param(1, 4, 24, marks=pytest.mark.timeout(1800)),
        *(pytest.param(seed, 20, 96, marks=[pytest.mark.soak, pytest.mark.timeout(7200)]) for seed in (11, 12, 13)),
    ],
)
def test_nothing_is_lost_or_paid_for_twice(
    left_alone: LeftAlone, nodes: RayNodes, tmp_path: Path, seed: int, number: int, partitions: int
) -> None:
    alone, expected = left_alone(partitions)
    asked_alone = Counter(asked.key for asked in journalled(alone.journal))
    assert set(asked_alone.values()) == {1}

    work = Work(str(tmp_path / "run"), tmp_path / "journal", pace=1.0)
    prepare(work, partitions)
    with ExitStack() as stack:
        attack = Attack(Watched(work, nodes), stack)
        for moment in moments(seed, number, len(asked_alone)):
            attack.strike(moment)
        attack.end()

    done = work.run(execute_locally)
    assert [each.manifest.digest for each in done] == [each.manifest.digest for each in expected]
    check_each_row_once(input_of(work.storage), done)
    assert reply_files(work.storage) == reply_files(alone.storage)
    check_journal(work, set(asked_alone), attack.losses)


@pytest.mark.soak
@pytest.mark.vllm
@pytest.mark.timeout(7200)
def test_with_vllm_every_item_ends_with_the_same_status(nodes: RayNodes, tmp_path: Path) -> None:
    runs = []
    for name in ("alone", "killed"):
        (tmp_path / name).mkdir()
        work = Work(str(tmp_path / name / "run"), tmp_path / name / "journal", engine="vllm")
        rows = [[group(number, [item(2 * number), item(2 * number + 1, kind="choice")])] for number in range(24)]
        keep_input(questions(work.storage, rows))
        # Requests of an undisturbed run are known only once there is one; about so many are stored.
        kills = [] if name == "alone" else moments(21, 4, len(stored_keys(runs[0].storage)))
        with ExitStack() as stack:
            attack = Attack(WatchedVllm(work, nodes), stack)
            for moment in kills:
                attack.strike(moment)
            attack.end()
        runs.append(work)
    alone, killed = ([*work.run(execute_locally)] for work in runs)
    check_each_row_once(input_of(runs[1].storage), killed)
    assert list(map(statuses, killed)) == list(map(statuses, alone))
    # A file is created once and holds what was not there: no key in two of them.
    assert len(stored_keys(runs[1].storage)) == num_stored(runs[1].storage)


def statuses(output: StageOutput) -> dict[int, tuple[str, str | None]]:
    [table] = {file.table for commit in output.manifest.commits for file in commit.files}
    return {
        item["qa_id"]: (item["rephrase_status"], item["judge_status"])
        for row in output.read(table).to_pylist()
        for item in row["items"]
    }


def num_stored(storage: Storage) -> int:
    """Of all files of replies, the replies."""
    return sum(len(json.loads(gzip.decompress(data))) for data in reply_files(storage).values())


def check_each_row_once(before: StageOutput, done: Sequence[StageOutput]) -> None:
    items = sorted(item["qa_id"] for row in before.read("questions").to_pylist() for item in row["items"])
    for after, table, status in zip(done, ("rephrased", "judged"), ("rephrase_status", "judge_status"), strict=True):
        rows = after.read(table).to_pylist()
        assert [row["qid"] for row in rows] == before.read("questions").column("qid").to_pylist()
        assert sorted(item["qa_id"] for row in rows for item in row["items"]) == items
        assert all(item[status] for row in rows for item in row["items"])
        counts = after.manifest.counts
        assert counts.rows_in == counts.ok + counts.num_quarantined == len(rows)


def check_journal(work: Work, keys: set[str], losses: Losses) -> None:
    """Nothing but what an undisturbed run asks; and again only what was lost."""
    journal = journalled(work.journal)
    assert {asked.key for asked in journal} == keys
    by_key = defaultdict(list)
    for asked in journal:
        by_key[asked.key].append(asked)
    repeated: Counter[int] = Counter()
    for key, times in by_key.items():
        for before, _ in itertools.pairwise(times):
            assert before.engine in losses.stored, f"{before} was asked again, though its engine was not lost"
            assert key not in losses.stored[before.engine], f"{before} was asked again, though its reply was stored"
            repeated[before.engine] += before.behaviour != "error"
    # What failed is not stored, and asked again with its partition; of the rest, what was in flight.
    assert all(number <= IN_FLIGHT for number in repeated.values()), repeated
