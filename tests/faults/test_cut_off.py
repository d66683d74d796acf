"""Two hosts whose cable is cut while both are at work: what is done on both sides of the cut counts once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.storage import open_storage
from tests.kit.driver import started, wait_until
from tests.kit.hosts import may_add_hosts, two_hosts
from tests.kit.ray_nodes import Node, ray_nodes
from tests.kit.toy import Journal, Numbers, run_toy
from tests.kit.toy_run import PARTITIONS

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.soak]

# Ray takes the host for dead after a minute here, but asks whether the connections to its workers are alive only every
# five minutes, and waits two for the answer; until then the driver waits for what they have in hand.
QUICK_TO_NOTICE = {"RAY_grpc_client_keepalive_time_ms": "10000", "RAY_grpc_client_keepalive_timeout_ms": "5000"}


def test_a_host_is_cut_off_and_comes_back(tmp_path: Path) -> None:
    if not may_add_hosts():
        pytest.skip("only root may add network namespaces")
    journal, output = Journal(tmp_path / "journal"), open_storage(str(tmp_path / "run"))
    with two_hosts() as cable:
        head, other = Node(host=cable.first), Node(host=cable.second)
        with ray_nodes(head, (other,), QUICK_TO_NOTICE) as nodes:
            arguments = [output.uri, str(journal.folder), nodes.address]
            with started(arguments, nodes.environment, "tests.kit.toy_run", cable.first) as driver:
                wait_until(driver, lambda: len({n for n, _ in nodes.workers().values()}) == 2, "work on both hosts")
                wait_until(driver, lambda: sum(journal.counts().values()) >= 6, "the middle")
                cable.cut()
                code, printed = driver.wait(200)
            cable.mend()
            assert code == 0, printed
    began = [work for work, times in journal.counts().items() if work.startswith("began") for _ in range(times)]
    assert len(began) > PARTITIONS, "what the host that was cut off had in hand is done again"
    done = run_toy(Numbers(PARTITIONS), output)
    expected = run_toy(Numbers(PARTITIONS), open_storage(str(tmp_path / "alone")))
    assert done.manifest.digest == expected.manifest.digest
