from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commit import CommitRecord, Counts
from pipeline.pace import QUIET_S, pace

NOW = 1_700_000_000.0


def committed(ago: float, seconds: float = 5.0, rows: int = 10) -> CommitRecord:
    log = {"started": NOW - ago - seconds, "seconds": seconds}
    return CommitRecord("images", str(ago), rows, Counts("rows", rows, rows), (), log=log)


@given(
    period=st.floats(0.1, 50), number=st.integers(1, 200), left=st.integers(1, 500), rows=st.integers(1, 1000),
)  # fmt: skip
def test_a_steady_stage_goes_on_as_it_did(period: float, number: int, left: int, rows: int) -> None:
    done = [committed(period * (count + 0.5), rows=rows) for count in range(number)]
    found = pace(done, number + left, NOW - period * number, NOW)
    lately = min(60.0, period * number)
    assert abs(found.rows_per_s * lately / rows - lately / period) <= 1.001
    assert found.left_s == pytest.approx(period * left, rel=0.02)
    assert found.quiet_s == pytest.approx(period / 2, rel=1e-3, abs=1e-3)
    assert not found.stands_still


def test_what_an_earlier_driver_committed_says_nothing_of_this_one() -> None:
    found = pace([committed(40), committed(50)], 10, NOW - 20, NOW)
    assert found.rows_per_s == 0
    assert found.left_s is None
    assert found.quiet_s == pytest.approx(20), "this driver began after the last commit"


@pytest.mark.parametrize(
    ("records", "partitions", "since", "stands_still"),
    [
        ([], 4, QUIET_S + 1, True),
        ([], 4, QUIET_S - 1, False),
        ([], 1, 10 * QUIET_S, False),
        ([committed(QUIET_S + 1)], 4, 2 * QUIET_S, True),
        ([committed(QUIET_S + 1, seconds=QUIET_S)], 4, 3 * QUIET_S, False),
        ([committed(3 * QUIET_S + 1, seconds=QUIET_S)], 4, 5 * QUIET_S, True),
        ([committed(10 * QUIET_S), committed(30)], 4, 20 * QUIET_S, False),
    ],
)
def test_a_silence_is_told_of_that_partitions_do_not_explain(
    records: list[CommitRecord], partitions: int, since: float, stands_still: bool
) -> None:
    assert pace(records, partitions, NOW - since, NOW).stands_still is stands_still
