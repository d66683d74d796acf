"""Real vLLM sees the pictures of a benchmark where its prompt has them, as transformers does with the same model."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from PIL import Image

from eval.request import request
from eval.tasks.marks import MARK
from eval.tasks.task import Item
from tests.sample.drawn import drawings

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(600)]

MAX_TOKENS = 6
# Prompt, and which pictures it is about.
PROMPTS: list[tuple[str, tuple[int, ...]]] = [
    (f"The first is {MARK} and the second is {MARK}. What do they share?", (0, 1)),
    (f"The first is {MARK} and the second is {MARK}. What do they share?", (1, 0)),
    ("What do both pictures share?", (0, 1)),
    (f"{MARK}\nWhat is this?", (2,)),
    ("What is the capital of France?", ()),
]


def picture(number: int) -> bytes:
    """Small, so that it takes few tokens."""
    file = io.BytesIO()
    Image.open(io.BytesIO(drawings()[number])).resize((56, 28)).save(file, "PNG")
    return file.getvalue()


def item(prompt: str, shown: tuple[int, ...]) -> Item:
    return Item("1", "en", None, tuple(map(picture, shown)), prompt, "open", (), (), None, {}, "1")


def of_vllm(folder: str) -> list[tuple[str, int]]:
    """Replies and numbers of prompt tokens, in a process of its own, which ends with its engine."""
    from eval.settings import AskedModel
    from pipeline.generation.opening import open_engine

    settings = AskedModel(model=folder, num_gpus=0, max_model_len=1024, max_num_seqs=4, kv_cache_gb=0.25)

    async def ask() -> list[tuple[str, int]]:
        engine = open_engine(settings, max_pictures=2)
        try:
            replies = [await engine.generate(request(item(*told), MAX_TOKENS)) for told in PROMPTS]
        finally:
            await engine.close()
        assert [reply.error for reply in replies] == [None] * len(PROMPTS)
        return [(reply.text, reply.num_prompt_tokens) for reply in replies]

    return asyncio.run(ask())


def of_transformers(folder: Path) -> list[tuple[str, int]]:
    import torch

    from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor

    model = LlavaNextForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    processor = LlavaNextProcessor.from_pretrained(folder)
    found = []
    for prompt, shown in PROMPTS:
        texts = prompt.split(MARK) if MARK in prompt else [*[""] * len(shown), prompt]
        content: list[dict[str, str]] = [{"type": "text", "text": texts[0]}]
        for text in texts[1:]:
            content += [{"type": "image"}, {"type": "text", "text": text}]
        turns = [{"role": "user", "content": [part for part in content if part.get("text") != ""]}]
        text = processor.apply_chat_template(turns, add_generation_prompt=True)
        images = [Image.open(io.BytesIO(picture(number))).convert("RGB") for number in shown] or None
        inputs = processor(text=text, images=images, return_tensors="pt")
        made = model.generate(**inputs, max_new_tokens=MAX_TOKENS, do_sample=False)
        length = inputs["input_ids"].shape[1]
        found.append((processor.tokenizer.decode(made[0, length:], skip_special_tokens=True), length))
    return found


def test_pictures_stand_where_the_prompt_marks_them(tmp_path: Path) -> None:
    from training.model.tiny import write_tiny

    folder = write_tiny(tmp_path / "tiny", 2)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        ours = pool.submit(of_vllm, str(folder)).result()
    theirs = of_transformers(folder)
    assert ours == theirs
    assert ours[0] != ours[1], "the order of the pictures matters to this model"
