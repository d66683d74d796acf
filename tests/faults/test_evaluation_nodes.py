"""Nodes are lost while models answer benchmarks and a judge grades replies: the same predictions and scores."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.evaluation import EvaluationConfig, build_stages
from jobs.run_config import load_as
from jobs.way import survey_of
from pipeline.storage import open_storage
from sample.build import BuiltSample
from tests.eval.tasks.published_rows import write_published
from tests.generation.chat_server import Answer, ChatServer, completion
from tests.kit.compare import commit_logs
from tests.kit.driver import num_commits, started, wait_until
from tests.kit.node_losses import HEAD, OTHER, Loss, lose_one_at_work
from tests.kit.ray_nodes import ray_nodes

pytestmark = [pytest.mark.ray, pytest.mark.soak, pytest.mark.timeout(900)]

# So that a node is lost while it waits for answers.
ANSWER_S = 0.2
ITEMS_PER_PARTITION = 2
JUDGE = {"system": "Be fair.", "before": "Said: ", "after": "\n{reference}{rubric}"}


def says(number: int, body: dict[str, Any]) -> Answer:
    """The same to the same question, whenever it is asked."""
    time.sleep(ANSWER_S)
    return completion("ABCD"[len(json.dumps(body)) % 4])


def grades(number: int, body: dict[str, Any]) -> Answer:
    time.sleep(ANSWER_S)
    return completion(f"Fine. [RESULT] {1 + len(json.dumps(body)) % 5}")


@pytest.fixture
def servers() -> Iterator[dict[str, ChatServer]]:
    with ChatServer(says) as model, ChatServer(grades) as judge:
        yield {"ours": model, "judge": judge}


def written(folder: Path, copies: Path, servers: dict[str, ChatServer], **cluster: str) -> Path:
    """The config of an evaluation of one model by one judge, with an output of its own."""
    ours, judge = (
        {"engine": "endpoint", "endpoint_url": server.url, "model": "m", "revision": "1"} for server in servers.values()
    )
    told = {
        "name": "losing-nodes", "output": str(folder / "run"), "models": {"ours": ours}, "judge": judge,
        "benchmarks": {"folder": str(copies), "items_per_partition": ITEMS_PER_PARTITION}, "cluster": cluster,
    }  # fmt: skip
    folder.mkdir()
    file = folder / "evaluation.yaml"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    return file


def digests(file: Path) -> dict[str, str]:
    """Stage -> its fingerprint and the digest of all its files."""
    config = load_as(EvaluationConfig, file)
    storage = open_storage(config.output)
    found = {}
    for stage in survey_of(build_stages(config, storage), storage):
        assert stage.output is not None, f"{stage.name} is not complete"
        found[stage.name] = f"{stage.output.manifest.fingerprint} {stage.output.manifest.digest}"
    return found


def test_nodes_are_lost_while_models_are_evaluated(
    built_sample: BuiltSample, servers: dict[str, ChatServer], tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    for each in Path(built_sample.benchmarks).iterdir():
        (copies / each.name).symlink_to(each)
    write_published("xchat", copies / "xchat")
    (copies / "xchat" / "judge.yaml").write_text(yaml.safe_dump(JUDGE), encoding="utf-8")
    left_alone = written(tmp_path / "alone", copies, servers)
    with started(["evaluate", "--run", str(left_alone), "--local"]) as driver:
        code, printed = driver.wait()
    assert code == 0, printed
    asked = len(servers["ours"].bodies)

    with ray_nodes(HEAD, (OTHER, OTHER)) as nodes:
        file = written(tmp_path / "lost", copies, servers, address=nodes.address)
        config = load_as(EvaluationConfig, file)
        storage = open_storage(config.output)
        losses: dict[str, Loss] = {"evaluate_ours": "killed", "judge_replies": "told to leave"}
        with started(["evaluate", "--run", str(file)], nodes.environment) as driver:
            for stage, loss in losses.items():
                when = f"the middle of {stage}"
                wait_until(driver, lambda stage=stage: num_commits(storage, stage) >= 2, when)  # type: ignore[misc]
                lose_one_at_work(driver, nodes, loss, when)
                before = commit_logs(config)
            code, printed = driver.wait()
    assert code == 0, printed
    after = commit_logs(config)
    assert {name: after[name] for name in before} == before, "committed work was done again"
    assert digests(file) == digests(left_alone)
    # What the node that was killed had in hand, and nothing else, was asked again.
    again = len(servers["ours"].bodies) - 2 * asked
    assert again <= ITEMS_PER_PARTITION * config.models["ours"].partitions_in_flight
