"""What generation will cost, and what it took so far, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.cost import Cost
from pipeline import vocabulary
from pipeline.generation.accounts import cache_rates
from pipeline.generation.forecast import FIGURES, Forecast
from pipeline.interval import Interval

_SPENT = (
    "items", "generated", "from_store", "prompt_tokens", "cached_tokens", "output_tokens", "seconds", "gpu_seconds",
)  # fmt: skip


def cost_table(cost: Cost) -> Iterator[str]:
    """The cost for a person: by stage with intervals, and by language."""
    pilot = ", ".join(
        f"{name} {each.pilot_items:,} items in {each.num_partitions:,} partitions" for name, each in cost.stages.items()
    )
    yield f"  Generation, by the figures of {cost.place}"
    yield f"  Pilot: {pilot or 'nothing of what this run asks'}. ± is half of a 95 % interval over its partitions."
    yield ""
    yield (
        f"  {'stage':<12}{'items asked':>14}{'M tokens in':>20}{'M tokens out':>20}{'engine hours':>20}"
        f"{'GPU-hours':>20}" + (f"{'price':>20}" if cost.price is not None else "")
    )
    for name, each in cost.stages.items():
        yield _stage_row(name, f"{each.items:,.0f}", each.total, cost.price)
    if cost.stages:
        yield _stage_row("both" if len(cost.stages) > 1 else "all", "", {f: cost.total(f) for f in FIGURES}, cost.price)
        hours, gpu_hours = cost.starts("seconds") / 3600, cost.starts("gpu_seconds") / 3600
        price = "" if cost.price is None else f"{cost.price * gpu_hours:>20,.2f}"
        yield f"  {f'starts of engines, {cost.workers} a stage':<66}{hours:>20,.2f}{gpu_hours:>20,.2f}{price}"
    for warning in cost.warnings:
        yield f"  {warning}"
    yield ""
    yield from _by_language(cost)


def _stage_row(name: str, items: str, total: Mapping[str, Interval], price: float | None) -> str:
    scales = {"prompt_tokens": 1e6, "output_tokens": 1e6, "seconds": 3600.0, "gpu_seconds": 3600.0}
    columns = [_with_error(total[figure], 1 / scales[figure]) for figure in FIGURES]
    if price is not None:
        columns.append(_with_error(total["gpu_seconds"], price / 3600))
    return f"  {name:<12}{items:>14}" + "".join(f"{column:>20}" for column in columns)


def _with_error(interval: Interval, scale: float) -> str:
    value, half = interval.estimate * scale, (interval.high - interval.estimate) * scale
    digits = 0 if value >= 1000 else 2 if value >= 1 else 4
    return f"{value:,.{digits}f} ± {half:,.{digits}f}"


def _by_language(cost: Cost) -> Iterator[str]:
    """A row for each language: its items in each stage, tokens in and out of one, and its part of the time."""
    held: dict[str, float] = {}
    on_gpus: dict[str, float] = {}
    for each in cost.stages.values():
        for code, figures in each.by_language.items():
            held[code] = held.get(code, 0.0) + figures["seconds"]
            on_gpus[code] = on_gpus.get(code, 0.0) + figures["gpu_seconds"]
    everything = sum(held.values()) or 1.0
    yield (
        f"  {'language':<24}"
        + "".join(f"{f'{name} items':>18}{'in each':>10}{'out':>8}" for name in cost.stages)
        + f"{'GPU-hours':>14}{'of the time':>13}"
    )
    for code in sorted(held, key=lambda code: (-held[code], code)):
        stages = "".join(_of_one_item(each.by_language.get(code)) for each in cost.stages.values())
        name = f"{code:<8}{vocabulary.languages()[code].name}"
        yield f"  {name:<24}{stages}{on_gpus[code] / 3600:>14,.2f}{held[code] / everything:>13.2%}"


def _of_one_item(figures: Mapping[str, float] | None) -> str:
    if figures is None:
        return f"{'-':>18}{'':>10}{'':>8}"
    tokens = [figures[figure] / figures["items"] for figure in ("prompt_tokens", "output_tokens")]
    return f"{figures['items']:>18,.0f}{tokens[0]:>10,.0f}{tokens[1]:>8,.1f}"


def cost_json(cost: Cost) -> dict[str, Any]:
    """The cost as plain JSON; intervals are `estimate`, `low` and `high`."""
    gpu_hours = _times(cost.total("gpu_seconds"), 1 / 3600)
    starts = {figure: cost.starts(figure) for figure in ("seconds", "gpu_seconds")}
    return {
        "pilot": cost.place,
        "stages": {name: _stage_json(each) for name, each in cost.stages.items()},
        "total": {figure: _times(cost.total(figure), 1) for figure in FIGURES} | {"gpu_hours": gpu_hours},
        "starts": {"workers": cost.workers, **starts},
        "money": None
        if cost.price is None
        else {
            "gpu_hour_price": cost.price,
            **_times(cost.total("gpu_seconds"), cost.price / 3600),
            "starts": starts["gpu_seconds"] * cost.price / 3600,
        },
        "warnings": list(cost.warnings),
    }


def _stage_json(each: Forecast) -> dict[str, Any]:
    return {
        "items": each.items,
        **{figure: _times(interval, 1) for figure, interval in each.total.items()},
        "by_language": each.by_language,
        "pilot": {"items": each.pilot_items, "partitions": each.num_partitions},
    }


def _times(interval: Interval, scale: float) -> dict[str, float]:
    return {"estimate": interval.estimate * scale, "low": interval.low * scale, "high": interval.high * scale}


def spent_lines(accounts: Mapping[str, Mapping[str, float]], caches: Mapping[str, int]) -> Iterator[str]:
    """What a stage of generation took so far, and how much of it caches spared, for `culturalground status`.

    Args:
        accounts: language -> figures, as `Manifest.accounts` has them; of a stage without any, nothing is told.
        caches: counters of `HasStatistics`, as `Manifest.caches` has them; empty where engines do not tell.
    """
    if not accounts:
        return
    total = {figure: sum(each.get(figure, 0) for each in accounts.values()) for figure in _SPENT}
    yield (
        f"{total['items']:,.0f} items asked about in {len(accounts)} languages, {total['generated']:,.0f} replies and "
        f"{total['from_store']:,.0f} from the store; tokens {total['prompt_tokens']:,.0f} in, "
        f"{total['output_tokens']:,.0f} out; "
        f"{total['gpu_seconds'] / 3600:.2f} GPU-hours, {total['seconds'] / 3600:.2f} h of engines"
    )
    rates = cache_rates(accounts, caches)
    if rates:
        yield "from caches: " + ", ".join(f"{_percent(*rate)} of {rate[1]:,.0f} {what}" for what, rate in rates.items())


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"
