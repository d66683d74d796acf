"""The small model of `evaluation.py`: a LlavaNext that has learned to answer in a word, as models under test do.

The first layers of a language model alone say nothing that ends. A few steps on some of the questions themselves are
enough to make them answer; how good the answers are is not the point, but they must not all be wrong.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import torch
from PIL import Image
from torch import Tensor

from eval.tasks.short_answer import PROMPT
from training.model.export import export
from training.model.tiny import build, smollm2

NUM_LAYERS, SIDE_PX = 4, 70
_STEPS, _ROWS, _RATE = 24, 10, 2e-4
_NOT_LEARNED = -100


def write_model(folder: Path, benchmark: Path) -> Path:
    """Write it.

    Args:
        folder: absent.
        benchmark: a parquet file as `evaluation_data` writes it; the first questions are learned.

    Returns:
        The folder.
    """
    torch.manual_seed(0)
    model, processor = build(*smollm2(), NUM_LAYERS, SIDE_PX)
    taught = pq.read_table(benchmark).slice(0, _STEPS * _ROWS // 2).to_pylist()
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE)
    model.train()
    for step in range(_STEPS):
        chosen = [taught[(step * _ROWS + at) % len(taught)] for at in range(_ROWS)]
        loss = model(**_batch(processor, chosen)).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    export(model.eval(), processor, folder, torch.float32)
    return folder


def _batch(processor: Any, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Prompts with their most common answers; only these are learned."""
    prompts = [_prompt(processor, row["question"]) for row in rows]
    texts = [f"{prompt}{row['multiple_choice_answer']}<|im_end|>" for prompt, row in zip(prompts, rows, strict=True)]
    pictures = [Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB") for row in rows]
    processor.tokenizer.padding_side = "right"
    made = dict(processor(images=pictures, text=texts, padding=True, return_tensors="pt"))
    answers = [
        len(processor.tokenizer(text[len(prompt) :]).input_ids) for text, prompt in zip(texts, prompts, strict=True)
    ]
    labels = made["input_ids"].clone()
    ends = made["attention_mask"].sum(dim=1)
    for row, (end, length) in enumerate(zip(ends, answers, strict=True)):
        labels[row, : end - length] = _NOT_LEARNED
        labels[row, end:] = _NOT_LEARNED
    return {**made, "labels": labels}


def _prompt(processor: Any, question: str) -> str:
    turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": f"{question}\n{PROMPT}"}]}
    return str(processor.apply_chat_template([turn], add_generation_prompt=True))
