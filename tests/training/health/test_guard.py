from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UserError
from training.health.guard import Fate, Past, Policy, Remedy, after_rewind, decide, refusal

NAN, INF = math.nan, math.inf
POLICY = Policy("skip", "rewind", spike_factor=3.0, spike_window=4, max_skipped=2, max_rewinds=2)


def past_of(fates: str, loss: float = 1.0) -> list[Past]:
    """One letter a step: l(earned), s(kipped), u(ndone), r(ewound)."""
    names: dict[str, Fate] = {"l": "learned", "s": "skipped", "u": "undone", "r": "rewound"}
    return [Past(loss if fate == "l" else 100.0, names[fate]) for fate in fates]


@pytest.mark.parametrize(
    ("fates", "loss", "norm", "checkpoint", "remedy", "says"),
    [
        ("llll", 1.0, 0.5, 2, None, ""),
        ("llll", 3.0, 0.5, 2, None, ""),
        ("llll", 3.1, 0.5, 2, "rewind", "3.1000 is more than 3 times 1.0000, the median of the last 4"),
        ("lll", 99.0, 0.5, 2, None, ""),
        ("lllssl", 3.1, 0.5, 2, "rewind", "3 times"),
        ("llluur", 99.0, 0.5, 2, None, ""),
        ("llll", 3.1, 0.5, None, "stop", "no checkpoint"),
        ("lrlrllll", 3.1, 0.5, 2, "stop", "rewound 2 times (train.max_rewinds)"),
        ("", NAN, 0.5, None, "skip", "the loss is nan"),
        ("llll", INF, INF, 2, "skip", "the loss is inf"),
        ("llll", 1.0, NAN, 2, "skip", "gradient norm is nan"),
        ("lls", NAN, NAN, 2, "skip", "nan"),
        ("llss", NAN, NAN, 2, "stop", "2 steps in a row were skipped (train.max_skipped)"),
        ("llsls", NAN, NAN, 2, "skip", "nan"),
        ("llssr", NAN, NAN, 2, "skip", "nan"),
    ],
)
def test_cases(fates: str, loss: float, norm: float, checkpoint: int | None, remedy: Remedy | None, says: str) -> None:
    found = decide(POLICY, loss, norm, past_of(fates), checkpoint)
    assert found.remedy == remedy
    assert says in found.reason
    assert bool(found.reason) == (remedy is not None)


def test_each_remedy_can_be_set_for_each_mishap() -> None:
    remedies: tuple[Remedy, ...] = ("skip", "rewind", "stop")
    for remedy in remedies:
        policy = replace(POLICY, on_non_finite=remedy, on_spike=remedy)
        assert decide(policy, NAN, 1.0, past_of("llll"), 0).remedy == remedy
        assert decide(policy, 9.0, 1.0, past_of("llll"), 0).remedy == remedy


@pytest.mark.parametrize(("number", "says"), [(2, "samples are 0, 1. "), (30, "5, 6, 7 and 22 more. ")])
def test_a_run_that_stops_says_where_and_what_to_set(number: int, says: str) -> None:
    error = refusal(17, "the loss is nan", range(number))
    assert isinstance(error, UserError)
    for part in ("step 17: the loss is nan", says, "train.learning_rate", "train.on_spike"):
        assert part in str(error)


@dataclass(frozen=True)
class Saved:
    """A checkpoint: what became of the steps, and the steps that the parameters have learned from, in order."""

    past: tuple[Past, ...] = ()
    parameters: tuple[int, ...] = ()


def train(policy: Policy, losses: Mapping[int, float], num_steps: int, every: int, kills: set[int]) -> Saved:
    """A run over steps of loss 1, or that in `losses`, killed so many times just before it decides."""
    kills = set(kills)
    checkpoint, at = Saved(), 0
    past, parameters = list(checkpoint.past), checkpoint.parameters
    decided = 0
    while len(past) < num_steps:
        step, loss = len(past), losses.get(len(past), 1.0)
        decided += 1
        if decided in kills:
            past, parameters = list(checkpoint.past), checkpoint.parameters
            continue
        remedy = decide(policy, loss, 1.0, past, at).remedy
        assert remedy != "stop"
        if remedy == "rewind":
            past, parameters = after_rewind(past, loss, at), checkpoint.parameters
        else:
            past.append(Past(loss, "learned" if remedy is None else "skipped"))
            parameters = parameters if remedy else (*parameters, step)
        if len(past) % every == 0:
            checkpoint, at = Saved(tuple(past), parameters), len(past)
    return Saved(tuple(past), parameters)


BAD = st.dictionaries(st.integers(0, 29), st.sampled_from([NAN, INF, 50.0]), max_size=4)


@given(BAD, st.integers(1, 8), st.sets(st.integers(1, 60), max_size=5))
def test_killed_at_any_moment_a_run_skips_and_rewinds_alike(bad: dict[int, float], every: int, kills: set[int]) -> None:
    policy = replace(POLICY, max_skipped=9, max_rewinds=9)
    undisturbed = train(policy, bad, 30, every, set())
    resumed = train(policy, bad, 30, every, kills)
    assert repr(resumed) == repr(undisturbed)
    assert [step for step, each in enumerate(resumed.past) if each.fate == "learned"] == list(resumed.parameters)
    assert not [step for step in resumed.parameters if not math.isfinite(bad.get(step, 1.0))]


def test_a_rewind_passes_over_what_led_to_the_spike() -> None:
    found = train(POLICY, {10: 50.0}, 14, 4, set())
    assert found.parameters == (0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13)
    assert [each.fate for each in found.past[8:12]] == ["undone", "undone", "rewound", "learned"]
