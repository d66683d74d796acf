"""Settings of evaluation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.config import Share
from pipeline.generation.settings import Workers


class Evaluate(Workers):
    """Which held-out items both models answer, and the workers that hold them."""

    OPERATIONAL = Workers.OPERATIONAL | {"engine"}

    engine: Literal["vllm", "none"] = Field("vllm", description="none asks nothing: the report says so")
    splits: tuple[Literal["validation", "test"], ...] = ("test",)
    share: Share = Field(1.0, description="of the held-out items, by their ids")
    max_tokens: int = Field(32, gt=0, description="of a reply")
