"""Which tokens of a prompt Pangea's training script supervises: those of ChatML's frame, in every turn.

It masks system and user turns, then takes the mask off every `<|im_start|>`, `<|im_end|>` and newline token, user turns
included, and the header of an assistant's turn counts as the assistant's. We learn nothing from that; it is offered so
that a run can be compared with Pangea's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pipeline.errors import ConfigError
from training.data.rows import IGNORED

_START, _END = "<|im_start|>", "<|im_end|>"


@dataclass(frozen=True)
class ChatTokens:
    """Ids of ChatML's own tokens in a vocabulary."""

    start: int
    end: int
    newline: int

    @classmethod
    def of(cls, tokenizer: Any) -> ChatTokens:
        """Those of a tokenizer.

        Raises:
            ConfigError: it has none.
        """
        words = tokenizer.get_vocab()
        newline = tokenizer("\n", add_special_tokens=False)["input_ids"]
        if _START not in words or _END not in words or len(newline) != 1:
            raise ConfigError(
                f"train.supervised: pangea supervises {_START}, {_END} and the newline; this model's tokenizer does "
                "not have all three as tokens; use clean"
            )
        return cls(words[_START], words[_END], newline[0])

    def of_prompt(self, input_ids: Tensor) -> Tensor:
        """Labels of what stands before an answer, shape (length,); the assistant's header is its last."""
        kept = torch.isin(input_ids, torch.tensor([self.start, self.end, self.newline]))
        headers = (input_ids == self.start).nonzero()
        if len(headers):
            kept[int(headers[-1]) :] = True
        return torch.where(kept, input_ids, torch.full_like(input_ids, IGNORED))
