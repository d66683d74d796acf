"""Settings of evaluation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.config import Section, Share


class Evaluate(Section):
    """Which held-out items both models answer, and the workers that hold them."""

    OPERATIONAL = frozenset(
        {
            "engine", "max_num_seqs", "kv_cache_gb", "num_gpus", "num_cpus", "min_workers", "max_workers",
            "partitions_in_flight",
        }
    )  # fmt: skip

    engine: Literal["vllm", "none"] = Field("vllm", description="none asks nothing: the report says so")
    splits: tuple[Literal["validation", "test"], ...] = ("test",)
    share: Share = Field(1.0, description="of the held-out items, by their ids")
    max_tokens: int = Field(32, gt=0, description="of a reply")
    max_model_len: int = Field(4096, gt=0, description="tokens of prompt, picture and reply together")
    max_num_seqs: int = Field(128, gt=0, description="requests in work at once in an engine")
    kv_cache_gb: float | None = Field(None, gt=0, description="GiB of an engine's KV cache; null lets vLLM decide")
    num_gpus: int = Field(1, ge=0, description="of one worker; 0 runs on CPUs")
    num_cpus: float = Field(1.0, gt=0, description="of one worker")
    min_workers: int = Field(1, gt=0)
    max_workers: int = Field(1, gt=0)
    partitions_in_flight: int = Field(4, gt=0, description="of one worker")
