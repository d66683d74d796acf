"""Starts the ranks of a training with Ray Train; what they do is in `worker.py`, which does not know Ray."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any, cast

from pipeline.errors import UserError
from pipeline.progress import duration
from training.job import Job
from training.loop import Step

LOG_INTERVAL_S = 10.0
# The default of 60 s is too short for a node that has yet to start.
_START_TIMEOUT_S = "1800"


@dataclass(frozen=True)
class Ranks:
    """How many processes, and what each holds; nothing here changes a result."""

    num_workers: int
    cpus_per_worker: float
    gpus_per_worker: float
    max_failures: int


def launch(job: Job, ranks: Ranks) -> None:
    """Train to the end; a rank that dies is replaced and the run goes on from the last checkpoint.

    Where no Ray has been started (`--local`), one rank in this process does all.

    Raises:
        UserError: ranks died more often than `max_failures` allows.
    """
    if not _ray_is_started():
        _alone(job)
        return
    from ray.train.torch import TorchConfig, TorchTrainer
    from ray.train.v2.api.config import FailureConfig, LoggingConfig, RunConfig, ScalingConfig
    from ray.train.v2.api.exceptions import TrainingFailedError

    os.environ.setdefault("RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S", _START_TIMEOUT_S)
    resources = {"CPU": ranks.cpus_per_worker, **({"GPU": ranks.gpus_per_worker} if ranks.gpus_per_worker else {})}
    with tempfile.TemporaryDirectory() as folder:
        trainer = TorchTrainer(
            _rank,
            train_loop_config={"job": job},
            scaling_config=ScalingConfig(
                num_workers=ranks.num_workers, use_gpu=bool(ranks.gpus_per_worker), resources_per_worker=resources
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
            trainer.fit()
        except TrainingFailedError as error:
            raise UserError(
                f"train: ranks failed more often than train.max_failures allows ({ranks.max_failures}): "
                f"{' '.join(str(error).split())[-1500:]}; checkpoints are kept, the same command goes on from there"
            ) from error


def _ray_is_started() -> bool:
    """Whoever started it has imported it; this module must not, for `--local` works where it is not installed."""
    return "ray" in sys.modules and bool(sys.modules["ray"].is_initialized())


def _alone(job: Job) -> None:
    import torch.distributed as dist

    from training.worker import run

    store = dist.HashStore()  # type: ignore[attr-defined]  # its stub leaves it out
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        run(job, _Progress())
    finally:
        dist.destroy_process_group()


def _rank(config: dict[str, Any]) -> None:
    from training.worker import run

    run(config["job"], _Progress())


class _Progress:
    """A line every few seconds from rank 0, where Ray's log of workers shows it."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._seconds: list[float] = []

    def __call__(self, step: Step, num_steps: int, seconds: float) -> None:
        import torch.distributed as dist

        self._seconds.append(seconds)
        now, done = time.monotonic(), step.step + 1
        if dist.get_rank() or (now - self._shown < LOG_INTERVAL_S and done < num_steps):
            return
        self._shown = now
        recent = self._seconds[-20:]
        left = sum(recent) / len(recent) * (num_steps - done)
        rate = step.num_tokens / seconds
        sys.stderr.write(
            f"train      {done}/{num_steps} steps | loss {step.loss:.3f} | {rate:,.0f} tokens/s"
            + (f" | {duration(left)} left\n" if left else "\n")
        )
        sys.stderr.flush()
