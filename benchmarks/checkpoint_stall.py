"""How long training stands still for a checkpoint: stored while it goes on, against stored while it waits.

One rank with 300 MB of parameters and optimizer state trains and saves to a real S3 server (SeaweedFS) behind a proxy
on loopback that lets 50 MB a second through. Both ways use the same writer. Between saves training goes on for three
times as long as one takes; a stall contains what is left to wait for of the save before. The first save of each way is
told apart: it maps the memory. Server, proxy and training share the cores, so steps beside an upload are slower here
than where the storage has machines of its own; by how much is printed too.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.optim import AdamW

from benchmarks.claims import Claim, claim, main
from pipeline.storage import Storage, open_storage
from tests.kit.proxy import FaultyProxy
from tests.kit.seaweed import SeaweedServer
from training.checkpoint.checkpoints import Checkpoints

BYTES_PER_S = 50e6
WIDTH, LAYERS, BATCH = 2048, 6, 32


def serve(folder: str, told: Connection) -> None:
    """The server and the proxy, in a process of their own: tells the environment, ends when told anything."""
    with SeaweedServer(Path(folder)) as server, FaultyProxy(server.endpoint) as proxy:
        proxy.bytes_per_s = BYTES_PER_S
        told.send((server.bucket, server.environment(endpoint=proxy.endpoint)))
        told.recv()


class Training:
    """A model on one rank, its optimizer, and steps of it."""

    def __init__(self) -> None:
        self.model: Any = nn.Sequential(*(nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS)))
        mesh = init_device_mesh("cpu", (1,))
        for module in (*self.model, self.model):
            fully_shard(module, mesh=mesh)
        self.optimizer = AdamW(self.model.parameters(), lr=1e-4)
        self.rows = torch.randn(BATCH, WIDTH)
        self.step()

    def step(self) -> float:
        """Seconds it took."""
        started = time.monotonic()
        self.model(self.rows).square().mean().backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return time.monotonic() - started

    def steps(self, seconds: float) -> list[float]:
        """What each of the steps took that fill a time."""
        until, took = time.monotonic() + seconds, []
        while time.monotonic() < until:
            took.append(self.step())
        return took

    def num_bytes(self) -> int:
        parameters: int = sum(parameter.numel() * parameter.itemsize for parameter in self.model.parameters())
        return 3 * parameters


def saves(training: Training, output: Storage, between_s: float, *, asynchronous: bool) -> tuple[list[float], float]:
    """Stalls in s of three saves, and the median step in between, of which there are so many s."""
    stalls, steps = [], []
    with Checkpoints(output, 1, asynchronous=asynchronous) as checkpoints:
        for step in range(3):
            stalls.append(checkpoints.save(step, training.model, training.optimizer, {}))
            steps += training.steps(between_s)
    return stalls, statistics.median(steps)


def measure(quick: bool) -> Sequence[Claim]:
    """Save both ways in turns."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        here, there = multiprocessing.Pipe()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, there))
        server.start()
        bucket, environment = here.recv()
        os.environ.update(environment)
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # type: ignore[attr-defined]
        try:
            return _compare(f"s3://{bucket}/checkpoints", 1 if quick else 3)
        finally:
            dist.destroy_process_group()
            here.send(None)
            server.join()


def _compare(uri: str, repetitions: int) -> Sequence[Claim]:
    training = Training()
    stalls: dict[bool, list[list[float]]] = {True: [], False: []}
    steps: dict[bool, list[float]] = {True: [], False: []}
    for number in range(repetitions):
        between_s = 1.0
        for asynchronous in (False, True):
            output = open_storage(f"{uri}/{number}-{asynchronous}")
            took, step = saves(training, output, between_s, asynchronous=asynchronous)
            stalls[asynchronous].append(took)
            steps[asynchronous].append(step)
            between_s = 3 * max(took)
    later = {way: statistics.median(stall for took in found for stall in took[1:]) for way, found in stalls.items()}
    figures = {
        "mb": training.num_bytes() / 1e6,
        "first_stall_s": {"asynchronous": stalls[True][0][0], "synchronous": stalls[False][0][0]},
        "step_s": {
            "no save": statistics.median(steps[False]),
            "a save under way a third of the time": statistics.median(steps[True]),
        },
    }
    print(json.dumps(figures), flush=True)
    return [
        claim("stall by a checkpoint, stored while training goes on against stored while it waits",
              later[True], later[False], "s", 10.0, less_is_better=True),
    ]  # fmt: skip


if __name__ == "__main__":
    main(measure, __doc__)
