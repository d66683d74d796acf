from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest
import torch

from tests.training.toy import on_ranks
from training.health.preemption import Notices, Preempted


def train(folder: str, num_steps: int, term: tuple[int, int] | None) -> list[float] | int:
    """Losses of all steps, or how many were done when all ranks left; SIGTERM comes to a rank in a step."""
    import torch.distributed as dist

    checkpoint = Path(folder) / "checkpoint.json"
    losses = json.loads(checkpoint.read_text()) if checkpoint.exists() else []
    try:
        with Notices() as notices:
            for step in range(len(losses), num_steps):
                counts = torch.tensor([1.0 / (step + 1 + dist.get_rank()), notices.vote()])
                if (dist.get_rank(), step) == term:
                    os.kill(os.getpid(), signal.SIGTERM)
                dist.all_reduce(counts)
                if counts[1]:
                    dist.barrier()
                    checkpoint.write_text(json.dumps(losses))
                    raise Preempted(step)
                losses.append(float(counts[0]))
    except Preempted as left:
        return left.step
    return losses


@pytest.mark.slow
def test_a_signal_to_one_rank_ends_all_at_the_same_step_and_the_next_start_goes_on_there(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    assert on_ranks(2, train, tmp_path, str(folder), 9, (1, 4)) == 5, "its vote of step 4 was cast already"
    assert len(json.loads((folder / "checkpoint.json").read_text())) == 5
    undisturbed = [1 / (step + 1) + 1 / (step + 2) for step in range(9)]
    assert on_ranks(2, train, tmp_path, str(folder), 9, None) == pytest.approx(undisturbed)


def test_the_signal_is_taken_and_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Notices() as notices:
        assert notices.vote() == 0
        signal.raise_signal(signal.SIGTERM)
        assert notices.vote() == 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_on_another_thread_what_the_launcher_hears_counts() -> None:
    heard: list[bool] = []
    votes: list[int] = []

    def work() -> None:
        with Notices(lambda: bool(heard)) as notices:
            votes.append(notices.vote())
            heard.append(True)
            votes.append(notices.vote())

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert votes == [0, 1]
    assert signal.getsignal(signal.SIGTERM) is before
