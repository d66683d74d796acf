"""Two drivers and one stage directory: who may work, who has to wait, who has to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import LeaseError, StorageError
from pipeline.lease import hold_lease, lease_holder
from pipeline.storage import Storage, open_storage
from tests.kit.fused_storage import Fuse, FusedStorage
from tests.kit.proxy import FaultyProxy

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
HOLDER = """
import sys
from pipeline.errors import LeaseError
from pipeline.lease import hold_lease
from pipeline.storage import open_storage
try:
    with hold_lease(open_storage(sys.argv[1]), float(sys.argv[2])) as lease:
        print("held", flush=True)
        for line in sys.stdin:
            lease.check()
            print("checked", flush=True)
    print("ended", flush=True)
except LeaseError as error:
    print(error, flush=True)
"""


class OtherDriver:
    """A process that holds the lease until its standard input is closed, and checks it for every line."""

    def __init__(self, uri: str, lease_s: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, uri, str(lease_s)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.says_first = self.says()

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def check(self) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.says()

    def leave(self) -> str:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.says()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def directory(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path / "stage"))


@pytest.fixture
def other(storage: Storage) -> Iterator[OtherDriver]:
    driver = OtherDriver(storage.uri, 60)
    assert driver.says_first == "held"
    yield driver
    driver.kill()
    for stream in (driver.process.stdin, driver.process.stdout):
        assert stream is not None
        stream.close()


def latest(directory: Storage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(directory.read([info.path for info in directory.list("lease/")][-1]))
    return found


def test_a_second_driver_is_told_who_is_there_and_comes_in_afterwards(storage: Storage, other: OtherDriver) -> None:
    with pytest.raises(LeaseError) as caught, hold_lease(storage, 60):
        pass
    assert f"driver {other.process.pid} on " in str(caught.value)
    assert "is at work here; stop it, or wait: it counts as dead if it does not renew its lease within" in str(
        caught.value
    )
    assert lease_holder(storage) is not None
    assert str(other.process.pid) in str(lease_holder(storage))
    assert other.check() == "checked"
    assert other.leave() == "ended"
    assert lease_holder(storage) is None
    with hold_lease(storage, 60) as lease:
        lease.check()
        assert str(os.getpid()) in str(lease_holder(storage))


def test_a_driver_killed_on_this_host_is_replaced_at_once(storage: Storage, other: OtherDriver) -> None:
    other.kill()
    with hold_lease(storage, 60) as lease:
        lease.check()


def test_a_driver_that_stood_still_too_long_is_replaced_and_stops(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    sleeper = OtherDriver(storage.uri, 2.0)
    try:
        os.kill(sleeper.process.pid, signal.SIGSTOP)
        with pytest.raises(LeaseError), hold_lease(storage, 60):
            pass
        deadline = time.monotonic() + 30
        while lease_holder(storage) is not None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with hold_lease(storage, 60) as lease:
            os.kill(sleeper.process.pid, signal.SIGCONT)
            answers = []
            while (answer := sleeper.check()) == "checked":
                answers.append(answer)
                assert len(answers) < 1000
                time.sleep(0.02)
            assert f"driver {os.getpid()} on " in answer
            assert "has taken over; this one stops" in answer
            lease.check()
            assert str(os.getpid()) in str(lease_holder(storage)), "the one that was replaced released nothing"
    finally:
        sleeper.kill()


def test_a_driver_of_another_host_counts_as_dead_only_when_its_lease_has_run_out(directory: Storage) -> None:
    with hold_lease(directory, 60):
        holder = latest(directory)
    _, _, started, token = holder["owner"].split()
    elsewhere = {**holder, "owner": f"elsewhere 1 {started} {token}", "released": False}
    directory.write("lease/000001.json", json.dumps({**elsewhere, "until": time.time() + 30}).encode())
    with (
        pytest.raises(LeaseError, match=r"driver 1 on elsewhere is at work here.*within (29|30) s"),
        hold_lease(directory, 60),
    ):
        pass
    directory.write("lease/000001.json", json.dumps({**elsewhere, "until": time.time() - 0.001}).encode())
    with hold_lease(directory, 60) as lease:
        lease.check()


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it(directory: Storage) -> None:
    with hold_lease(directory, 60):
        holder = latest(directory)
    host, pid, started, token = holder["owner"].split()
    assert pid == str(os.getpid())
    assert int(started) > 0
    earlier = {**holder, "owner": f"{host} {pid} {int(started) - 1} {token}", "released": False}
    directory.write("lease/000001.json", json.dumps(earlier).encode())
    with hold_lease(directory, 60) as lease:
        lease.check()


def test_one_of_many_that_start_together_holds(storage: Storage) -> None:
    starting, leaving = threading.Barrier(6), threading.Barrier(6)

    def start(_: int) -> bool:
        starting.wait()
        try:
            with hold_lease(storage, 60):
                leaving.wait()
                return True
        except LeaseError:
            leaving.wait()
            return False

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(start, range(6))).count(True) == 1
    assert lease_holder(storage) is None


def test_a_lease_is_renewed_while_it_is_held(directory: Storage) -> None:
    with hold_lease(directory, 2.0) as lease:
        first = latest(directory)["until"]
        deadline = time.monotonic() + 30
        while latest(directory)["until"] < first + 1.0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            lease.check()
        with pytest.raises(LeaseError), hold_lease(directory, 2.0):
            pass


@pytest.mark.s3
def test_a_driver_cut_off_from_storage_stops_when_its_lease_has_run_out(
    proxy: FaultyProxy, s3_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    storage = open_storage(s3_uri)
    with hold_lease(storage, 0.6) as lease:
        proxy.share("drop", 1.0)
        (renewing,) = [thread for thread in threading.enumerate() if thread.name == "lease"]
        renewing.join(30)
        with pytest.raises(LeaseError, match="the lease could not be renewed: s3://"):
            lease.check()


def test_what_stopped_the_holder_is_not_hidden_by_a_release_that_fails(directory: Storage) -> None:
    class Refusing(FusedStorage):
        def write(self, path: str, data: bytes) -> None:
            raise StorageError("the disk is full")

    with pytest.raises(ZeroDivisionError), hold_lease(Refusing(directory, Fuse()), 60):
        raise ZeroDivisionError
    with pytest.raises(LeaseError), hold_lease(directory, 60):
        pass
