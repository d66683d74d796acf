"""Micro-batches come in order, at most so many are in memory, and nothing stays behind, however long each takes."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.feed import Feed


class Maker:
    """Makes numbers into texts after a delay of their own, and counts how many are not yet taken."""

    def __init__(self, seed: int, broken: frozenset[int] = frozenset()) -> None:
        self.seed, self.broken = seed, broken
        self.lock = threading.Lock()
        self.begun = self.taken = self.most = 0

    def __call__(self, number: int) -> str:
        with self.lock:
            self.begun += 1
            self.most = max(self.most, self.begun - self.taken)
        time.sleep(random.Random(self.seed + number).choice((0, 0, 0.001, 0.004)))
        if number in self.broken:
            raise ValueError(f"{number} is broken")
        return str(number)

    def take(self) -> None:
        with self.lock:
            self.taken += 1


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("feed")]


@settings(max_examples=60)
@given(
    number=st.integers(0, 30), num_threads=st.integers(1, 5), ahead=st.integers(1, 9), seed=st.integers(0, 999),
    broken=st.frozensets(st.integers(0, 29), max_size=3),
)  # fmt: skip
def test_all_come_in_order_and_few_are_in_memory(
    number: int, num_threads: int, ahead: int, seed: int, broken: frozenset[int]
) -> None:
    make = Maker(seed, broken)
    found: list[str] = []
    with Feed(range(number), make, num_threads=num_threads, ahead=ahead) as feed:
        while True:
            # The one that is being taken is counted until it has been.
            try:
                found.append(next(feed).batch)
            except StopIteration:
                break
            except ValueError as error:
                found.append(f"{error}")
            make.take()
    assert found == [f"{each} is broken" if each in broken else f"{each}" for each in range(number)]
    assert make.most <= ahead + 1
    assert not threads()


@pytest.mark.parametrize("after", [0, 1, 3])
def test_left_early_it_makes_no_more(after: int) -> None:
    make = Maker(1)
    with suppress(KeyError), Feed(range(10**9), make, num_threads=2, ahead=4) as feed:
        for _ in range(after):
            next(feed)
        raise KeyError
    assert make.begun <= after + 4
    assert not threads()


def test_the_wait_is_that_of_the_training_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made while the training thread works is not waited for."""
    now = 0.0
    monkeypatch.setattr("training.data.feed.time", SimpleNamespace(monotonic=lambda: now))
    training, made = threading.Event(), threading.Event()

    def prepare(number: int) -> None:
        nonlocal now
        if number == 1:
            assert training.wait(10)
        now += 5.0
        if number == 1:
            made.set()

    with Feed(range(2), prepare, num_threads=1, ahead=1) as feed:
        assert next(feed).waited_s == 5.0
        training.set()
        assert made.wait(10)
        assert next(feed).waited_s == 0.0
