"""Training for real: FSDP2 on gloo, ranks in processes of their own, a model small enough for seconds."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh

from pipeline.storage import open_storage
from tests.training.toy import on_ranks, toy_item, toy_model
from training.data.encode import Sample, encode
from training.loop import Recipe, Step, train
from training.model.export import export
from training.model.parallel import shard
from training.model.parts import Rates, freeze
from training.plan import Plan, make_plan

pytestmark = pytest.mark.slow

RECIPE = Recipe(learning_rate=3e-3, warmup_share=0.1, weight_decay=0.01, max_grad_norm=1.0)


def plan_of(num_samples: int, per_step: int, per_micro_batch: int) -> Plan:
    ids = np.arange(num_samples, dtype=np.int64)
    return make_plan(
        ids, ids // 4, seed=1, epoch=0, window=2, samples_per_step=per_step, samples_per_micro_batch=per_micro_batch
    )


def run(
    output: str, plan: Plan, export_to: str | None = None, *, text_only: frozenset[int] = frozenset()
) -> list[Step]:
    """On every rank: train from the last checkpoint in `output`; samples at some positions have no picture."""
    import torch.distributed as dist

    model, processor = toy_model()
    freeze(model, Rates(connector=1.0, language_model=1.0))
    shard(model, init_device_mesh("cpu", (dist.get_world_size(),)), torch.float32)

    def load(position: int) -> Sample:
        image, item = toy_item(position)
        return encode(processor, None if position in text_only else image, item)

    steps = train(
        model, plan, load, RECIPE, open_storage(output),
        pad_id=processor.tokenizer.pad_token_id, checkpoint_every=3, keep_checkpoints=9,
        report=lambda step, seconds: None,
    )  # fmt: skip
    if export_to is not None:
        export(model, processor, Path(export_to), torch.float32)
        whole = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True))
        if dist.get_rank() == 0:
            torch.save(whole, Path(export_to) / "state.pt")
    return steps


def losses(steps: list[Step]) -> list[float]:
    return [step.loss for step in steps]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Step]]:
    """Seven steps of up to five samples on one rank, checkpoints after 3, 6 and 7, and the export."""
    folder = tmp_path_factory.mktemp("alone")
    steps = on_ranks(1, run, folder, str(folder / "train"), plan_of(33, 5, 2), str(folder / "export"))
    return folder, steps


def test_the_loss_falls(alone: tuple[Path, list[Step]]) -> None:
    _, steps = alone
    assert [step.step for step in steps] == list(range(7))
    assert min(losses(steps)[-2:]) < losses(steps)[0] - 0.5


@pytest.mark.parametrize(("world_size", "per_micro_batch"), [(2, 2), (3, 1), (3, 5)])
def test_the_loss_does_not_depend_on_how_a_step_is_spread(
    alone: tuple[Path, list[Step]], tmp_path: Path, world_size: int, per_micro_batch: int
) -> None:
    """With five samples in one micro-batch two of three ranks have nothing to add, and must still take part."""
    steps = on_ranks(world_size, run, tmp_path, str(tmp_path / "train"), plan_of(33, 5, per_micro_batch))
    assert losses(steps) == pytest.approx(losses(alone[1]), rel=2e-4)
    assert [step.num_supervised_tokens for step in steps] == [step.num_supervised_tokens for step in alone[1]]
    assert [step.grad_norm for step in steps] == pytest.approx([step.grad_norm for step in alone[1]], rel=2e-3)


def test_nor_on_which_ranks_have_no_picture(tmp_path: Path) -> None:
    """Of a step's four samples two have none; with two ranks, both of one rank."""
    plan = plan_of(8, 4, 1)
    text_only = frozenset(int(position) for step in (0, 1) for position in plan.order[4 * step :][1:4:2])
    work = partial(run, text_only=text_only)
    found = [on_ranks(size, work, tmp_path, str(tmp_path / f"{size}"), plan) for size in (1, 2)]
    assert losses(found[1]) == pytest.approx(losses(found[0]), rel=2e-4)


@pytest.mark.parametrize("world_size", [1, 2])
def test_a_resumed_run_takes_the_same_steps(alone: tuple[Path, list[Step]], tmp_path: Path, world_size: int) -> None:
    """From the checkpoint after three steps, also at another world size: the next loss is the same, bit for bit."""
    folder, steps = alone
    for name in ("000003", "000003.json"):
        source, target = folder / "train" / "checkpoints" / name, tmp_path / "train" / "checkpoints" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    resumed = on_ranks(world_size, run, tmp_path, str(tmp_path / "train"), plan_of(33, 5, 2))
    assert losses(resumed)[:3] == losses(steps)[:3]
    if world_size == 1:
        assert losses(resumed) == losses(steps)
    else:
        assert losses(resumed)[3] == pytest.approx(losses(steps)[3], rel=1e-6)
        assert losses(resumed) == pytest.approx(losses(steps), rel=2e-4)


def test_the_export_is_the_trained_model_and_loads_elsewhere(alone: tuple[Path, list[Step]]) -> None:
    from safetensors import safe_open

    from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor

    folder = alone[0] / "export"
    state = torch.load(folder / "state.pt")
    loaded = LlavaNextForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    for name, value in loaded.state_dict().items():
        assert torch.equal(value, state[name]), name
    base, _ = toy_model()
    tower = dict(base.model.vision_tower.named_parameters())
    assert all(torch.equal(value, tower[name]) for name, value in loaded.model.vision_tower.named_parameters())
    moved = [not torch.equal(value, dict(base.named_parameters())[name]) for name, value in loaded.named_parameters()]
    assert any(moved)
    with safe_open(folder / "model.safetensors", "pt") as file:
        towers = [key for key in file.keys() if key.startswith("vision_tower.")]  # noqa: SIM118 - not a dict
    assert towers
    assert all(key.startswith("vision_tower.vision_model.") for key in towers), "the only form that vLLM reads"
    processor = LlavaNextProcessor.from_pretrained(folder)
    assert (processor.patch_size, processor.num_additional_image_tokens) == (14, 1)
