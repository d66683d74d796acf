from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commit import Spend
from pipeline.errors import ConfigError
from pipeline.prices import OWN, Prices, load_prices

ROOT = Path(__file__).parents[1]
SPENDS = st.builds(Spend, st.floats(0, 1e6), st.integers(0, 10**9), st.floats(0, 1e6))


def raw() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(OWN.read_text(encoding="utf-8"))
    return found


def test_our_prices_are_of_the_node_types_of_the_cluster() -> None:
    prices = load_prices()
    types = yaml.safe_load((ROOT / "cluster.yaml").read_text(encoding="utf-8"))["available_node_types"]
    for name, node in {"cpu-spot": prices.nodes.cpu, "gpu-spot": prices.nodes.gpu, "train": prices.nodes.train}.items():
        assert node.type == types[name]["node_config"]["InstanceType"]
        assert (node.cpus, node.gpus) == (types[name]["resources"]["CPU"], types[name]["resources"].get("GPU", 0))
    assert date.fromisoformat(prices.date)


def test_a_whole_node_for_an_hour_costs_its_price() -> None:
    prices = load_prices()
    nodes = prices.nodes
    assert prices.money("extract", Spend(cpu_seconds=3600 * nodes.cpu.cpus)) == pytest.approx(nodes.cpu.hour)
    assert prices.money("judge", Spend(3600 * nodes.gpu.gpus)) == pytest.approx(nodes.gpu.hour)
    assert prices.money("train", Spend(3600 * nodes.train.gpus)) == pytest.approx(nodes.train.hour)


@given(one=SPENDS, other=SPENDS, stage=st.sampled_from(["extract", "judge", "train"]))
def test_money_of_a_sum_is_the_sum_of_money(one: Spend, other: Spend, stage: str) -> None:
    prices = load_prices()
    assert prices.money(stage, one + other) == pytest.approx(prices.money(stage, one) + prices.money(stage, other))


def test_prices_of_ones_own_take_their_place(tmp_path: Path) -> None:
    content = raw() | {"currency": "EUR"}
    content["nodes"]["cpu"] |= {"hour": 1.6, "cpus": 4}
    file = tmp_path / "prices.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    prices = load_prices(str(file))
    assert prices.currency == "EUR"
    assert prices.money("extract", Spend(cpu_seconds=3600)) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"date": None}, "date: "),
        ({"date": "soon"}, "date: "),
        ({"curency": "USD"}, "curency: "),
        (
            {"nodes": {**raw()["nodes"], "gpu": {"type": "none", "hour": 1, "cpus": 1}}},
            r"nodes\.gpu\.gpus must be more",
        ),
        ({"nodes": {**raw()["nodes"], "cpu": {"type": "free", "hour": -1, "cpus": 1}}}, r"nodes\.cpu\.hour: "),
        ({"nodes": {"cpu": raw()["nodes"]["cpu"]}}, r"nodes\.gpu: .*nodes\.train: "),
    ],
)
def test_a_file_that_is_none_is_refused(change: dict[str, Any], says: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(yaml.safe_dump(raw() | change), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"^budget\.prices: {file}: .*{says}"):
        load_prices(str(file))
    with pytest.raises(ConfigError, match=r"absent\.yaml cannot be read \(No such file or directory\); null takes "):
        load_prices(str(tmp_path / "absent.yaml"))
    assert isinstance(load_prices(), Prices)
