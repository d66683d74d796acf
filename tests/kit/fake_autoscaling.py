"""A cluster whose autoscaler is Ray's own and whose nodes are processes of this machine, whatever they pretend to have.

`ray.cluster_utils.AutoscalingCluster` does the same, but first ends every Ray of the machine, and its wheel lacks the
file that it starts from.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ray.autoscaler._private.fake_multi_node.node_provider import FAKE_HEAD_NODE_ID

from pipeline.subclusters import LABEL
from tests.kit.processes import end_session, in_session
from tests.kit.ray_nodes import RAY, START_ATTEMPTS, Node
from tests.kit.seaweed import free_ports

IDLE_S = 6.0
PROVIDER = "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider"
HEAD_TYPE = "ray.head.default"


@dataclass(frozen=True)
class NodeType:
    """Nodes of a kind, of which there are none until they are asked for."""

    node: Node
    most: int


@dataclass(frozen=True)
class Scaled:
    """The running cluster; `head` leads the session of all its processes."""

    address: str
    environment: Mapping[str, str]
    head: subprocess.Popen[str]

    def num_nodes(self) -> int:
        """Nodes that are up now beside the head."""
        return sum(title.endswith("/raylet") for _, title in in_session(self.head.pid)) - 1


@contextmanager
def autoscaling(types: Mapping[str, NodeType]) -> Iterator[Scaled]:
    """A head without cores, and nodes as work asks for them, which leave when they have had none for `IDLE_S`.

    The autoscaler is the second, the one that heeds labels.
    """
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as name:  # short: Ray puts sockets below it
        folder = Path(name)
        for attempt in range(1, START_ATTEMPTS + 1):
            scaled = _start(folder, types)
            log = folder / "head.log"
            try:
                while "Ray runtime started" not in log.read_text() and scaled.head.poll() is None:
                    time.sleep(0.1)
                if scaled.head.poll() is None:
                    yield scaled
                    return
            finally:
                end_session(scaled.head)
            if "timed out during startup" not in (printed := log.read_text()) or attempt == START_ATTEMPTS:
                raise RuntimeError(f"the head did not start:\n{printed[-3000:]}")


def _start(folder: Path, types: Mapping[str, NodeType]) -> Scaled:
    port, client_port = free_ports(2)
    address = f"127.0.0.1:{port}"
    config = folder / "autoscaling.json"
    config.write_text(json.dumps(_config(types, address)))
    environment = {**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    environment.pop("RAY_ADDRESS", None)
    own = {
        "RAY_FAKE_CLUSTER": "1", "AUTOSCALER_UPDATE_INTERVAL_S": "1", "RAY_enable_autoscaler_v2": "1",
        "RAY_CLOUD_INSTANCE_ID": FAKE_HEAD_NODE_ID, "RAY_OVERRIDE_NODE_ID_FOR_TESTING": FAKE_HEAD_NODE_ID,
    }  # fmt: skip
    command = [
        str(RAY), "start", "--head", "--block", "--node-ip-address=127.0.0.1", "--num-cpus=0", f"--port={port}",
        f"--ray-client-server-port={client_port}", "--include-dashboard=false", "--object-store-memory=100000000",
        f"--temp-dir={folder}/r", f"--autoscaling-config={config}",
    ]  # fmt: skip
    with (folder / "head.log").open("w") as output:
        head = subprocess.Popen(
            command, env={**environment, **own}, text=True, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    return Scaled(address, environment, head)


def _config(types: Mapping[str, NodeType], address: str) -> dict[str, Any]:
    provider = {
        "type": "external", "module": PROVIDER, "use_node_id_as_ip": True, "disable_node_updaters": True,
        "disable_launch_config_check": True, "launch_multiple": True, "head_node_id": FAKE_HEAD_NODE_ID,
        "gcs_address": address,
    }  # fmt: skip
    nothing = ("setup_commands", "head_setup_commands", "worker_setup_commands", "cluster_synced_files")
    head = {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0}
    return {
        "cluster_name": "fake",
        "max_workers": sum(kind.most for kind in types.values()),
        "upscaling_speed": 1.0,
        "idle_timeout_minutes": IDLE_S / 60,
        "provider": provider,
        "head_node_type": HEAD_TYPE,
        "available_node_types": {HEAD_TYPE: head, **{name: _node_type(kind) for name, kind in types.items()}},
        "file_mounts": {},
        **{name: [] for name in nothing},
    }


def _node_type(kind: NodeType) -> dict[str, Any]:
    node = kind.node
    return {
        "resources": {"CPU": node.num_cpus, "GPU": node.num_gpus, "object_store_memory": 100_000_000},
        "labels": {} if node.subcluster is None else {LABEL: node.subcluster},
        "node_config": {},
        "min_workers": 0,
        "max_workers": kind.most,
    }
