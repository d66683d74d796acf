"""Starts the ranks of a training with Ray Train; what they do is in `worker.py`, which does not know Ray."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from pipeline.errors import UserError
from pipeline.storage import open_storage
from pipeline.subclusters import selector
from training.job import Job

_START_TIMEOUT = "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S"
# The default of 60 s is too short for a node that has yet to start. Where fewer ranks will do, those that Ray believes
# to have a place are started, and it takes up to 20 s to see that a node is gone: then it has to be thought over soon.
_FULL_START_S, _ELASTIC_START_S = 1800, 30
# Ray Train asks all ranks at once whether a node is about to go: not in every step.
_STEPS_BETWEEN_QUESTIONS = 5


@dataclass(frozen=True)
class Ranks:
    """How many processes, and what each holds; nothing here changes a result.

    Attributes:
        num_workers: at most.
        min_workers: to go on with while others are missing; None waits for all.
        cpus_per_worker: cores.
        gpus_per_worker: 0 or 1.
        max_failures: ranks may die so often.
        subcluster: label of the nodes that they are confined to; None leaves them all.
        resize_after_s: how often the number of ranks is thought over while they are well.
    """

    num_workers: int
    min_workers: int | None
    cpus_per_worker: float
    gpus_per_worker: float
    max_failures: int
    subcluster: str | None = None
    resize_after_s: float = 60.0


def launch(job: Job, ranks: Ranks) -> None:
    """Train to the end; a rank that dies is replaced and the run goes on from the last checkpoint.

    Where no Ray has been started (`--local`), one rank in this process does all.

    Raises:
        UserError: what a rank says that a user can mend, or ranks died more often than `max_failures` allows.
    """
    if not _ray_is_started():
        _alone(job)
        return
    from ray.exceptions import RayActorError
    from ray.train.torch import TorchConfig, TorchTrainer
    from ray.train.v2.api.config import FailureConfig, LoggingConfig, RunConfig, ScalingConfig
    from ray.train.v2.api.exceptions import TrainingFailedError

    resources = {"CPU": ranks.cpus_per_worker, **({"GPU": ranks.gpus_per_worker} if ranks.gpus_per_worker else {})}
    refusal = f"refusals/{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder:
        trainer = TorchTrainer(
            _rank,
            train_loop_config={"job": job, "refusal": refusal},
            scaling_config=ScalingConfig(
                num_workers=(ranks.min_workers, ranks.num_workers) if ranks.min_workers else ranks.num_workers,
                use_gpu=bool(ranks.gpus_per_worker),
                resources_per_worker=resources,
                label_selector=selector(ranks.subcluster),
                elastic_resize_monitor_interval_s=ranks.resize_after_s,
            ),
            torch_config=TorchConfig(backend="cpu:gloo,cuda:nccl" if ranks.gpus_per_worker else "gloo"),
            # Checkpoints are ours, in the run's own storage; Ray Train keeps nothing that a resume needs.
            run_config=cast(Any, RunConfig)(
                storage_path=folder,
                logging_config=LoggingConfig(log_level="ERROR"),
                failure_config=FailureConfig(max_failures=ranks.max_failures),
            ),
        )
        try:
            with _start_timeout(_ELASTIC_START_S if ranks.min_workers else _FULL_START_S), _own_interrupt():
                trainer.fit()
        except RayActorError as error:
            raise UserError(
                f"train: Ray Train was interrupted, or the process that watches over ranks died "
                f"({' '.join(str(error).split())[:300]}); checkpoints are kept, the same command goes on from there"
            ) from error
        except TrainingFailedError as error:
            _raise_refusal(job, refusal)
            raise UserError(
                f"train: ranks failed more often than train.max_failures allows ({ranks.max_failures}): "
                f"{' '.join(str(error).split())[-1500:]}; checkpoints are kept, the same command goes on from there"
            ) from error
    _raise_refusal(job, refusal)


@contextmanager
def _start_timeout(seconds: int) -> Iterator[None]:
    """How long ranks may wait for their places, unless whoever started this process has said so."""
    said = _START_TIMEOUT in os.environ
    os.environ.setdefault(_START_TIMEOUT, str(seconds))
    try:
        yield
    finally:
        if not said:
            del os.environ[_START_TIMEOUT]


@contextmanager
def _own_interrupt() -> Iterator[None]:
    """Ray Train takes SIGINT and keeps it: a later Ctrl-C would end this process with exit code 0."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def _ray_is_started() -> bool:
    """Whoever started it has imported it; this module must not, for `--local` works where it is not installed."""
    return "ray" in sys.modules and bool(sys.modules["ray"].is_initialized())


def _alone(job: Job) -> None:
    import torch.distributed as dist

    from training.health.preemption import Preempted
    from training.worker import run

    store = dist.HashStore()  # type: ignore[attr-defined]  # its stub leaves it out
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        run(job)
    except Preempted as notice:
        raise UserError(
            f"train: told to end (SIGTERM) after {notice.step} steps, of which there is a checkpoint; the same command "
            "goes on from there"
        ) from notice
    finally:
        dist.destroy_process_group()


def _rank(config: dict[str, Any]) -> None:
    """What a user can mend ends the run: Ray Train, which starts ranks again, is given nothing more to do."""
    from training.worker import run

    job, output = config["job"], open_storage(config["job"].output)
    if output.stat(config["refusal"]) is not None:
        return
    try:
        run(job, _Heard())
    except UserError as error:
        output.write(config["refusal"], str(error).encode())
        raise


def _raise_refusal(job: Job, refusal: str) -> None:
    output = open_storage(job.output)
    if output.stat(refusal) is not None:
        text = output.read(refusal).decode()
        output.delete(refusal)
        raise UserError(text)


class _Heard:
    """Whether Ray Train knows that the node of a rank is about to go; all ranks ask in the same steps."""

    def __init__(self) -> None:
        self._num_asked = 0

    def __call__(self) -> bool:
        from ray.train import get_preemption_info

        self._num_asked += 1
        return self._num_asked % _STEPS_BETWEEN_QUESTIONS == 1 and get_preemption_info() is not None
