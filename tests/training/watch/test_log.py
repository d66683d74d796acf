from __future__ import annotations

from pathlib import Path

from pipeline.storage import open_storage
from tests.training.watch.test_measures import measured
from tests.training.watch.test_tensorboard import read
from training.watch.console import Console
from training.watch.log import Log
from training.watch.measures import GroupLoss
from training.watch.tensorboard import TensorBoard

LOSSES = {"am": GroupLoss(9.0, 3), "de": GroupLoss(1.0, 2)}


def test_what_is_told_where(tmp_path: Path) -> None:
    lines: list[str] = []
    with TensorBoard(open_storage(str(tmp_path)), 3) as board:
        log = Log(Console(8, None, lines.append, lambda: 0.0), board, every=2, num_steps=8, peak_flops_per_s=None)
        for step in range(3, 8):
            log.step(measured(step=step, loss=float(step)))
        log.validation(8, LOSSES)
        log.validation(8, {})
    TensorBoard(open_storage(str(tmp_path)), 8).close()
    found = read(tmp_path)
    assert found["loss/train"] == [(3, 3.0), (5, 4.5), (7, 6.5)]
    assert found["loss/validation"] == [(7, 2.0)]
    assert found["validation_loss_by_language/am"] == [(7, 3.0)]
    assert [line.split(" | ")[0] for line in lines] == [f"train      {done}/8 steps" for done in (4, 8, 8)]
    assert lines[-1].endswith("| validation loss 2.000")
