"""A forecast for a person, as lines, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from jobs.forecast.bill import Bill
from jobs.forecast.forecast import Forecast, StageForecast
from jobs.forecast.levers import Lever, best_for_money, best_for_time
from pipeline.prices import Prices
from pipeline.progress import duration

# A wait of this share of the run is on the critical path's list.
_TOLD = 0.01


def forecast_table(found: Forecast, levers: Sequence[Lever], prices: Prices) -> Iterator[str]:
    """The run stage by stage, what it waits for, what it costs, and what would change that."""
    yield f"  The whole run, simulated by the figures of {found.pilot}: {duration(found.run.seconds)}"
    yield ""
    yield (
        f"  {'stage':<18}{'rows':>13}{'partitions':>12}{'GB written':>12}{'CPU-hours':>11}{'GPU-hours':>11}"
        f"{'wall time':>14}  nodes"
    )
    for name, stage in found.stages.items():
        yield _stage_row(name, stage)
    yield ""
    yield from _politeness(found)
    yield "  Critical path: stages run one after another, so each of these is waited for"
    yield from _critical(found)
    yield ""
    if found.bill is not None:
        yield from _bill(found, found.bill, prices)
        yield ""
    yield from _levers(levers)
    for warning in found.warnings:
        yield f"  {warning}"


def _stage_row(name: str, stage: StageForecast) -> str:
    nodes = f"{stage.time.nodes} {stage.kind}" if stage.kind else "the driver"
    return (
        f"  {name:<18}{stage.rows:>13,.0f}{stage.partitions:>12,}{_amount(stage.stored_bytes / 1e9):>12}"
        f"{_amount(stage.cpu_s / 3600):>11}{_amount(stage.gpu_s / 3600):>11}{duration(stage.time.seconds):>14}  {nodes}"
    )


def _amount(value: float) -> str:
    """With as many digits as say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else "0" if not value else "<0.001"


def _politeness(found: Forecast) -> Iterator[str]:
    for name, stage in found.stages.items():
        for source, seconds in stage.limits_s.items():
            yield f"  {name}: {seconds / 86400:.2f} days by the limit of {source}, {stage.fetched_bytes / 1e9:,.1f} GB"
    if any(stage.limits_s for stage in found.stages.values()):
        yield ""


def _critical(found: Forecast) -> Iterator[str]:
    parts = []
    for name, stage in found.stages.items():
        time = stage.time
        held_up = max(time.least_s.items(), key=lambda pair: pair[1], default=("partitions", 0.0))[0]
        parts.append((time.work_s, f"{name}: {'its workers' if held_up == 'workers' else held_up}"))
        parts.append((time.wait_s, f"{name}: start of nodes and of what workers keep"))
        parts.append((time.driver_s, f"{name}: the driver alone"))
    whole = max(found.run.seconds, 1e-9)
    for seconds, what in sorted(parts, key=lambda part: -part[0]):
        if seconds >= _TOLD * whole:
            yield f"    {duration(seconds):>12}{seconds / whole:>7.1%}  {what}"


def _bill(found: Forecast, bill: Bill, prices: Prices) -> Iterator[str]:
    yield f"  Money, {prices.currency}, by prices of {prices.date}: {prices.source}"
    if prices.spot_source:
        yield f"  Spot: {prices.spot_source}"
    yield f"  {'nodes':<18}{'hours':>13}{'on demand':>14}{'on spot':>14}{'as asked for':>14}"
    for name, row in bill.rows.items():
        on_spot = "-" if row.on_spot is None else f"{row.on_spot:,.2f}"
        yield f"  {name:<18}{row.hours:>13,.1f}{row.on_demand:>14,.2f}{on_spot:>14}{row.paid:>14,.2f}"
    yield f"  {'all nodes':<18}{'':>41}{bill.total:>14,.2f}"
    stored = sum(stage.stored_bytes for stage in found.stages.values())
    if bill.stored_month is not None:
        yield f"  {f'storage of {stored / 1e9:,.1f} GB, a month':<59}{bill.stored_month:>14,.2f}"
    if bill.egress is not None:
        yield f"  {'egress, where the data set leaves the cloud once':<59}{bill.egress:>14,.2f}"


def _levers(levers: Sequence[Lever]) -> Iterator[str]:
    for what, best in (("faster", best_for_time(levers)), ("cheaper", best_for_money(levers))):
        if not best:
            continue
        yield f"  What makes it {what}, simulated again with that alone changed"
        for lever in best:
            money = "" if lever.money is None else f", {lever.money:.2f} of the money"
            yield f"    {lever.change}: {lever.seconds:.2f} of the time{money}"
        yield ""


def forecast_json(found: Forecast, levers: Sequence[Lever]) -> dict[str, Any]:
    """The forecast as plain JSON: seconds, bytes and money."""
    return {
        "pilot": found.pilot,
        "seconds": found.run.seconds,
        "stages": {
            name: {
                "seconds": stage.time.seconds,
                "driver_seconds": stage.time.driver_s,
                "wait_seconds": stage.time.wait_s,
                "bound_by": stage.time.bound_by,
                "workers": stage.time.workers,
                "nodes": stage.time.nodes,
                **{key: value for key, value in asdict(stage).items() if key != "time"},
            }
            for name, stage in found.stages.items()
        },
        "node_seconds": dict(found.run.node_s),
        "bill": None if found.bill is None else asdict(found.bill) | {"nodes": found.bill.total},
        "levers": [asdict(lever) for lever in levers],
        "warnings": list(found.warnings),
    }
