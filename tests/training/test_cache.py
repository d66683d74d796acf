"""A cache of threads: each value is read once while it is held, and what is held stays within the bytes given."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.cache import Cache


@settings(max_examples=100)
@given(keys=st.lists(st.integers(0, 8), max_size=60), max_bytes=st.integers(0, 30))
def test_those_last_used_are_held(keys: list[int], max_bytes: int) -> None:
    """Against a list in the order of use; a value `n` takes `n` bytes."""
    read: list[int] = []
    cache = Cache(lambda key: read.append(key) or key, lambda value: value, max_bytes)  # type: ignore[func-returns-value]
    held: list[int] = []
    for key in keys:
        is_held, before = key in held, len(read)
        assert cache(key) == key
        assert (len(read) == before) == is_held
        held = [*(each for each in held if each != key), key]
        while not is_held and sum(held) > max_bytes and len(held) > 1:
            held.pop(0)
        assert cache.num_bytes == sum(held)


def test_threads_that_want_the_same_wait_for_one_reading() -> None:
    wanted, read = threading.Barrier(8), Counter[int]()

    def slow(key: int) -> int:
        read[key] += 1
        threading.Event().wait(0.02)
        return key

    cache = Cache(slow, lambda _: 1, 100)

    def ask(number: int) -> int:
        wanted.wait(10)
        return cache(number % 2)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [0, 1] * 4
    assert read == {0: 1, 1: 1}


def test_an_error_reaches_all_who_wait_and_is_not_held() -> None:
    waiting = threading.Barrier(4)
    answers = iter([OSError("away"), "here"])

    def fail_once(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            waiting.wait(10)
            raise answer
        return answer

    cache = Cache(fail_once, len, 100)

    def ask(number: int) -> str:
        if number:
            waiting.wait(10)
        return cache("key")

    with ThreadPoolExecutor(4) as pool:
        first, *later = [pool.submit(ask, number) for number in range(4)]
        with pytest.raises(OSError, match="away"):
            first.result()
        # Whoever came late enough has it.
        assert all(each.exception() is not None or each.result() == "here" for each in later)
    assert cache("key") == "here"
    assert cache.num_bytes == 4
