"""The files of Ray's cluster launcher, against Ray's schema and, for AWS, against the service's own model."""

from __future__ import annotations

import json
import re
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from ray.autoscaler._private.util import prepare_config, validate_config

from tests.cluster.files import LAUNCHED, ROOT, WORKERS, read

POLICIES = ("head", "worker")
SPOT = {"cluster.yaml": ("InstanceMarketOptions", "MarketType"), "deploy/gcp.yaml": ("scheduling", "provisioningModel")}


def faults(service: str, operation: str, parameters: dict[str, Any]) -> str:
    """What the service would say of a request's parameters, by the model that its client carries."""
    model = botocore.session.get_session().get_service_model(service)
    report: str = ParamValidator().validate(parameters, model.operation_model(operation).input_shape).generate_report()
    return report


@pytest.mark.parametrize("name", LAUNCHED)
def test_ray_takes_the_file_and_its_defaults_change_nothing_that_it_says(name: str) -> None:
    written = read(name)
    complete = prepare_config(read(name))
    validate_config(complete)
    assert {key: complete[key] for key in written} == written


@pytest.mark.parametrize("name", LAUNCHED)
def test_a_key_that_ray_does_not_know_is_found(name: str) -> None:
    with pytest.raises(Exception, match="idle_minutes"):
        validate_config(prepare_config({**read(name), "idle_minutes": 5}))


@pytest.mark.parametrize("name", LAUNCHED)
def test_nothing_but_the_head_is_there_until_it_is_asked_for(name: str) -> None:
    written = read(name)
    types = written["available_node_types"]
    assert tuple(types) == ("head", *WORKERS)
    assert types["head"]["max_workers"] == 0
    assert [types[kind]["min_workers"] for kind in WORKERS] == [0, 0, 0]
    assert sum(types[kind]["max_workers"] for kind in WORKERS) == written["max_workers"]
    assert written["provider"]["cache_stopped_nodes"] is False


@pytest.mark.parametrize("name", LAUNCHED)
def test_only_the_head_and_training_are_paid_on_demand(name: str) -> None:
    section, key = SPOT[name]
    nodes = {kind: found["node_config"] for kind, found in read(name)["available_node_types"].items()}
    spot = {kind for kind, node in nodes.items() if node.get(section, {}).get(key, "").lower() == "spot"}
    assert spot == {"cpu-spot", "gpu-spot"}


@pytest.mark.parametrize("name", LAUNCHED)
def test_work_that_needs_gpus_gets_the_image_that_has_their_libraries(name: str) -> None:
    written = read(name)
    assert written["docker"]["image"].endswith(":cpu")
    for kind, found in written["available_node_types"].items():
        image = found.get("docker", {}).get("worker_image", written["docker"]["image"])
        assert image.endswith(":gpu" if found["resources"].get("GPU") else ":cpu"), kind
        assert found.get("labels", {}).get("ray-subcluster") == (None if kind == "head" else kind)


@pytest.mark.parametrize("name", LAUNCHED)
def test_the_dashboard_listens_on_loopback_and_objects_spill_to_the_mounted_disk(name: str) -> None:
    written = read(name)
    head, worker = written["head_start_ray_commands"][-1], written["worker_start_ray_commands"][-1]
    assert "--dashboard-host=127.0.0.1" in head
    assert "RAY_enable_autoscaler_v2=1" in head, "the first autoscaler does not heed labels"
    for command in (head, worker):
        assert "--object-spilling-directory=/mnt/ray/" in command
    assert "-v /mnt/ray:/mnt/ray" in written["docker"]["run_options"]


def test_every_node_type_of_aws_is_a_request_that_ec2_knows() -> None:
    ec2 = botocore.session.get_session().get_service_model("ec2")
    instance_types = ec2.shape_for("InstanceType").enum
    for kind, found in read("cluster.yaml")["available_node_types"].items():
        node = found["node_config"]
        assert faults("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, **node}) == "", kind
        assert node["InstanceType"] in instance_types
        assert node["IamInstanceProfile"]["Name"] == f"culturalground-{'head' if kind == 'head' else 'worker'}"
        assert node["MetadataOptions"]["HttpTokens"] == "required"
        tagged = {
            tags["ResourceType"]: {tag["Key"]: tag["Value"] for tag in tags["Tags"]}
            for tags in node["TagSpecifications"]
        }
        assert tagged == {key: {"project": "culturalground", "node-type": kind} for key in ("instance", "volume")}


def test_a_misspelt_setting_of_a_node_is_found() -> None:
    assert "InstanceTyp" in faults("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, "InstanceTyp": "m7i.4xlarge"})


def test_the_budget_is_one_that_aws_knows_and_counts_what_is_tagged() -> None:
    budget = json.loads((ROOT / "deploy/aws/budget.json").read_text())
    assert faults("budgets", "CreateBudget", budget) == ""
    assert budget["Budget"]["CostFilters"]["TagKeyValue"] == ["user:project$culturalground"]


@pytest.mark.parametrize("role", POLICIES)
def test_a_role_may_do_what_is_named_and_nothing_else(role: str) -> None:
    statements = json.loads((ROOT / f"deploy/aws/{role}.json").read_text())["Statement"]
    actions = {action for statement in statements for action in statement["Action"]}
    wild = {action for action in actions if "*" in action}
    assert wild == ({"ec2:Describe*"} if role == "head" else set())
    assert {statement["Effect"] for statement in statements} == {"Allow"}
    services = {action.partition(":")[0] for action in actions}
    assert services == ({"ec2", "iam", "ssm"} if role == "head" else {"s3", "ecr"})


def test_no_file_of_a_cluster_holds_a_secret() -> None:
    secret = re.compile(r"AKIA[0-9A-Z]{16}|(?i:secret_access_key|api_key|password|(?<!account)token)\W*[:=]\s*\S")
    for path in (ROOT / "cluster.yaml", *(ROOT / "deploy").rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            assert not secret.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("name", LAUNCHED)
def test_both_clouds_are_started_alike(name: str) -> None:
    ours, reference = read(name), read("cluster.yaml")
    for key in ("head_start_ray_commands", "worker_start_ray_commands", "idle_timeout_minutes", "max_workers"):
        assert ours[key] == reference[key]
