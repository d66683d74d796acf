"""Settings of the model and of its training. What the paper does not say is our own default, marked so."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipeline.config import Section, Share


class Model(Section):
    """The model that training starts from."""

    base: str = Field(
        "neulab/Pangea-7B-hf",
        description="tiny, a folder, an s3:// address, or a model id of the hub: a LlavaNext, or LLaVA's own layout",
    )
    revision: str | None = Field(None, description="commit of a model id")
    tower: str | None = Field(
        None,
        description="of a checkpoint in LLaVA's own layout: its CLIP, a folder, an s3:// address or MODEL@COMMIT; null "
        "takes the one that its config.json names",
    )
    num_layers: int = Field(6, gt=0, description="of tiny: decoder layers of SmolLM2 that are kept")


class MixturePart(Section):
    """Some of what is trained on."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="in figures and charts")
    data: str = Field(
        "assemble",
        description="this run's shards, or an import: the folder or s3:// prefix of its --to",
    )
    kinds: tuple[Literal["open", "choice"], ...] = Field(("open", "choice"), min_length=1, description="of questions")
    times: float | None = Field(
        None, gt=0, description="how often each sample is met in an epoch; 0.25 meets another quarter in each"
    )
    share: float | None = Field(
        None, gt=0, le=1, description="of all samples of an epoch, as long as none has to be met twice"
    )


class LoraSetting(Section):
    """Low-rank matrices that learn instead of the decoder."""

    rank: int = Field(64, gt=0, description="ours")
    alpha: float = Field(128.0, gt=0, description="matrices are scaled by alpha / rank; ours")
    targets: tuple[str, ...] | None = Field(None, description="such as q_proj; null: every linear layer of the decoder")


class Train(Section):
    """How the model is fine-tuned. The vision tower is frozen, as the paper has it."""

    OPERATIONAL = frozenset(
        {
            "rows_per_micro_batch", "checkpoint_every", "keep_checkpoints", "num_workers", "min_workers",
            "cpus_per_worker", "gpus_per_worker", "max_failures", "feeding_threads", "micro_batches_ahead",
            "memory_mb", "recompute", "compile", "on_corrupt", "validation_every", "validation_samples",
        }
    )  # fmt: skip

    mixture: tuple[MixturePart, ...] = Field(
        (MixturePart(name="culturalground", times=1.0),), min_length=1, description="interleaved evenly"
    )
    mode: Literal["paper", "grouped", "packed", "grouped_packed"] = Field(
        "paper",
        description="paper: a question a sequence, a sequence a row; grouped: the questions of a picture behind it, "
        "none sees another; packed: several sequences a row, apart from each other; both",
    )
    see_earlier: bool = Field(False, description="grouped: later questions of a picture see earlier ones, as in a chat")
    supervised: Literal["clean", "pangea"] = Field(
        "clean", description="answers alone, or the frame of every turn too, as Pangea's script has it"
    )
    max_tokens: int = Field(8192, gt=0, description="of a sequence; a longer sample is left out, never cut; Pangea's")
    row_tokens: int = Field(8192, gt=0, description="packed: of a row; ours")
    seed: int = Field(0, ge=0, description="of the order of samples")
    window: int = Field(64, gt=0, description="row groups (128 pictures) that are mixed; ours")
    samples_per_step: int = Field(128, gt=0, description="global batch, questions; the paper says 128 and 512")
    epochs: int = Field(1, gt=0, description="Pangea's")
    max_steps: int | None = Field(None, gt=0, description="null trains all epochs")
    learning_rate: float | None = Field(
        2e-5, gt=0, description="of the language model; Pangea's; CulturalPangea's is not published; null freezes it"
    )
    connector_learning_rate: float | None = Field(2e-5, gt=0, description="null freezes it; ours")
    tower_learning_rate: float | None = Field(None, gt=0, description="null freezes it, as the paper; Pangea's is 2e-6")
    lora: LoraSetting | None = Field(None, description="null: all weights of the decoder learn")
    warmup_share: Share = Field(0.03, description="Pangea's")
    weight_decay: float = Field(0.0, ge=0, description="Pangea's")
    max_grad_norm: float = Field(1.0, gt=0, description="ours")
    dtype: Literal["float32", "bfloat16"] = Field("bfloat16", description="of forward and backward")
    attention: Literal["sdpa", "flex_attention"] = Field("sdpa", description="flex_attention for packed rows on GPUs")
    recompute: Literal["none", "selective", "layer"] = Field(
        "selective", description="what the backward pass makes a second time instead of keeping it, to save memory"
    )
    compile: bool = Field(False, description="decoder layers, with torch.compile: for GPUs")
    rows_per_micro_batch: int = Field(2, gt=0, description="of one forward pass on one rank")
    on_corrupt: Literal["stop", "skip"] = Field("stop", description="a sample that cannot be read; skip counts it")
    feeding_threads: int = Field(4, gt=0, description="of a rank, that read, decode and tile")
    micro_batches_ahead: int = Field(8, gt=0, description="that a rank holds ready at most")
    memory_mb: float = Field(2000.0, gt=0, description="MB (1e6 bytes) of shards that a rank holds")
    on_non_finite: Literal["skip", "rewind", "stop"] = Field(
        "stop",
        description="a step whose loss or gradient is no number: not learned from; back to the last "
        "checkpoint, its samples left out; or the run stops",
    )
    on_spike: Literal["skip", "rewind", "stop"] = Field("skip", description="a step whose loss leaps; ours")
    spike_factor: float = Field(5.0, gt=1, description="times the median loss that is a leap; ours")
    spike_window: int = Field(50, gt=0, description="steps of that median")
    max_skipped: int = Field(5, ge=0, description="steps skipped in a row before the run stops")
    max_rewinds: int = Field(3, ge=0, description="of a run before it stops")
    validation_every: int | None = Field(500, gt=0, description="steps; and at the end; null never")
    validation_samples: int = Field(16, gt=0, description="of each language")
    checkpoint_every: int = Field(200, gt=0, description="steps")
    keep_checkpoints: int = Field(2, gt=0, description="the newest; each has 12 bytes for every parameter that learns")
    num_workers: int = Field(8, gt=0, description="ranks, at most")
    min_workers: int | None = Field(
        None, gt=0, description="ranks to go on with while machines are missing; null waits for all"
    )
    cpus_per_worker: float = Field(4.0, gt=0, description="cores of one rank")
    gpus_per_worker: float = Field(1.0, ge=0, description="0 trains on CPUs")
    max_failures: int = Field(10, ge=0, description="ranks may die so often before the run stops")

    @property
    def grouped(self) -> bool:
        """Whether questions of a picture share a sequence."""
        return self.mode.startswith("grouped")

    @property
    def packed(self) -> bool:
        """Whether sequences share rows."""
        return self.mode.endswith("packed")

    @model_validator(mode="after")
    def _amounts_are_of_one_kind(self) -> Train:
        names = [part.name for part in self.mixture]
        if len(set(names)) < len(names):
            raise ValueError("mixture: two parts have the same name")
        if all(part.times is not None and part.share is None for part in self.mixture):
            return self
        if any(part.share is None or part.times is not None for part in self.mixture):
            raise ValueError("mixture: give every part either `times` or `share`, the same of the two for all")
        total = sum(part.share or 0.0 for part in self.mixture)
        if abs(total - 1) > 1e-6:
            raise ValueError(f"mixture: the shares add up to {total:g}, not to 1")
        return self

    @model_validator(mode="after")
    def _rows_hold_sequences(self) -> Train:
        if self.packed and self.row_tokens < self.max_tokens:
            raise ValueError(
                f"row_tokens ({self.row_tokens}): a row must hold a sequence of max_tokens ({self.max_tokens})"
            )
        if self.see_earlier and not self.grouped:
            raise ValueError(f"see_earlier: only where questions share a sequence; mode is {self.mode}")
        if self.min_workers is not None and self.min_workers > self.num_workers:
            raise ValueError(f"min_workers ({self.min_workers}): more than num_workers ({self.num_workers})")
        return self
