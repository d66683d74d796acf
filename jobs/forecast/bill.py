"""What a simulated run costs: nodes for as long as they are held, the head, what is stored, what leaves the cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.fits import NodeType
from jobs.forecast.places import Setup
from pipeline.prices import Node, Nodes, Prices
from pipeline.simulation.cluster import RunTime

HEAD = "head"


@dataclass(frozen=True)
class Row:
    """Nodes of one kind: hours held, and money on demand, on spot (None: no price) and as they are asked for."""

    hours: float
    on_demand: float
    on_spot: float | None
    paid: float


@dataclass(frozen=True)
class Bill:
    """Money by node type.

    Attributes:
        rows: node type -> row.
        stored_month: for a month of all that the run stores; None without a price.
        egress: for the data set to leave the cloud once; None without a price.
    """

    rows: Mapping[str, Row]
    stored_month: float | None
    egress: float | None

    @property
    def total(self) -> float:
        """For nodes."""
        return sum(row.paid for row in self.rows.values())


def bill(run: RunTime, setup: Setup, prices: Prices, stored_bytes: float, leaving_bytes: float) -> Bill | None:
    """Add up a run.

    Args:
        run: as simulated.
        setup: its cluster; on this machine nobody asks for money.
        prices: of nodes, storage and traffic.
        stored_bytes: by all stages.
        leaving_bytes: of the data set.
    """
    if not setup.node_types:
        return None
    rows = {
        each.name: _row(run.node_s[each.name] / 3600, each, setup, prices.nodes)
        for each in setup.node_types
        if run.node_s[each.name]
    }
    if prices.nodes.head is not None:
        hours = run.seconds / 3600
        rows[HEAD] = Row(hours, hours * prices.nodes.head.hour, None, hours * prices.nodes.head.hour)
    return Bill(rows, _times(prices.stored_gb_month, stored_bytes), _times(prices.egress_gb, leaving_bytes))


def _row(hours: float, kind: NodeType, setup: Setup, nodes: Nodes) -> Row:
    priced, part = _priced(kind, nodes)
    on_demand = hours * part * priced.hour
    on_spot = None if priced.spot is None else hours * part * priced.spot
    is_spot = kind.spot or setup.all_spot
    return Row(hours, on_demand, on_spot, on_spot if is_spot and on_spot is not None else on_demand)


def _priced(kind: NodeType, nodes: Nodes) -> tuple[Node, float]:
    """The node whose price stands for a type, and how much of it one is: by its GPUs, or else its cores."""
    gpus = kind.resources.get("GPU", 0.0)
    if not gpus:
        return nodes.cpu, kind.resources.get("CPU", 0.0) / nodes.cpu.cpus
    priced = nodes.train if gpus >= nodes.train.gpus else nodes.gpu
    return priced, gpus / priced.gpus


def _times(price: float | None, num_bytes: float) -> float | None:
    return None if price is None else price * num_bytes / 1e9
