"""Training for real: FSDP2 on gloo, ranks in processes of their own, a model small enough for seconds."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.distributed.device_mesh import init_device_mesh

from pipeline.storage import open_storage
from tests.training.toy import on_ranks, toy_item, toy_model
from training.checkpoint.checkpoints import Checkpoints
from training.data.batches import Batch, Encoder, Maker
from training.data.encode import Sample
from training.health.guard import Policy
from training.health.preemption import Notices
from training.loop import Loop, Recipe, Setting, Step
from training.model.parallel import shard
from training.model.parts import Rates, freeze
from training.plan.layout import Layout
from training.plan.mixture import Amount
from training.plan.plan import Plan, make_plan
from training.plan.units import Facts, by_picture, single
from training.step import Groups, Prepared
from training.watch.measures import Measured

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("train")]

RECIPE = Recipe(Rates(connector=1e-3, language_model=1e-3), warmup_share=0.1, weight_decay=0.01, max_grad_norm=1.0)
POLICY = Policy("stop", "stop", 100.0, 50, 0, 0)
ASKED = ("What is shown in this picture?", "Where from?", "What is it made of?")
PER_PICTURE = len(ASKED)
PAIRS, PACKED = Layout(None, 2), Layout(200, 1)


class Quiet:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Measured] = []

    def began(self, step: int) -> None:
        """Nothing to do."""

    def step(self, measured: Measured) -> None:
        """Keep it."""
        self.told.append(measured)

    def due(self, done: int) -> bool:
        """Never."""
        return False

    def validate(self, model: Any, done: int) -> None:
        """Nothing to do."""


@dataclass(frozen=True)
class Data:
    """Toy samples, several questions a picture; pictures at some places are not shown."""

    text_only: frozenset[int] = frozenset()

    def __call__(self, processor: Any, positions: Sequence[int]) -> list[Sample]:
        picture = positions[0] // PER_PICTURE
        image, item = toy_item(picture)
        items = [{**item, "question": ASKED[position % PER_PICTURE]} for position in positions]
        return Encoder(processor, "clean")(None if picture in self.text_only else image, items)

    def facts(self, processor: Any, num_samples: int) -> Facts:
        """Lengths counted by making every sample."""
        mark = processor.image_token_id
        made = [self(processor, [position])[0].input_ids for position in range(num_samples)]
        number = np.arange(num_samples, dtype=np.int64)
        shown = np.array([int((ids == mark).sum()) for ids in made])
        tokens = np.array(list(map(len, made)))
        return Facts(number, number // 8, number // PER_PICTURE, tokens, shown, np.zeros_like(number))


def plan_of(
    processor: Any, num_samples: int, per_step: int, layout: Layout, *, grouped: bool = False, data: Data = Data()
) -> Plan:
    facts = data.facts(processor, num_samples)
    first = data(processor, [0])[0].input_ids
    shared_text = int((first == processor.image_token_id).nonzero()[0])
    units = by_picture(facts, 200, shared_text) if grouped else single(facts, 200)
    return make_plan(units, [Amount(times=1.0)], layout, seed=1, epochs=1, window=2, samples_per_step=per_step)


@dataclass(frozen=True)
class Run:
    """What `train` is to do."""

    num_samples: int = 100
    per_step: int = 5
    layout: Layout = PAIRS
    grouped: bool = False
    data: Data = Data()
    dtype: torch.dtype = torch.float32
    max_steps: int | None = None
    rates: Rates = RECIPE.rates


def train(output: str, given: Run = Run()) -> list[Step]:
    """On every rank: train from the newest checkpoint in `output`."""
    import torch.distributed as dist

    model, processor = toy_model()
    freeze(model, given.rates)
    shard(model, init_device_mesh("cpu", (dist.get_world_size(),)), given.dtype)
    plan = plan_of(processor, given.num_samples, given.per_step, given.layout, grouped=given.grouped, data=given.data)
    plan = plan if given.max_steps is None else plan.first(given.max_steps)
    maker = Maker(partial(given.data, processor), processor.image_token_id, processor.tokenizer.pad_token_id)

    def prepare(batch: Batch | None) -> Prepared | None:
        rows = None if batch is None else maker(batch)
        return None if rows is None else Prepared.of(rows)

    zeros = torch.zeros(given.num_samples, dtype=torch.int64)
    setting = Setting(
        plan=plan, prepare=prepare, recipe=replace(RECIPE, rates=given.rates), sample_ids=plan.samples,
        groups=Groups({"language": ["en"], "source": ["toy"]}, {"language": zeros, "source": zeros}),
        device=torch.device("cpu"), feeding_threads=2, micro_batches_ahead=3, checkpoint_every=6, leaves=True,
    )  # fmt: skip
    with Checkpoints(open_storage(output), 9) as checkpoints, Notices() as notices:
        return Loop(model, setting, checkpoints, POLICY, notices, Quiet()).run()


RUNS = {
    "plain": Run(),
    "bf16": Run(dtype=torch.bfloat16),
    "five a pass": Run(layout=Layout(None, 5)),
    "packed": Run(layout=PACKED),
    "grouped": Run(grouped=True, per_step=6),
    "grouped packed": Run(grouped=True, per_step=6, layout=PACKED),
    "some without a picture": Run(data=Data(frozenset({1, 2, 5, 7, 8, 9, 15, 20, 21}))),
    "tower too": Run(data=Data(frozenset({1, 2, 5, 7, 8})), rates=Rates(1e-3, 1e-3, 1e-3), max_steps=6),
}


def all_runs(folder: str) -> dict[str, list[Step]]:
    """On every rank: each of `RUNS`, and the first of them again from another world size's checkpoint."""
    found = {name: train(f"{folder}/{name}", run) for name, run in RUNS.items()}
    if Path(folder, "resumed").exists():
        found["resumed"] = train(f"{folder}/resumed", RUNS["plain"])
    return found


def losses(steps: list[Step]) -> list[float]:
    return [step.loss for step in steps]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, list[Step]]]:
    """World size -> what each run did; ranks start once for all of them, which is what takes the time."""
    folder = tmp_path_factory.mktemp("train")
    by_size = {1: on_ranks(1, all_runs, folder, str(folder / "1"))}
    for size in (2, 4):
        keep_first_checkpoint(folder / "1" / "plain", folder / f"{size}" / "resumed")
        by_size[size] = on_ranks(size, all_runs, folder, str(folder / f"{size}"))
    return by_size


def keep_first_checkpoint(source: Path, target: Path) -> None:
    """A training's directory as it was after its first checkpoint."""
    shutil.copytree(source / "checkpoints", target / "checkpoints")
    first, *later = sorted(target.glob("checkpoints/*.json"))
    for record in later:
        record.unlink()
    assert first.exists()


def test_the_loss_falls(found: dict[int, dict[str, list[Step]]]) -> None:
    steps = found[1]["plain"]
    assert [step.step for step in steps] == list(range(20))
    assert np.mean(losses(steps)[-4:]) < losses(steps)[0] - 0.5


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize("name", list(RUNS))
def test_losses_do_not_depend_on_the_number_of_ranks(
    found: dict[int, dict[str, list[Step]]], name: str, size: int
) -> None:
    """With five samples in one micro-batch most ranks have nothing to add, and must still take part."""
    one, many = found[1][name], found[size][name]
    assert losses(many) == pytest.approx(losses(one), rel=1e-2 if name == "bf16" else 1e-5)
    assert [step.num_supervised_tokens for step in many] == [step.num_supervised_tokens for step in one]


@pytest.mark.parametrize(
    ("name", "other"), [("packed", "plain"), ("five a pass", "plain"), ("grouped packed", "grouped")]
)
def test_nor_on_how_sequences_lie_in_rows(found: dict[int, dict[str, list[Step]]], name: str, other: str) -> None:
    assert losses(found[1][name]) == pytest.approx(losses(found[1][other]), rel=1e-5)


@pytest.mark.parametrize("size", [2, 4])
def test_a_resumed_run_takes_the_same_steps_at_another_number_of_ranks(
    found: dict[int, dict[str, list[Step]]], size: int
) -> None:
    assert losses(found[size]["resumed"])[:6] == losses(found[1]["plain"])[:6], "those of the checkpoint"
    assert losses(found[size]["resumed"]) == pytest.approx(losses(found[1]["plain"]), rel=1e-5)
