"""Every job of the complete run finds a node type; one that cannot is named before anything is paid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jobs.chain import STAGES
from jobs.cli import main
from jobs.fits import NodeType, demands, placements, read_node_types, unservable
from jobs.run_config import RunConfig, load_config
from pipeline.config import Cluster
from pipeline.errors import ConfigError
from pipeline.subclusters import subcluster
from tests.cluster.files import LAUNCHED, ROOT

PAPER = str(ROOT / "configs/paper.yaml")
# The same with models: as docs/scaling.md would have a GPU of 48 GB or more hold the one that rewords and judges.
MODELS = ("generation.engine=vllm", "generation.model=s3://your-bucket/model", "generation.num_cpus=4")
GPU = {"rephrase", "judge", "evaluate_base", "evaluate_trained"}
ON_DRIVER = {"model", "train", "benchmarks", "score"}
LARGER = ("train.num_workers=32", "train.row_tokens=12288")


def paper(*settings: str) -> RunConfig:
    return load_config(PAPER, settings)


@pytest.fixture(scope="module")
def node_types() -> list[NodeType]:
    return read_node_types(ROOT / "cluster.yaml")


@pytest.mark.parametrize("settings", [(), MODELS, LARGER], ids=["data", "models", "32 GPUs"])
@pytest.mark.parametrize("name", LAUNCHED)
def test_every_job_of_the_paper_finds_a_node_type(name: str, settings: tuple[str, ...]) -> None:
    assert unservable(paper(*settings), read_node_types(ROOT / name)) == []


@pytest.mark.parametrize(
    ("removed", "jobs"),
    [
        ("cpu-spot", set(STAGES) - GPU - ON_DRIVER),
        ("gpu-spot", GPU),
        ("train", {"train"}),
        ("head", set()),
    ],
)
def test_without_a_node_type_the_jobs_that_needed_it_are_named(
    removed: str, jobs: set[str], node_types: list[NodeType]
) -> None:
    left = [kind for kind in node_types if kind.name != removed]
    sentences = unservable(paper(*MODELS), left)
    assert {sentence.partition(":")[0] for sentence in sentences} == jobs
    assert all("the nearest, " in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("train.cpus_per_worker=200", "asks for 1 GPUs, 200 CPUs|asks for 200 CPUs, 1 GPUs"),
        ("train.num_workers=33", "33 of them at once, and there is room for 32: the nearest, train, has 32 on 4 nodes"),
        ("evaluate.num_gpus=2", r"2 GPUs \(evaluate\.num_gpus.* nearest, gpu-spot, has 8 CPUs, 1 GPUs, 44\.8 GiB"),
        ("cluster.subclusters.cpu=other", r"label ray-subcluster: other \(cluster\.subclusters\), and no node type"),
    ],
)
def test_what_asks_too_much_says_what_and_of_whom(setting: str, told: str, node_types: list[NodeType]) -> None:
    found = "\n".join(unservable(paper(setting), node_types))
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(found)


def test_fewer_ranks_will_do_where_a_run_says_so(node_types: list[NodeType]) -> None:
    two = [replace(kind, most=2) for kind in node_types]
    assert unservable(paper("train.num_workers=32", "train.min_workers=16"), two) == []
    assert unservable(paper("train.num_workers=32", "train.min_workers=17"), two)


def test_a_run_without_labels_does_not_use_nodes_that_have_them(node_types: list[NodeType]) -> None:
    config = paper("cluster.subclusters=null")
    waiting = {sentence.partition(":")[0] for sentence in unservable(config, node_types)}
    assert waiting == set(STAGES) - ON_DRIVER | {"train"}
    assert unservable(config, [replace(kind, subcluster=None) for kind in node_types]) == []


def test_no_node_types_serve_nothing() -> None:
    assert all("there are no node types" in sentence for sentence in unservable(paper(), []))


def test_all_jobs_are_listed_in_order(node_types: list[NodeType]) -> None:
    assert [asked.job for asked in demands(paper())] == list(STAGES)
    lines = dict(zip(STAGES, placements(paper(), node_types), strict=True))
    assert lines["train"].endswith("8 on a node train")
    assert lines["images"].endswith("32 on a node cpu-spot")
    assert "driver" in lines["model"]


def test_labels_confine_work_on_a_cluster_and_nothing_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    cluster = paper().cluster
    assert subcluster(cluster, "gpu") is None
    assert subcluster(cluster.model_copy(update={"address": "auto"}), "gpu") == "gpu-spot"
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:6379")
    assert subcluster(cluster, "train") == "train"
    assert subcluster(Cluster(), "cpu") is None


def test_the_command_names_what_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    line = ["plan", "--config", PAPER, "--cluster", str(ROOT / "cluster.yaml")]
    assert main(line) == 0
    assert "serves every job of paper" in capsys.readouterr().out
    assert main([*line, "--set", "train.num_workers=40"]) == 2
    assert "train: a worker asks for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read"),
        ("a: [", "is not YAML"),
        ("provider: {type: aws}", "has no available_node_types"),
        ("available_node_types: {big: {resources: {}}}", r"available_node_types\.big\.resources: is empty"),
    ],
)
def test_a_file_that_describes_no_cluster_is_refused(text: str | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        read_node_types(path)
