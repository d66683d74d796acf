"""The small model of `evaluation.py`: a LlavaNext that has learned to answer in a word, as models under test do.

The first layers of a language model alone say nothing that ends. A few steps on some of the questions make them
answer; how good the answers are is not the point, but they must not all be wrong, nor all the same.
"""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import cross_entropy

from eval.tasks.short_answer import PROMPT
from training.model.export import export
from training.model.tiny import build, smollm2

NUM_LAYERS = 4
_STEPS, _ROWS, _RATE = 60, 10, 5e-4
_NOT_LEARNED = -100
_END = "<|im_end|>"


def write_model(folder: Path, benchmark: Path) -> Path:
    """Write it.

    Args:
        folder: absent.
        benchmark: a parquet file as `evaluation_data` writes it; the first half is learned.

    Returns:
        The folder.
    """
    draw = random.Random(0)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, processor = build(*smollm2(), NUM_LAYERS)
    # It is the head as well, and most of the model.
    model.get_input_embeddings().requires_grad_(requires_grad=False)
    rows = pq.read_table(benchmark)
    taught = rows.slice(0, len(rows) // 2).to_pylist()
    optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=_RATE)
    for _ in range(_STEPS):
        _loss(model, processor, draw.sample(taught, _ROWS)).backward()
        optimizer.step()
        optimizer.zero_grad()
    export(model, processor, folder, torch.float32)
    return folder


def _loss(model: Any, processor: Any, rows: list[dict[str, Any]]) -> Tensor:
    """Of the questions' most common answers; what stands before them is not learned."""
    tokenizer = processor.tokenizer
    answers = [tokenizer(row["multiple_choice_answer"] + _END).input_ids for row in rows]
    longest = max(map(len, answers))
    tokenizer.padding_side = "left"
    made = processor(
        images=[Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB") for row in rows],
        text=[f"{_prompt(processor, row['question'])}{row['multiple_choice_answer']}{_END}" for row in rows],
        padding=True,
        return_tensors="pt",
    )
    logits = model(**made, logits_to_keep=longest + 1).logits[:, :-1]
    wanted = torch.tensor([[_NOT_LEARNED] * (longest - len(answer)) + answer for answer in answers])
    return cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=_NOT_LEARNED)


def _prompt(processor: Any, question: str) -> str:
    turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": f"{question}\n{PROMPT}"}]}
    return str(processor.apply_chat_template([turn], add_generation_prompt=True))
