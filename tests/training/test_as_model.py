"""A checkpoint becomes the model that the training itself would have exported at that step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from pipeline.errors import StorageError
from pipeline.storage import Storage, open_storage
from tests.training.made import base_model, made_job, made_source
from training.checkpoint.as_model import write_checkpoint
from training.checkpoint.records import attempts, files_of
from training.data.places import Source
from training.job import Job
from training.worker import run

pytestmark = pytest.mark.slow
World = tuple[Storage, Source]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    storage = open_storage(str(folder / "stored"))
    return storage, made_source(storage, base_model(storage, folder / "base"), "made", 0)


def trained(world: World, name: str, **settings: Any) -> Job:
    """A training of four steps, done by one rank that is gone afterwards."""
    storage, source = world
    job = made_job(storage, [source], name, max_steps=4, **settings)
    with one_rank():
        run(job)
    return job


class one_rank:  # noqa: N801 - read as a word of a sentence
    def __enter__(self) -> None:
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # type: ignore[attr-defined]

    def __exit__(self, *_: object) -> None:
        dist.destroy_process_group()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "settings", [{}, {"lora": {"rank": 2, "alpha": 4.0}}, {"tower_learning_rate": 1e-4}], ids=["plain", "lora", "tower"]
)
def test_the_last_checkpoint_is_the_export(world: World, tmp_path: Path, settings: dict[str, Any]) -> None:
    job = trained(world, f"last-{'-'.join(settings)}", **settings)
    output = open_storage(job.output)
    assert list(attempts(output)) == [2, 4]
    write_checkpoint(output, 4, Path(job.base), job.settings, tmp_path / "model")
    assert files(tmp_path / "model") == files(Path(job.output) / "export")
    write_checkpoint(output, 2, Path(job.base), job.settings, tmp_path / "earlier")
    assert files(tmp_path / "earlier").keys() == files(tmp_path / "model").keys()
    assert files(tmp_path / "earlier") != files(tmp_path / "model")


def test_a_checkpoint_that_is_damaged_or_gone_is_refused_by_name(world: World, tmp_path: Path) -> None:
    job = trained(world, "damaged")
    output = open_storage(job.output)
    name, stored = files_of(output, 2)
    for file in stored:
        output.delete(name + file.name)
    with pytest.raises(StorageError, match=f"checkpoints/000002/.*{stored[0].name.partition('.')[0]}|000002"):
        write_checkpoint(output, 2, Path(job.base), job.settings, tmp_path / "model")
