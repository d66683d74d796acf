"""Steps of the training loop over made samples, on one device: what the benchmark of training times."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.optim import AdamW

from benchmarks.training_shapes import Maker, Sample, by_picture
from training.data.mask import Attention, attention_mask
from training.data.rows import IGNORED, Rows, make_rows
from training.flops import Work
from training.model.parallel import trainable
from training.plan.layout import Layout, lay_out
from training.step import Groups, Prepared, accumulate, scale_gradients

ONE_GROUP = Groups({"source": ("all",)}, {"source": torch.zeros(1, dtype=torch.int64)})


@dataclass(frozen=True)
class Batching:
    """How samples become micro-batches.

    Attributes:
        most_behind_a_picture: questions in one sequence.
        row_tokens: places of a packed row; None pads each sequence to the longest of its micro-batch.
        rows: of a micro-batch.
    """

    most_behind_a_picture: int
    row_tokens: int | None
    rows: int

    def prepared(self, make: Maker, drawn: Sequence[Sample]) -> list[Prepared]:
        """Micro-batches of a step, in an order of their own."""
        groups = by_picture(drawn, self.most_behind_a_picture)
        random.Random(0).shuffle(groups)
        sequences = [make(group) for group in groups]
        if self.row_tokens is None:
            batches = [sequences[at : at + self.rows] for at in range(0, len(sequences), self.rows)]
            return [Prepared.of(make_rows([[each] for each in batch], 0)) for batch in batches]
        [laid] = lay_out([len(each) for each in sequences], Layout(self.row_tokens, self.rows), 1)
        return [
            Prepared.of(make_rows([[sequences[place] for place in row] for row in batch], 0, self.row_tokens))
            for batch in laid
            if batch is not None
        ]


class Step:
    """A step of the training loop on one device, over and over.

    Args:
        model: sharded over the one rank.
        attention: of its decoder layers.
        batches: of the step.
    """

    def __init__(self, model: Any, attention: Attention, batches: Sequence[Prepared]) -> None:
        self.model, self.attention, self.batches = model, attention, batches
        self.device = next(parameter.device for _, parameter in trainable(model))
        self.optimizer = AdamW([parameter for _, parameter in trainable(model)], lr=1e-5, fused=True)

    @property
    def work(self) -> Work:
        total = Work(0, 0, 0, 0)
        for batch in self.batches:
            total += batch.work
        return total

    def __call__(self) -> float:
        """Seconds that it took."""
        started = time.perf_counter()
        sums = accumulate(
            self.model, ((batch, 0.0) for batch in self.batches), attention=self.attention, groups=ONE_GROUP,
            device=self.device, vote=0,
        )  # fmt: skip
        scale_gradients(self.model, sums.work.num_supervised, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - started


def head_everywhere(model: Any, rows: Rows) -> torch.Tensor:
    """The loss as it is commonly computed: logits of every place, then those that count."""
    pictures = {} if rows.pixel_values is None else {"pixel_values": rows.pixel_values, "image_sizes": rows.image_sizes}
    logits = model(
        input_ids=rows.input_ids, position_ids=rows.positions, attention_mask=attention_mask(rows, "sdpa"),
        use_cache=False, **pictures,
    ).logits.float()  # fmt: skip
    return cross_entropy(logits.flatten(0, 1), rows.targets.flatten(), ignore_index=IGNORED, reduction="sum")
