"""Stages `rephrase` and `judge`: rows pass through in their partitions, items come back with a status."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.commit import Counts, sorted_counts
from pipeline.errors import UserError
from pipeline.generation import examples, held_value, judge, necessity, rephrase, signs
from pipeline.generation.accounts import Accounts, charged
from pipeline.generation.asking import Row, Scope, Tally
from pipeline.generation.by_language import named
from pipeline.generation.engine import require_vllm
from pipeline.generation.examples import Examples, load_examples
from pipeline.generation.feeding import expected_work, feed
from pipeline.generation.lost_picture import shown
from pipeline.generation.model import Model, identify, memory_bytes
from pipeline.generation.on_demand import EngineOnDemand
from pipeline.generation.opening import open_engine
from pipeline.generation.prompt_file import PROMPTS, Prompt, load_prompt
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine
from pipeline.generation.retry import Retry, load_retry
from pipeline.generation.settings import Generation, Judge, Rephrase
from pipeline.picture_store import PictureStore
from pipeline.pooled import PooledStage
from pipeline.schema import TABLES
from pipeline.stage import Inputs, Outcome, Partition
from pipeline.storage import Storage
from pipeline.tables import read_groups
from pipeline.takedown import Tombstones


class GenerationStage(PooledStage):
    """What both stages share: partitions of the stage before, one engine a worker, pictures side by side.

    Attributes:
        reads: the table of the stage before.
    """

    reads: ClassVar[str]

    def __init__(self, config: Rephrase | Judge, generation: Generation, output: Storage) -> None:
        self.config, self.generation, self.output = config, generation, output
        self.pictures = PictureStore(output)
        self.num_cpus = generation.num_cpus  # type: ignore[misc]
        num_gpus = generation.num_gpus * len(generation.models())
        self.num_gpus = float(num_gpus if generation.engine == "vllm" else 0)  # type: ignore[misc]
        self.scope = Scope(
            generation.engine == "none", config.share, frozenset(config.kinds), frozenset(generation.all_languages())
        )
        self.pool = None if self.scope.off else generation.pool()

    def memory_bytes(self) -> int:
        return sum(map(memory_bytes, self.generation.models()))

    @cached_property
    def models(self) -> dict[str, Model]:
        """By language code; as they are where the fingerprint is taken: on the driver."""
        return {code: model for one in self.generation.models() for model in [identify(one)] for code in one.languages}

    def check(self) -> None:
        if self.generation.engine == "vllm":
            require_vllm("generation.engine")
        if not self.scope.off:
            self.prompts()
            assert self.models

    @abstractmethod
    def prompts(self) -> dict[str, Prompt]:
        """The prompts in use, by setting.

        Raises:
            ConfigError: one is not fit for use.
        """

    @abstractmethod
    async def group(self, group: Row, image: bytes | None, engine: Engine, store: ReplyStore) -> tuple[Row, Tally]:
        """One row of the stage before as a row of this one."""

    def shows_pictures(self) -> bool:
        """Whether requests carry the picture."""
        return self.generation.sees_pictures

    def deciding(self) -> dict[str, Any]:
        if self.scope.off:
            return {"engine": "none"}
        return {
            **self.config.deciding(),
            **self.generation.deciding(),
            "models": {code: str(model) for code, model in self.models.items()},
            "prompts": {name: prompt.deciding() for name, prompt in self.prompts().items()},
        }

    def partitions(self, inputs: Inputs) -> list[Partition]:
        found = []
        for commit in inputs[self.after[0]].manifest.commits:
            files = [file for file in commit.files if file.table == self.reads]
            payload = {"files": [file.path for file in files]}
            found.append(Partition(commit.partition, payload, sum(file.rows for file in files)))
        return found

    def open(self) -> EngineOnDemand:
        return EngineOnDemand(self.models, self.generation.sees_pictures, self.start)

    def start(self) -> Engine:
        """The engine itself, once a request has no reply in the store.

        Raises:
            UserError: it does not start, or has another model than the run began with.
        """
        engine = open_engine(self.generation)
        for code, expected in self.models.items():
            found = named(engine, code)
            if found != str(expected):
                raise UserError(
                    f"generation.model: this worker has {found}, the run began with {expected}; "
                    "give all machines the same files"
                )
        return engine

    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: EngineOnDemand) -> Outcome:
        directory = inputs[self.after[0]].directory
        store = ReplyStore(self.output, self.name)
        gone = await asyncio.to_thread(Tombstones.load, self.output)
        failures = _Failures(self, partition)
        items: Counter[str] = Counter()
        work = Accounts()

        def weigh(groups: pa.Table) -> list[int]:
            asked = [self.scope.asked(group) for group in _with_items(groups).to_pylist()]
            failures.expect(sum(map(len, asked)))
            return list(map(expected_work, asked))

        async def one(group: Row) -> Row:
            if gone.covers(group["qid"], group["sha256"]):
                # `assemble` says of the picture that it was taken down.
                return group | {"items": []}
            image: bytes | None = None
            engine: Engine = kept
            if self.shows_pictures() and self.scope.asked(group):
                image, engine = await asyncio.to_thread(shown, self.pictures, group["sha256"], kept)
            row, tally = await self.group(group, image, engine, store)
            failures.add(tally.failed, tally.error)
            items.update(tally.items)
            work.update(Accounts.of_items(item["language"] for item in self.scope.asked(group)))
            work.update(tally.work)
            return row

        [name] = self.tables
        windows = (groups for path in partition.payload["files"] for groups in read_groups(directory, path))
        table = await feed(windows, weigh, one, self.generation.pictures_in_flight, TABLES[name])
        num = table.num_rows
        counts = Counts("pictures", num, num, details={"items": items.total(), **sorted_counts(items)})
        return Outcome({name: table}, counts, log={**kept.log(), **work.log()})

    def charged(self, log: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        return charged(log, seconds, self.num_gpus)


class RephraseStage(GenerationStage):
    """Questions in their templates' words to questions in words of a model, or with the reason why not."""

    name = "rephrase"
    version = 4
    tables = ("rephrased",)
    after = ("questions",)
    reads = "questions"
    config: Rephrase

    def shows_pictures(self) -> bool:
        return self.generation.sees_pictures and self.config.with_picture

    def prompts(self) -> dict[str, Prompt]:
        return {"prompt": _prompt(self.config.prompt, "rephrase.yaml", rephrase.SLOTS, rephrase.KEYS)}

    def deciding(self) -> dict[str, Any]:
        found = super().deciding()
        if self.scope.off:
            return found
        retry = self._retry()
        return {
            **found,
            "signs": signs.identity(),
            "values": held_value.identity(self.scope.languages) if self.config.answers else None,
            "example_files": examples.deciding(self._examples()),
            "retry_prompt": None if retry is None else retry.deciding(),
        }

    def check(self) -> None:
        super().check()
        if not self.scope.off:
            self._examples()

    def _retry(self) -> Retry | None:
        return load_retry() if self.config.retry else None

    def _examples(self) -> dict[str, Examples]:
        return load_examples(self.scope.languages) if self.config.examples else {}

    @cached_property
    def settings(self) -> rephrase.Rephrasing:
        """What is asked, and about which items."""
        config = self.config
        shown = {
            language: examples.shown(found.examples[: config.examples], language, config.answers)
            for language, found in self._examples().items()
        }
        prompt = self.prompts()["prompt"]
        return rephrase.Rephrasing(self.scope, prompt, self._retry(), config.items_per_request, config.answers, shown)

    async def group(self, group: Row, image: bytes | None, engine: Engine, store: ReplyStore) -> tuple[Row, Tally]:
        return await rephrase.rephrase_group(group, image, engine, store, self.settings)


class JudgeStage(GenerationStage):
    """Items to items with verdicts, or with the reason why they have none."""

    name = "judge"
    version = 3
    tables = ("judged",)
    after = ("rephrase",)
    reads = "rephrased"
    config: Judge

    def prompts(self) -> dict[str, Prompt]:
        config = self.config
        found = {
            "prompt": _prompt(config.prompt, "judge.yaml", judge.SLOTS, judge.KEYS),
            "picture_prompt": _prompt(
                config.picture_prompt, "judge_picture.yaml", judge.PICTURE_SLOTS, judge.PICTURE_KEYS
            ),
        }
        if config.necessity_share:
            found["blind"] = _prompt(None, "judge_blind.yaml", necessity.OPEN_SLOTS, necessity.OPEN_KEYS)
            found["blind_choice"] = _prompt(
                None, "judge_blind_choice.yaml", necessity.CHOICE_SLOTS, necessity.CHOICE_KEYS
            )
        return found

    @cached_property
    def settings(self) -> judge.Judging:
        """What is asked, about which items, and what makes a verdict."""
        config, prompts = self.config, self.prompts()
        blind = None
        if config.necessity_share:
            scope = replace(self.scope, share=config.necessity_share)
            blind = necessity.Necessity(scope, prompts["blind"], prompts["blind_choice"])
        thresholds = {code: config.thresholds_of(code) for code in self.generation.all_languages()}
        return judge.Judging(self.scope, prompts["prompt"], prompts["picture_prompt"], thresholds, blind)

    async def group(self, group: Row, image: bytes | None, engine: Engine, store: ReplyStore) -> tuple[Row, Tally]:
        return await judge.judge_group(group, image, engine, store, self.settings)


class _Failures:
    """Stops a partition before its commit where so many items fail that the fault cannot be theirs."""

    def __init__(self, stage: GenerationStage, partition: Partition) -> None:
        self._where = f"{stage.name}, partition {partition.id}"
        self._limit = stage.generation.max_failed
        self._num_items = self._num_failed = 0
        self._error: str | None = None

    def expect(self, num_items: int) -> None:
        """So many more are to be asked about."""
        self._num_items += num_items

    def add(self, num_failed: int, error: str | None) -> None:
        """So many more have failed, and with what error one of them did.

        Raises:
            UserError: more than may, of all that were to be asked about so far.
        """
        self._num_failed += num_failed
        self._error = error or self._error
        if self._num_failed > self._limit * self._num_items:
            told = "" if self._error is None else f" ({self._error})"
            raise UserError(
                f"{self._where}: the engine failed {self._num_failed} of {self._num_items} items, more than "
                f"generation.max_failed ({self._limit}) allows{told}; see its log, then run again: stored replies are "
                "kept"
            )


def _with_items(groups: pa.Table) -> pa.Table:
    """Of rows of `schema.QUESTIONS` what tells which items are asked about, and how long that will take."""
    items = groups.column("items").combine_chunks()
    fields = ("qa_id", "language", "kind", "original_question")
    values = pa.StructArray.from_arrays([pc.struct_field(items.values, field) for field in fields], fields)
    return pa.table({"items": pa.ListArray.from_arrays(items.offsets, values)})


def _prompt(path: str | None, default: str, slots: frozenset[str], keys: frozenset[str]) -> Prompt:
    return load_prompt(Path(path) if path else PROMPTS / default, slots, keys)
