"""Settings of the data set: what is left out of it, how it is split, and how it is cut into shards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.config import Section, Share


class Alike(Section):
    """Which questions that are alike are left out; docs/decisions/0023-alike-questions.md."""

    within_entity: int | None = Field(2, gt=0, description="alike questions of an entity that stay; null keeps all")
    across_entities: int | None = Field(1, gt=0, description="and of different entities; null keeps all")
    threshold: float = Field(0.9, gt=0, le=1, description="least similarity (Jaccard) of wordings that are alike")


class Assemble(Section):
    """Questions to training shards, index, card and attribution."""

    OPERATIONAL = frozenset({"max_quarantined"})

    validation: Share = Field(0.05, description="share of groups of entities held out for validation")
    test: Share = Field(0.05, description="share of groups of entities held out for test")
    seed: int = Field(0, ge=0, description="of the order of pictures in the shards")
    keep: Literal["all", "passing"] = Field("all", description="passing leaves out what the judge does not let pass")
    protected: tuple[str, ...] = Field(
        (), description="lists of what benchmarks hold, tables or folders of them, which is left out of all splits"
    )
    protected_bits: int = Field(8, ge=0, le=16, description="bits in which hashes of one picture may differ")
    alike: Alike | None = Field(Alike(), description="questions that are alike; null compares none")
    shard_mb: float = Field(128.0, gt=0, description="MB (1e6 bytes) of one shard, about")
    processor: str | None = Field(
        None,
        description="of a LlavaNext, whose tokens are counted: a folder, s3://, or MODEL@COMMIT; null counts none",
    )
    rows_per_partition: int = Field(16_384, gt=0, description="pictures that are brought into order at once")
    max_quarantined: Share = Field(0.0, description="largest share of rows that may be set aside")

    @model_validator(mode="after")
    def _leaves_training_rows(self) -> Assemble:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together must leave a share for train")
        return self
