"""What a pilot foretells, in made-up worlds whose costs are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.commit import CommitRecord, Counts, Spend
from pipeline.generation.accounts import charged
from pipeline.generation.forecast import FIGURES, Forecast, forecast, tells

# Tokens of prompts that are computed, of prompts from a cache, and of replies, each of one item.
COSTS = {"en": (210, 40, 12), "ar": (260, 40, 31), "am": (540, 40, 77)}
SECONDS_A_TOKEN = 0.004
WANTED = {"en": 2_000_000.0, "ar": 700_000.0, "am": 300_000.0}

Costs = Mapping[str, tuple[float, float, float]]


def commit(
    number: int,
    items: Mapping[str, int],
    costs: Costs = COSTS,
    *,
    stored: bool = False,
    seconds_a_token: float = SECONDS_A_TOKEN,
    start: float = 0.0,
    start_within: float = 0.0,
    num_gpus: float = 2.0,
    host: str = "a",
) -> CommitRecord:
    """A partition's record, in which items of a language take so many tokens each.

    `start` are seconds before it, `start_within` those that an engine took to start while it was in work.
    """
    prefix = "stored_" if stored else ""
    accounts = {
        code: {
            "items": asked,
            f"{prefix}prompt_tokens": asked * (costs[code][0] + costs[code][1]),
            f"{prefix}cached_tokens": asked * costs[code][1],
            f"{prefix}output_tokens": asked * costs[code][2],
        }
        for code, asked in items.items()
    }
    work = seconds_a_token * sum(asked * (costs[code][0] + costs[code][2]) for code, asked in items.items())
    log = charged({"accounts": accounts, "start_seconds": start_within}, work + start_within + start, num_gpus)
    counts = Counts("pictures", 3, 3)
    place = {"host": host, "pid": 1, "started": 0.0, "seconds": work + start_within}
    return CommitRecord("rephrase", f"{number:06d}", 3, counts, (), Spend(), {**place, **log})


def true_cost(items: Mapping[str, float], costs: Costs = COSTS, num_gpus: float = 2.0) -> dict[str, float]:
    seconds = SECONDS_A_TOKEN * sum(asked * (costs[code][0] + costs[code][2]) for code, asked in items.items())
    return {
        "prompt_tokens": sum(asked * (costs[code][0] + costs[code][1]) for code, asked in items.items()),
        "output_tokens": sum(asked * costs[code][2] for code, asked in items.items()),
        "seconds": seconds,
        "gpu_seconds": seconds * num_gpus,
    }


def estimates(found: Forecast) -> dict[str, float]:
    return {figure: interval.estimate for figure, interval in found.total.items()}


MIXES = st.lists(
    st.fixed_dictionaries({code: st.integers(1, 400) for code in COSTS}), min_size=2, max_size=9
)  # fmt: skip


@given(MIXES, st.sampled_from([0.0, 77.0]), st.sampled_from([0.0, 33.0]))
def test_a_linear_cost_is_recovered_whatever_the_mix_of_the_pilot(
    mixes: list[dict[str, int]], start: float, start_within: float
) -> None:
    commits = [commit(number, mix, start=start, start_within=start_within) for number, mix in enumerate(mixes)]
    found = forecast(commits, WANTED)
    truth = true_cost(WANTED)
    assert estimates(found) == pytest.approx(truth)
    for figure, interval in found.total.items():
        assert interval.high - interval.low == pytest.approx(0, abs=1e-6 * truth[figure])
    for code, figures in found.by_language.items():
        alone = true_cost({code: WANTED[code]})
        assert {figure: figures[figure] for figure in FIGURES} == pytest.approx(alone)
        assert figures["items"] == WANTED[code]
    assert found.items == sum(WANTED.values())
    assert found.pilot_items == sum(sum(mix.values()) for mix in mixes)
    # The start of an engine is told apart, not multiplied with the items. It is what is left of all that was held.
    rounding = 1e-9 * sum(true_cost(mix)["gpu_seconds"] for mix in mixes)
    assert found.start["gpu_seconds"] == pytest.approx(2 * (start + start_within) * len(mixes), abs=rounding)


def drawn(draw: np.random.Generator, num_partitions: int) -> list[CommitRecord]:
    """A pilot in a world where partitions differ in size, mix, tokens an item and speed, around known means."""
    commits = []
    for number in range(num_partitions):
        size = draw.lognormal(3, 0.5)
        items = {code: int(draw.poisson(size * part)) for code, part in (("en", 3), ("ar", 2), ("am", 1))}
        dearer = draw.lognormal(-0.02, 0.2)
        costs = {code: tuple(figure * dearer * draw.lognormal(-0.005, 0.1) for figure in each)
                 for code, each in COSTS.items()}  # fmt: skip
        speed = SECONDS_A_TOKEN * draw.lognormal(-0.00125, 0.05)
        commits.append(commit(number, {code: asked for code, asked in items.items() if asked}, costs,
                              seconds_a_token=speed))  # fmt: skip
    return commits


@pytest.mark.parametrize(("num_partitions", "low"), [(3, 0.91), (12, 0.91), (60, 0.92)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(num_partitions: int, low: float) -> None:
    draw = np.random.default_rng(num_partitions)
    inside: dict[str, list[bool]] = {figure: [] for figure in FIGURES}
    errors = []
    truth = true_cost(WANTED)
    for _ in range(1000):
        found = forecast(drawn(draw, num_partitions), WANTED).total
        for figure, interval in found.items():
            inside[figure].append(interval.low <= truth[figure] <= interval.high)
        errors.append(found["gpu_seconds"].estimate / truth["gpu_seconds"] - 1)
    for figure, held in inside.items():
        assert low < np.mean(held) < 0.97, figure
    assert abs(np.mean(errors)) < 0.01


def test_how_uncertain_the_number_of_items_is_widens_the_interval() -> None:
    commits = [commit(number, {"en": 50, "ar": 20, "am": 10}) for number in range(4)]
    sure, unsure = forecast(commits, WANTED), forecast(commits, WANTED, relative_error=0.1)
    assert estimates(sure) == estimates(unsure)
    half = unsure.total["gpu_seconds"].high - unsure.total["gpu_seconds"].estimate
    assert half == pytest.approx(0.1 * stats.t.ppf(0.975, 3) * unsure.total["gpu_seconds"].estimate, rel=2e-3)
    assert forecast(commits, WANTED, relative_error=5.0).total["gpu_seconds"].low == 0


def test_replies_that_a_killed_attempt_paid_for_count_as_tokens_and_not_as_time() -> None:
    mix = {"en": 50, "ar": 20, "am": 10}
    whole = [commit(number, mix) for number in range(4)]
    # Two partitions whose replies were there: they took no time to speak of.
    resumed = [*whole[:2], *(commit(number, mix, stored=True, seconds_a_token=1e-7) for number in (2, 3))]
    assert tells(resumed)
    assert estimates(forecast(resumed, WANTED)) == pytest.approx(estimates(forecast(whole, WANTED)))
    # A partition of both: its tokens all count, its time is that of those that were computed.
    mixed = []
    for each in whole:
        accounts = {code: {**figures} for code, figures in each.log["accounts"].items()}
        for figure in ("prompt_tokens", "cached_tokens", "output_tokens"):
            accounts["am"][f"stored_{figure}"] = accounts["am"].pop(figure)
        held = sum(accounts[code]["seconds"] for code in ("en", "ar"))
        accounts["am"] |= {"seconds": 0.0, "gpu_seconds": 0.0}
        mixed.append(replace(each, log={**each.log, "accounts": accounts, "seconds": held}))
    assert estimates(forecast(mixed, WANTED)) == pytest.approx(estimates(forecast(whole, WANTED)))


def test_a_language_that_the_pilot_lacks_is_named_and_costs_what_the_others_do() -> None:
    commits = [commit(number, {"en": 30, "ar": 30}) for number in range(3)]
    found = forecast(commits, {"en": 100.0, "am": 100.0})
    assert found.unseen == ("am",)
    assert found.by_language["am"]["output_tokens"] == pytest.approx(100 * (12 + 31) / 2)
    assert found.by_language.keys() == {"en", "am"}


@settings(max_examples=20)
@given(st.permutations(range(6)))
def test_the_order_of_partitions_is_of_no_matter(order: Sequence[int]) -> None:
    commits = drawn(np.random.default_rng(1), 6)
    one, other = forecast(commits, WANTED), forecast([commits[number] for number in order], WANTED)
    for figure in FIGURES:
        assert one.total[figure].estimate == pytest.approx(other.total[figure].estimate)
        assert one.total[figure].high == pytest.approx(other.total[figure].high)


def test_starts_are_of_workers_not_of_partitions() -> None:
    mix = {"en": 50}
    commits = [
        commit(0, mix, start=120.0, host="a"), commit(1, mix, host="a"), commit(2, mix, host="a"),
        commit(3, mix, start=180.0, host="b"), commit(4, mix, host="b"),
    ]  # fmt: skip
    assert forecast(commits, WANTED).start == pytest.approx({"seconds": 150.0, "gpu_seconds": 300.0})


def test_too_few_partitions_foretell_nothing() -> None:
    mix = {"en": 50}
    nothing = replace(commit(7, mix), log={"host": "a", "pid": 1, "started": 0.0, "seconds": 1.0})
    for commits in ([], [commit(1, mix)], [commit(1, mix), nothing], [commit(n, mix, stored=True) for n in range(4)]):
        assert not tells(commits)
        with pytest.raises(ValueError, match="2 partitions"):
            forecast(commits, WANTED)
