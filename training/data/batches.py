"""What a plan says of a micro-batch, made into its tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.dialogue import exchanges
from training.data.encode import Sample, Supervised, encode_items
from training.data.rows import Rows, make_rows
from training.data.rows import Sequence as Tokens
from training.data.sequence import Placed, alone, behind_one_picture

# Rows, of sequences, of positions of samples.
Batch = tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True)
class Encoder:
    """Samples of a row's items, one of each; or one of all, which then is a conversation about the picture.

    Attributes:
        processor: a LlavaNextProcessor.
        supervised: see `encode.encode_items`.
        as_conversation: later questions see earlier ones.
    """

    processor: Any
    supervised: Supervised
    as_conversation: bool = False

    def __call__(self, image: bytes | None, items: Sequence[Mapping[str, Any]]) -> list[Sample]:
        asked = [_conversation(items)] if self.as_conversation and len(items) > 1 else items
        return encode_items(self.processor, image, asked, self.supervised)


@dataclass(frozen=True)
class Maker:
    """Micro-batches from the positions of their samples.

    Attributes:
        samples: what an `Encoder` makes of the samples at some positions of one row; None where they cannot be read.
        mark: token that stands for the picture.
        pad_id: token that fills rows up.
        row_tokens: places of every row; None makes them as long as the longest.
    """

    samples: Callable[[Sequence[int]], list[Sample] | None]
    mark: int
    pad_id: int
    row_tokens: int | None = None

    def __call__(self, batch: Batch) -> Rows | None:
        """The tensors; None where nothing of it can be read."""
        rows = [[made for positions in row if (made := self._sequence(positions)) is not None] for row in batch]
        kept = [row for row in rows if row]
        return make_rows(kept, self.pad_id, self.row_tokens) if kept else None

    def _sequence(self, positions: Sequence[int]) -> Tokens | None:
        samples = self.samples(positions)
        if samples is None:
            return None
        if len(samples) == 1:
            return alone(Placed(samples[0], positions[0]))
        placed = [Placed(sample, position) for sample, position in zip(samples, positions, strict=True)]
        return behind_one_picture(placed, self.mark)


def _conversation(items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """One item that asks all of them, each as one of its turns."""
    (first, *rest), *others = (exchanges(item) for item in items)
    later = [*rest, *(turn for turns in others for turn in turns)]
    turns = [{"question": question, "answer": answer} for question, answer in later]
    return {"kind": "open", "question": first[0], "answer": first[1], "later_turns": turns}
