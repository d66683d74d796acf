"""The manifests for KubeRay: as Ray's autoscaler reads them, and of the same shape as cluster.yaml."""

from __future__ import annotations

from typing import Any

import pytest
from ray.autoscaler._private.kuberay.autoscaling_config import _derive_autoscaling_config_from_ray_cr

from tests.cluster.files import WORKERS, documents, read

FOLDER = "deploy/kuberay"
GI = 2**30


@pytest.fixture(scope="module")
def manifest() -> Any:
    return read(f"{FOLDER}/cluster.yaml")


@pytest.fixture(scope="module")
def derived(manifest: Any) -> Any:
    """What Ray's autoscaler makes of the manifest, checked by it against Ray's own schema."""
    return _derive_autoscaling_config_from_ray_cr({**manifest, "metadata": {"name": "cluster", "namespace": "here"}})


def pods(manifest: Any) -> dict[str, Any]:
    spec = manifest["spec"]
    groups = {group["groupName"]: group["template"]["spec"] for group in spec["workerGroupSpecs"]}
    return {"head": spec["headGroupSpec"]["template"]["spec"], **groups}


def test_groups_are_those_of_the_launcher(derived: Any) -> None:
    launched, here = read("cluster.yaml"), derived["available_node_types"]
    assert tuple(here)[1:] == WORKERS
    for kind in WORKERS:
        for key in ("resources", "min_workers", "max_workers", "labels"):
            assert here[kind][key] == launched["available_node_types"][kind][key], (kind, key)
    assert here[derived["head_node_type"]]["resources"]["CPU"] == 0
    assert derived["max_workers"] == launched["max_workers"]
    assert derived["idle_timeout_minutes"] == launched["idle_timeout_minutes"]


def test_nothing_runs_before_it_is_asked_for_and_labels_are_heeded(manifest: Any) -> None:
    spec = manifest["spec"]
    assert spec["enableInTreeAutoscaling"] is True
    assert spec["autoscalerOptions"]["version"] == "v2"
    assert [(group["replicas"], group["minReplicas"]) for group in spec["workerGroupSpecs"]] == [(0, 0)] * 3


def test_the_version_of_ray_is_the_pinned_one(manifest: Any) -> None:
    import ray

    assert manifest["spec"]["rayVersion"] == ray.__version__


def test_a_pod_asks_for_what_it_may_use_and_less_than_ray_is_told_that_a_node_has(manifest: Any) -> None:
    for group in manifest["spec"]["workerGroupSpecs"]:
        params, container = group["rayStartParams"], group["template"]["spec"]["containers"][0]
        limits = container["resources"]["limits"]
        assert container["resources"]["requests"] == limits
        assert 0.8 <= int(limits["cpu"]) / int(params["num-cpus"]) < 1
        assert limits.get("nvidia.com/gpu") == params.get("num-gpus")
        assert container["image"].endswith(":gpu" if "num-gpus" in params else ":cpu")
        # Seven tenths are Ray's memory; the object store has the rest, in /dev/shm, which counts as the pod's.
        shared = next(volume["emptyDir"] for volume in group["template"]["spec"]["volumes"] if volume["name"] == "shm")
        total = int(limits["memory"].removesuffix("Gi"))
        assert int(params["memory"]) / GI < total
        assert int(shared["sizeLimit"].removesuffix("Gi")) <= 0.31 * total


def test_nothing_outlives_a_pod_and_no_pod_has_a_key(manifest: Any) -> None:
    accounts = {account["metadata"]["name"]: account for account in documents(f"{FOLDER}/accounts.yaml")}
    for kind, pod in pods(manifest).items():
        assert all(set(volume) & {"emptyDir", "configMap"} for volume in pod["volumes"])
        assert pod["nodeSelector"] == {"culturalground/node-type": kind}
        assert pod["serviceAccountName"] in accounts
        assert {entry["name"] for entry in pod["containers"][0]["env"]} == {"XDG_CACHE_HOME"}
        mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
    assert all("role-arn" in next(iter(account["metadata"]["annotations"])) for account in accounts.values())


def test_rays_ports_are_for_rays_pods_and_those_that_bring_jobs(manifest: Any) -> None:
    policy, job = read(f"{FOLDER}/network.yaml")["spec"], read(f"{FOLDER}/job.yaml")
    name = manifest["metadata"]["name"]
    assert policy["podSelector"]["matchLabels"] == {"ray.io/cluster": name}
    assert policy["policyTypes"] == ["Ingress"]
    let_in = [source["podSelector"]["matchLabels"] for rule in policy["ingress"] for source in rule["from"]]
    assert job["spec"]["submitterPodTemplate"]["metadata"]["labels"] in let_in
    assert {"ray.io/cluster": name} in let_in
    assert manifest["spec"]["headGroupSpec"]["serviceType"] == "ClusterIP"


def test_a_job_runs_on_that_cluster_what_the_images_hold(manifest: Any) -> None:
    spec = read(f"{FOLDER}/job.yaml")["spec"]
    head = pods(manifest)["head"]["containers"][0]
    assert spec["clusterSelector"] == {"ray.io/cluster": manifest["metadata"]["name"]}
    assert "rayClusterSpec" not in spec
    words = spec["entrypoint"].split()
    assert words[:4] == ["python", "-m", "jobs.run", "--config"]
    mount = next(mount for mount in head["volumeMounts"] if mount["name"] == "config")
    assert words[4] == f"{mount['mountPath']}/run.yaml"
    assert spec["submitterPodTemplate"]["spec"]["containers"][0]["image"] == head["image"]
