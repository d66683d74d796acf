"""Settings of evaluation: what is asked, of whom, and who judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from eval.tasks.listing import TASKS
from pipeline.config import Section, Share, suggest
from pipeline.generation.settings import Generation, Workers

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


class AskedModel(Generation):
    """A model that is asked about items or about replies: where it is and how large its engines are."""

    engine: Literal["vllm", "endpoint", "none"] = Field("vllm", description="none asks nothing")
    sees_pictures: bool = Field(True, description="show it the pictures")


class ModelUnderTest(AskedModel):
    """A model that answers benchmarks."""

    convert: bool = Field(
        False, description="it is a checkpoint in LLaVA's own layout: make a folder that vLLM serves, once"
    )
    tower: str | None = Field(None, description="of such a checkpoint: its CLIP, where it does not lie where it says")


class JudgeOfReplies(AskedModel):
    """The model that reads replies to judged benchmarks, with the words that a copy's `judge.yaml` has."""

    engine: Literal["vllm", "endpoint", "none"] = Field("none", description="none leaves such replies unjudged")
    sees_pictures: bool = Field(False, description="of no effect: published judges read text alone")
    max_tokens: int = Field(1024, gt=0, description="of what it says")


class Benchmarks(Section):
    """Local copies of benchmarks, and how much of them is asked."""

    OPERATIONAL = frozenset({"folder"})

    folder: str | None = Field(
        None, description="that holds a folder for each, see `culturalground evaluate --list`; null asks none"
    )
    tasks: tuple[str, ...] = Field((), description="those that are asked; empty asks all that the folder holds")
    limit: int | None = Field(
        None, gt=0, description="items of each task, drawn by their ids: a larger number contains a smaller one"
    )
    items_per_partition: int = Field(128, gt=0, description="they are in memory together, with their pictures")

    @field_validator("tasks")
    @classmethod
    def _known(cls, tasks: tuple[str, ...]) -> tuple[str, ...]:
        for task in tasks:
            if task not in TASKS:
                raise ValueError(f"unknown benchmark {task!r}: {suggest(task, TASKS)}")
        return tasks


class Checkpoints(Section):
    """Checkpoints of a run's training, each a model of the name step-N, while the training goes on or afterwards."""

    run: str = Field(description="the run's config file")
    overrides: tuple[str, ...] = Field((), description="of it, as `--set` takes them")
    asked: AskedModel = Field(AskedModel(), description="its engines; which model it is, the training says")


class Comparing(Section):
    """What the scores are compared with."""

    OPERATIONAL = frozenset({"stored"})

    baseline: Name | None = Field("base", description="the model that the others are compared with; null compares none")
    stored: Mapping[Name, str] = Field(
        {},
        description="name -> directory of an evaluate stage of any run, as `status` shows it: its predictions join in",
    )


class Evaluate(Workers):
    """What base and trained model are asked, and the workers that hold them."""

    OPERATIONAL = Workers.OPERATIONAL | {"engine"}

    engine: Literal["vllm", "none"] = Field("vllm", description="none asks nothing: the report says so")
    splits: tuple[Literal["validation", "test"], ...] = Field(
        ("test",), description="of this data set, whose items are asked"
    )
    share: Share = Field(1.0, description="of the held-out items, by their ids")
    max_tokens: int = Field(32, gt=0, description="of a reply to a held-out item; benchmarks have their own")
    benchmarks: Benchmarks = Benchmarks()
    judge: JudgeOfReplies = JudgeOfReplies()
    comparing: Comparing = Comparing()

    def asked(self) -> AskedModel:
        """How large the engines of both models are."""
        return AskedModel(engine=self.engine, **{name: getattr(self, name) for name in Workers.model_fields})
