"""Dashboard, alerts and page ask for metrics that are told, and for all of them."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.dashboard.modules.reporter.reporter_agent import METRICS_GAUGES

from jobs.metrics_table import markdown
from pipeline.budget import SpendGuard
from pipeline.commit import Spend
from pipeline.config import Budget
from pipeline.metrics import METRICS

ROOT = Path(__file__).parents[2]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/culturalground.json").read_text(encoding="utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/watching.md").read_text(encoding="utf-8")

RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
LABELS = {metric.exported: set(metric.labels) for metric in METRICS}
# Of Ray's exporter, on every value.
RAYS_LABELS = {"SessionName", "ip"}
SELECTOR = re.compile(r"\b(ray_\w+)\b(?:\{([^}]*)\})?")


def asked(query: str) -> dict[str, set[str]]:
    """Metric -> labels that selectors name."""
    found: dict[str, set[str]] = {}
    for name, matchers in SELECTOR.findall(query):
        found.setdefault(name, set()).update(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", matchers))
    return found


@pytest.mark.parametrize("query", [*QUERIES, *(rule["expr"] for rule in RULES)])
def test_a_query_asks_for_what_is_told(query: str) -> None:
    metrics = asked(query)
    assert metrics
    for name, labels in metrics.items():
        rays_own = name.removeprefix("ray_") in METRICS_GAUGES
        assert rays_own or name in LABELS, name
        assert labels <= RAYS_LABELS | LABELS.get(name, set()), name
        assert not name.endswith("_total") or re.search(rf"(rate|sum[\w ,()]*) ?\({name}", query), "counters are summed"
    for grouped in re.findall(r"(?:by|on) \(([^)]*)\)", query):
        for label in map(str.strip, grouped.split(",")):
            assert any(label in RAYS_LABELS | LABELS.get(name, set()) for name in metrics), label
    assert query.count("(") == query.count(")")


def test_all_that_is_told_is_asked_for() -> None:
    everything = {name for query in [*QUERIES, *(rule["expr"] for rule in RULES)] for name in asked(query)}
    assert set(LABELS) <= everything


def test_panels_are_whole_and_do_not_overlap() -> None:
    assert DASHBOARD["schemaVersion"] >= 39
    assert DASHBOARD["uid"] == "culturalground"
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        for part in (panel, *panel["targets"]):
            assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            named = set(re.findall(r"\$(\w+)", target["expr"])) - {"__rate_interval"}
            assert named <= variables
            # A legend shows labels that the query keeps.
            kept = {
                label.strip() for part in re.findall(r"by \(([^)]*)\)", target["expr"]) for label in part.split(",")
            }
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept
    for one, other in combinations([panel["gridPos"] for panel in DASHBOARD["panels"]], 2):
        assert one["x"] + one["w"] <= 24
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y


def test_rules_are_those_of_the_page_and_whole() -> None:
    names = [rule["alert"] for rule in RULES]
    assert names == re.findall(r"^\| `([A-Z]\w+)` \|", PAGE, flags=re.MULTILINE)
    for rule in RULES:
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert re.fullmatch(r"\d+m", rule.get("for", "0m"))
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description"}
        used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        kept = {label.strip() for part in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in part.split(",")}
        assert used <= kept


def test_the_page_has_all_metrics() -> None:
    assert PAGE.endswith(markdown()), "put what `python -m jobs.metrics_table` prints at the end of docs/watching.md"


def test_caps_are_settings() -> None:
    assert set(SpendGuard(Budget(stored_gb=1), Spend()).used()) == Budget.model_fields.keys() - {"prices"}
