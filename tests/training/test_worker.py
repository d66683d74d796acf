"""What a rank does from base and shards to the export, by its settings; what it says of damage and of bad numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from pipeline.errors import ConfigError, UserError
from pipeline.storage import Storage, open_storage
from tests.training.made import NUM_SAMPLES, base_model, damaged, made_job, made_source
from training.data.places import Source
from training.data.samples import CorruptSampleError
from training.job import Job
from training.loop import Step
from training.model.hugging_face import LlavaNextForConditionalGeneration
from training.settings import MixturePart
from training.step import accumulate
from training.told import left_out
from training.watch.by_group import Tally
from training.worker import run

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """The only rank, in this process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)  # type: ignore[attr-defined]
    yield
    dist.destroy_process_group()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Storage, Source, Source, Source]:
    """Where all is, and three sources: two of other pictures, and one whose tokens are not counted."""
    folder = tmp_path_factory.mktemp("world")
    storage = open_storage(str(folder / "stored"))
    counter = base_model(storage, folder / "base")
    made = (("made", counter, 0), ("other", counter, 100), ("uncounted", None, 200))
    first, second, third = (made_source(storage, by, name, number) for name, by, number in made)
    return storage, first, second, third


World = tuple[Storage, Source, Source, Source]


def losses(steps: list[Step]) -> list[float]:
    return [step.loss for step in steps]


@pytest.mark.parametrize("mode", ["paper", "grouped", "packed", "grouped_packed", "see_earlier"])
def test_every_mode_runs_to_its_export(world: World, mode: str) -> None:
    storage, source, *_ = world
    settings = {"mode": "grouped", "see_earlier": True} if mode == "see_earlier" else {"mode": mode}
    job = made_job(storage, [source], mode, max_steps=4, validation_every=2, validation_samples=3, **settings)
    steps = run(Job.from_json(job.to_json()))
    assert [step.fate for step in steps] == ["learned"] * 4
    assert losses(run(job)) == losses(steps), "a run that is done has nothing to do"
    output = storage.child(mode)
    validated = json.loads(output.read("validation/00000004.json"))
    assert validated["en"]["num_tokens"] > 0
    assert set(validated) >= {"en", "sw"}
    assert [info.path for info in output.list("validation/")] == [f"validation/0000000{at}.json" for at in (2, 4)]
    assert list(output.list("tensorboard/"))
    exported = {file["path"] for file in json.loads(output.read("export.json"))}
    assert exported == {info.path.removeprefix("export/") for info in output.list("export/")}
    assert LlavaNextForConditionalGeneration.from_pretrained(Path(job.output) / "export").config.text_config


def sources_met(monkeypatch: pytest.MonkeyPatch, job: Job) -> Counter[str]:
    """Samples of each source that a run learns from."""
    met: Counter[str] = Counter()
    add = Tally.add

    def counted(self: Any, each: Any, owners: Any, of_sample: Any) -> None:
        names = [source.name for source in job.sources]
        met.update(names[number] for number in of_sample["source"][owners.unique()].tolist())
        add(self, each, owners, of_sample)

    monkeypatch.setattr(Tally, "add", counted)
    run(job)
    return met


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"times": (1.0, 0.25)}, {"made": NUM_SAMPLES, "other": NUM_SAMPLES // 4}),
        ({"share": (0.75, 0.25)}, {"made": NUM_SAMPLES, "other": round(NUM_SAMPLES / 3)}),
    ],
)
def test_a_mixture_is_met_in_its_proportions(
    world: World, monkeypatch: pytest.MonkeyPatch, amounts: dict[str, Any], expected: dict[str, int]
) -> None:
    storage, first, second, _ = world
    [(name, values)] = amounts.items()
    parts = [MixturePart(name=source.name, **{name: value})
             for source, value in zip((first, second), values, strict=True)]  # fmt: skip
    job = made_job(storage, [first, second], f"mixture-{name}", mixture=parts, samples_per_step=32, checkpoint_every=99)
    assert sources_met(monkeypatch, job) == expected


def test_a_damaged_shard_stops_the_run_by_name_or_is_told_once_and_left_out(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    storage, made, *_ = world
    source = damaged(storage, made, "damaged")
    name = (
        r"/damaged/tables/shards/000001-\w+\.parquet: row \d+ \(row group 0\), sample -?\d+: .*train\.on_corrupt=skip"
    )
    with pytest.raises(CorruptSampleError, match=name):
        run(made_job(storage, [source], "stopped"))
    steps = run(made_job(storage, [source], "skipped", on_corrupt="skip"))
    assert [step.fate for step in steps] == ["learned"] * (NUM_SAMPLES // 8)
    whole = run(made_job(storage, [made], "whole"))
    assert 0 < sum(step.num_supervised_tokens for step in steps) < sum(step.num_supervised_tokens for step in whole)
    assert capfd.readouterr().err.count("it is left out") == 1
    reasons = left_out(storage.child("skipped"))
    assert reasons
    assert all("damaged/tables/shards" in reason for reason in reasons.values())
    assert len(left_out(storage.child("whole"))) == 0


@pytest.mark.parametrize(
    ("counted", "changes", "said"),
    [
        (True, {"max_tokens": 20}, r"train\.max_tokens \(20\): the shortest sample of part made has \d+"),
        (False, {"mode": "packed"}, r"train\.mode: packed needs the tokens .*those of part uncounted are not counted"),
    ],
)
def test_settings_that_do_not_go_with_the_samples_are_refused(
    world: World, counted: bool, changes: dict[str, Any], said: str
) -> None:
    storage, made, _, uncounted = world
    with pytest.raises(ConfigError, match=said):
        run(made_job(storage, [made if counted else uncounted], "refused", **changes))


def test_a_loss_that_is_no_number_stops_the_run_and_names_its_samples(world: World) -> None:
    storage, source, *_ = world
    job = made_job(storage, [source], "nan-stop", learning_rate=1e30, warmup_share=0.0)
    with pytest.raises(UserError, match=r"train: step \d: the (loss|gradient norm) is (nan|inf).*samples are -?\d+, "):
        run(job)


def test_it_is_skipped_until_so_many_were(world: World) -> None:
    storage, source, *_ = world
    job = made_job(
        storage, [source], "nan-skip", learning_rate=1e30, warmup_share=0.0, on_non_finite="skip", max_skipped=3
    )
    with pytest.raises(UserError, match=r"3 steps in a row were skipped \(train\.max_skipped\)"):
        run(job)


def test_a_rewind_goes_on_behind_it_from_the_checkpoint(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Step 5 is bad: with step 4 it is passed over, and the rest is learned."""

    def once(*given: Any, **named: Any) -> Any:
        calls.append(1)
        sums = accumulate(*given, **named)
        if len(calls) == 6:
            return replace(sums, loss=float("nan"))
        return sums

    calls: list[int] = []
    monkeypatch.setattr("training.loop.accumulate", once)
    storage, source, *_ = world
    steps = run(made_job(storage, [source], "rewind", on_non_finite="rewind", max_steps=8, checkpoint_every=4))
    assert [step.fate for step in steps] == ["learned"] * 4 + ["undone", "rewound"] + ["learned"] * 2
