"""Stages one after another on nodes that come and go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.simulation.cluster import Load, Nodes, RunTime, simulate
from pipeline.simulation.work import Limit


def load(number: int, seconds: float = 1.0, kind: str | None = "cpu", name: str = "stage", **more: object) -> Load:
    return Load(name, kind, np.full(number, seconds), **more)  # type: ignore[arg-type]


def test_two_stages_worked_out_by_hand() -> None:
    kinds = {"cpu": Nodes(2, delay_s=100, idle_s=300), "gpu": Nodes(1, delay_s=200, idle_s=300)}
    run = simulate(
        [
            load(8, 10.0, workers_a_node=2, before_s=5, launch_s=1, after_s=4, name="one"),
            load(3, 20.0, "gpu", start_s=30, name="two"),
            load(4, 10.0, workers_a_node=2, name="three"),
        ],
        kinds,
    )
    one, two, three = run.stages
    assert (one.begin_s, one.end_s, one.driver_s, one.wait_s, one.work_s) == (0, 130, 10, 100, 20)
    assert (one.workers, one.nodes, one.bound_by) == (4, 2, "start of nodes")
    assert (two.begin_s, two.end_s, two.wait_s, two.bound_by) == (130, 420, 230, "start of nodes")
    # The two nodes ended their work at 126 and are let go at 426: they are there still, and take work at once.
    assert (three.begin_s, three.end_s, three.wait_s) == (420, 430, 0)
    assert run.seconds == 430
    assert run.node_s == {"cpu": 2 * (430 + 300 - 6), "gpu": 420 + 300 - 130}


def test_a_node_that_was_let_go_is_waited_for_again() -> None:
    kinds = {"cpu": Nodes(1, delay_s=100, idle_s=10), "gpu": Nodes(1)}
    run = simulate([load(1), load(1, 50.0, "gpu"), load(1)], kinds)
    assert run.seconds == 101 + 50 + 101
    assert run.node_s["cpu"] == pytest.approx(2 * (101 + 10))


def test_no_more_nodes_come_than_there_is_work_for() -> None:
    kinds = {"cpu": Nodes(100, delay_s=10, idle_s=0)}
    run = simulate([load(5, workers_a_node=2)], kinds)
    assert (run.stages[0].workers, run.stages[0].nodes) == (5, 3)
    assert run.node_s["cpu"] == pytest.approx(3 * 11)


def test_most_workers_and_partitions_in_flight() -> None:
    kinds = {"gpu": Nodes(8)}
    run = simulate([load(40, 10.0, "gpu", in_flight=4, most_workers=2)], kinds)
    assert (run.stages[0].workers, run.seconds) == (2, 50.0)


def test_the_second_worker_comes_when_its_process_is_there() -> None:
    run = simulate([load(4, 10.0, workers_a_node=2, later_s=15)], {"cpu": Nodes(1)})
    # One works from 0 to 30, the other from 15 to 25.
    assert (run.seconds, run.stages[0].wait_s) == (30, 0)


def test_the_driver_works_alone() -> None:
    run = simulate([load(3, 7.0, None, before_s=1)], {})
    assert (run.seconds, run.stages[0].nodes, run.node_s) == (22.0, 0, {})


def test_a_stage_without_partitions_takes_the_drivers_time() -> None:
    kinds = {"cpu": Nodes(1, delay_s=100)}
    run = simulate([load(0, before_s=2, after_s=3)], kinds)
    assert (run.seconds, run.node_s["cpu"]) == (5, 0)


def test_what_holds_a_stage_up_is_named() -> None:
    kinds = {"cpu": Nodes(4)}
    slow = load(4, limits={"requests": Limit(1.0, np.full(4, 10.0))})
    assert simulate([slow], kinds).stages[0].bound_by == "requests"
    uneven = Load("uneven", "cpu", np.array([1.0, 1.0, 9.0]))
    assert simulate([uneven], kinds).stages[0].bound_by == "longest partition"
    assert simulate([load(400)], kinds).stages[0].bound_by == "workers"
    assert simulate([load(1, before_s=60)], kinds).stages[0].bound_by == "driver"


def test_nodes_without_room_are_told() -> None:
    with pytest.raises(ValueError, match="no room for a worker on nodes cpu"):
        simulate([load(1)], {"cpu": Nodes(0)})


def sizes(nodes: int, delay: float) -> dict[str, Nodes]:
    return {"cpu": Nodes(nodes, delay_s=delay, idle_s=60)}


@given(
    numbers=st.lists(st.integers(0, 50), min_size=1, max_size=5),
    nodes=st.integers(1, 6),
    slots=st.integers(1, 4),
    delay=st.floats(0, 100),
)
def test_time_adds_up_and_nodes_are_held_for_what_they_do(
    numbers: list[int], nodes: int, slots: int, delay: float
) -> None:
    loads = [load(number, 3.0, workers_a_node=slots, before_s=1, after_s=2, launch_s=0.5) for number in numbers]
    run = simulate(loads, sizes(nodes, delay))
    assert run.seconds == pytest.approx(sum(stage.seconds for stage in run.stages))
    for stage in run.stages:
        assert stage.seconds == pytest.approx(stage.driver_s + stage.wait_s + stage.work_s)
    assert run.node_s["cpu"] * slots >= 3.0 * sum(numbers) * (1 - 1e-9)
    assert run.seconds <= simulate(loads, sizes(1, delay)).seconds * (1 + 1e-9)


@given(number=st.integers(1, 200), nodes=st.integers(1, 10))
def test_twice_the_nodes_never_take_longer(number: int, nodes: int) -> None:
    def of(many: int) -> RunTime:
        return simulate([load(number)], sizes(many, 10.0))

    assert of(2 * nodes).seconds <= of(nodes).seconds
