"""When partitions are done: properties of any schedule, and some worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.simulation.work import Limit, finish

SERVICES = st.lists(st.floats(0.001, 100), min_size=1, max_size=60)
WORKERS = st.integers(1, 20)


def last(services: list[float], workers: int, *limits: Limit) -> float:
    return float(finish(np.array(services), [0.0] * workers, limits).max())


def equal_shares(number: int, total: float, per_s: float) -> Limit:
    return Limit(per_s, np.full(number, total / number))


def test_a_schedule_worked_out_by_hand() -> None:
    ends = finish(np.array([3.0, 1.0, 1.0, 4.0]), [0.0, 0.5])
    assert ends.tolist() == [3.0, 1.5, 2.5, 6.5]


def test_a_limit_worked_out_by_hand() -> None:
    # Ten a second: the second and third partition wait for what the first and second were given.
    ends = finish(np.array([1.0, 1.0, 0.2]), [0.0, 0.0, 0.0], [Limit(10, np.array([20.0, 5.0, 5.0]))])
    assert ends.tolist() == [2.0, 2.5, 3.0]


def test_without_a_worker_nothing_is_done() -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        finish(np.array([1.0]), [])


@given(services=SERVICES)
def test_one_worker_takes_the_sum(services: list[float]) -> None:
    assert last(services, 1) == pytest.approx(math.fsum(services))


@given(services=SERVICES, workers=WORKERS)
def test_any_number_is_between_the_bounds_of_a_list_schedule(services: list[float], workers: int) -> None:
    took = last(services, workers)
    least = max(max(services), math.fsum(services) / workers)
    # Graham 1966: within 2 - 1/n of any other order.
    assert least * (1 - 1e-9) <= took <= (2 - 1 / workers) * least * (1 + 1e-9)


@given(services=SERVICES, workers=WORKERS)
def test_one_more_worker_is_never_slower(services: list[float], workers: int) -> None:
    assert last(services, workers + 1) <= last(services, workers) * (1 + 1e-9)


@given(services=SERVICES, workers=WORKERS, factor=st.floats(0.1, 10))
def test_time_has_no_unit_of_its_own(services: list[float], workers: int, factor: float) -> None:
    assert last([factor * each for each in services], workers) == pytest.approx(factor * last(services, workers))


@given(services=SERVICES, workers=WORKERS, total=st.floats(1, 1000), per_s=st.floats(0.1, 100))
def test_a_limit_is_kept_and_only_ever_delays(services: list[float], workers: int, total: float, per_s: float) -> None:
    limit = equal_shares(len(services), total, per_s)
    limited = last(services, workers, limit)
    assert limit.least_s == pytest.approx(total / per_s)
    assert limited >= max(limit.least_s, last(services, workers)) * (1 - 1e-9)
    assert limited <= (limit.least_s + math.fsum(services)) * (1 + 1e-9)


@given(services=SERVICES, workers=WORKERS, total=st.floats(1, 1000))
def test_what_a_limit_gives_out_up_to_any_end_is_no_more_than_it_may(
    services: list[float], workers: int, total: float
) -> None:
    limit = equal_shares(len(services), total, 1.0)
    ends = np.sort(finish(np.array(services), [0.0] * workers, [limit]))
    done = np.arange(1, len(ends) + 1) * total / len(ends)
    assert (done <= ends * (1 + 1e-9)).all()


@given(services=SERVICES, workers=WORKERS)
def test_every_worker_has_one_partition_at_a_time(services: list[float], workers: int) -> None:
    ends = finish(np.array(services), [0.0] * workers)
    begins = ends - np.array(services)
    at_work = [int(((begins < begin + 1e-9) & (ends > begin + 1e-9)).sum()) for begin in begins]
    assert max(at_work, default=0) <= workers
    assert (np.diff(begins) >= -1e-9).all(), "in their order"
