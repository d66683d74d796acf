"""Settings of the model and of its training. What the paper does not say is our own default, marked so."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.config import Section, Share


class Model(Section):
    """The model that training starts from."""

    base: str = Field(
        "neulab/Pangea-7B-hf", description="tiny, a folder, an s3:// address, or a model id of the hub, LlavaNext all"
    )
    revision: str | None = Field(None, description="commit of a model id")
    num_layers: int = Field(6, gt=0, description="of tiny: decoder layers of SmolLM2 that are kept")


class Train(Section):
    """How the model is fine-tuned. The vision tower is frozen, as the paper has it."""

    OPERATIONAL = frozenset(
        {
            "samples_per_micro_batch", "checkpoint_every", "keep_checkpoints", "num_workers", "cpus_per_worker",
            "gpus_per_worker", "max_failures",
        }
    )  # fmt: skip

    seed: int = Field(0, ge=0, description="of the order of samples")
    window: int = Field(64, gt=0, description="row groups (128 pictures) that are mixed; ours")
    samples_per_step: int = Field(128, gt=0, description="global batch; the paper says 128 and 512")
    max_steps: int | None = Field(None, gt=0, description="null trains one epoch")
    learning_rate: float = Field(2e-5, gt=0, description="Pangea's; CulturalPangea's is not published")
    warmup_share: Share = Field(0.03, description="Pangea's")
    weight_decay: float = Field(0.0, ge=0, description="Pangea's")
    max_grad_norm: float = Field(1.0, gt=0, description="ours")
    dtype: Literal["float32", "bfloat16"] = Field("bfloat16", description="of forward and backward")
    samples_per_micro_batch: int = Field(2, gt=0, description="of one forward pass on one rank")
    checkpoint_every: int = Field(200, gt=0, description="steps")
    keep_checkpoints: int = Field(2, gt=0, description="the newest; each has 12 bytes for every parameter that learns")
    num_workers: int = Field(8, gt=0, description="ranks")
    cpus_per_worker: float = Field(4.0, gt=0)
    gpus_per_worker: float = Field(1.0, ge=0, description="0 trains on CPUs")
    max_failures: int = Field(10, ge=0, description="ranks may die so often before the run stops")
