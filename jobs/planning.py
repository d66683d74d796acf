"""`culturalground plan`: what a run would make and take, before it is run."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.chain import survey
from jobs.cost import check_generation
from jobs.fits import placements, read_node_types, unservable
from jobs.forecast.forecast import Forecast, forecast
from jobs.forecast.growth import FullSize
from jobs.forecast.levers import Lever, levers
from jobs.forecast.places import Setup, setup_of
from jobs.forecast.shown import forecast_json, forecast_table
from jobs.pilot import Pilot, find_pilot
from jobs.plan import Plan, as_table, make_plan, plan_json, write_matrix
from jobs.run_config import RunConfig
from pipeline.errors import UserError
from pipeline.generation.forecast import MIN_PARTITIONS
from pipeline.prices import load_prices
from pipeline.wikidata.dump.source import open_source


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `culturalground plan` takes besides a config."""
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write country x language x family x kind")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--pilot", metavar="PLACE", help="config or output of a smaller run that tells what stages and models take"
    )
    parser.add_argument("--price", type=_number, metavar="NUMBER", help="of a GPU-hour, in any currency")
    parser.add_argument(
        "--dump-gb",
        type=_number,
        metavar="NUMBER",
        help="of this run's dump, compressed; neither dump nor output of this run is looked at then",
    )
    parser.add_argument(
        "--cluster",
        type=Path,
        metavar="FILE",
        help="a cluster.yaml on which the run is simulated; without --pilot, which of its node types serve which job",
    )
    parser.set_defaults(command=plan)


def plan(config: RunConfig, options: argparse.Namespace) -> int:
    """Print what a run would make and take."""
    if options.cluster is not None and options.pilot is None:
        return _fits(config, options.cluster)
    pilot = None if options.pilot is None else find_pilot(options.pilot)
    if pilot is not None and options.price is not None:
        _check_price(config, pilot)
    size = FullSize() if pilot is None else _size(config, options.dump_gb)
    planned = None
    if pilot is None or "select" in size.came_out:
        planned = make_plan(config, pilot, options.price)
        size = replace(size, items_a_picture=planned.items_a_picture)
    if options.csv is not None and planned is not None:
        write_matrix(planned, options.csv)
    foretold = None if pilot is None or not pilot.measured else _foretell(config, options.cluster, pilot, size)
    if options.json:
        print(json.dumps(_json(planned, foretold), indent=1))
        return 0
    for line in _table(config, planned, foretold):
        print(line)
    return 0


def _check_price(config: RunConfig, pilot: Pilot) -> None:
    check_generation(config)
    if not pilot.stages:
        raise UserError(
            f"--pilot {pilot.place}: no stage there has {MIN_PARTITIONS} partitions in which a model answered, so "
            "nothing has a --price; run `culturalground run --to judge` on a part (select.limit) with "
            "generation.engine set, in partitions small enough (images.rows_per_partition)"
        )


@dataclass(frozen=True)
class _Foretold:
    forecast: Forecast
    levers: tuple[Lever, ...]


def _foretell(config: RunConfig, cluster: Path | None, pilot: Pilot, size: FullSize) -> _Foretold:
    def again(setup: Setup) -> Forecast:
        return forecast(pilot.place, pilot.measured, setup, size)

    setup = setup_of(config, cluster)
    found = again(setup)
    return _Foretold(found, levers(setup, found, again))


def _size(config: RunConfig, dump_gb: float | None) -> FullSize:
    """What is known of the run's size: that of its dump, and the rows of its stages that are complete."""
    if dump_gb is not None:
        return FullSize(dump_bytes=int(dump_gb * 1e9))
    try:
        dump_bytes = sum(open_source(uri).size for uri in config.extract.dump)
        stages = survey(config)
    except UserError as error:
        raise UserError(
            f"{error}; where they cannot be reached from here, --dump-gb tells how large the dump is"
        ) from error
    return FullSize({each.name: each.output.manifest.counts.ok for each in stages if each.output}, dump_bytes)


def _table(config: RunConfig, planned: Plan | None, foretold: _Foretold | None) -> Iterator[str]:
    if planned is not None:
        yield from as_table(planned)
    else:
        yield f"{config.name}: select is not complete, so what there is to ask about is not known yet"
    if foretold is not None:
        yield ""
        yield from forecast_table(foretold.forecast, foretold.levers, load_prices(config.budget.prices))


def _json(planned: Plan | None, foretold: _Foretold | None) -> dict[str, object]:
    told = {} if planned is None else plan_json(planned)
    run = None if foretold is None else forecast_json(foretold.forecast, foretold.levers)
    return {**told, "run": run}


def _fits(config: RunConfig, cluster: Path) -> int:
    node_types = read_node_types(cluster)
    if sentences := unservable(config, node_types):
        raise UserError(f"{cluster}: " + "\n".join(sentences))
    print(f"{cluster}: serves every job of {config.name}")
    for line in placements(config, node_types):
        print(line)
    return 0


def _number(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} must be 0 or more")
    return number
