from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.watch.measures import GroupLoss, Measured, window
from training.watch.peak import gpus, peak_flops_per_s

COUNTS = st.integers(0, 5000)
GROUPS = st.dictionaries(
    st.sampled_from(["am", "de", "id"]), st.builds(GroupLoss, st.floats(0, 1e4), st.integers(0, 500)), max_size=3
)


def measured(**changed: object) -> Measured:
    base = Measured(
        step=3, loss=2.0, num_tokens=100, num_supervised_tokens=10, num_padded_tokens=25, grad_norm=0.5,
        learning_rates={"connector": 2e-5}, seconds=2.0, data_wait_s=0.1, checkpoint_stall_s=0.0,
        peak_memory_bytes=7, flops=1e12,
    )  # fmt: skip
    return replace(base, **changed)  # type: ignore[arg-type]


STEPS = st.builds(
    lambda tokens, supervised, padded, loss, seconds, share, groups: measured(
        num_tokens=tokens, num_supervised_tokens=supervised, num_padded_tokens=padded, loss=loss, seconds=seconds,
        data_wait_s=share * seconds, by_language=groups,
    ),
    COUNTS, COUNTS, COUNTS, st.floats(0, 20), st.floats(1e-3, 100), st.floats(0, 1), GROUPS,
)  # fmt: skip


@given(st.lists(STEPS, min_size=1, max_size=6))
def test_a_window_is_what_one_long_step_would_be(steps: list[Measured]) -> None:
    found = window(steps, 1e15)
    seconds = sum(step.seconds for step in steps)
    assert found.tokens_per_s * seconds == pytest.approx(sum(step.num_tokens for step in steps))
    assert found.mfu == pytest.approx(len(steps) * 1e12 / seconds / 1e15)
    assert 0 <= found.data_wait_share <= 1 + 1e-9
    assert 0 <= found.useful_share <= 1
    counted = [step.loss for step in steps if step.num_supervised_tokens]
    if counted:
        assert min(counted) - 1e-9 <= found.loss <= max(counted) + 1e-9
    with_tokens = {name for step in steps for name, group in step.by_language.items() if group.num_tokens}
    assert set(found.by_language) == with_tokens
    assert not any(map(math.isnan, found.by_language.values()))


def test_a_window_of_two_steps() -> None:
    first = measured(loss=4.0, by_source={"open": GroupLoss(40.0, 10)}, grad_norm=9.0)
    last = measured(step=4, num_supervised_tokens=30, seconds=6.0, by_source={"open": GroupLoss(20.0, 30)})
    found = window([first, last], None)
    assert (found.step, found.loss, found.tokens_per_s, found.useful_share) == (4, 2.5, 25.0, 0.8)
    assert (found.mfu, found.data_wait_share, found.seconds_per_step) == (None, 0.025, 4.0)
    assert (found.by_source, found.grad_norm) == ({"open": 1.5}, 9.0)


@pytest.mark.parametrize(
    ("device", "tera"),
    [
        ("NVIDIA H100 80GB HBM3", 989), ("NVIDIA H200", 989), ("NVIDIA H100 PCIe", 756),
        ("NVIDIA A100-SXM4-80GB", 312), ("NVIDIA L40S", 362), ("NVIDIA B200", 2250), (None, None),
        ("NVIDIA H20", None), ("NVIDIA GH200 480GB", None), ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", None),
    ],
)  # fmt: skip
def test_peaks_are_found_by_the_whole_name(device: str | None, tera: float | None) -> None:
    assert peak_flops_per_s(device, 8) == (None if tera is None else tera * 8e12)


def test_every_peak_names_its_source() -> None:
    assert all(each.source and each.flops_per_s > 1e14 for each in gpus())
