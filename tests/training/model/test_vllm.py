"""vLLM and transformers choose the same next token with an exported model."""

from __future__ import annotations

import io
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.training.toy import toy_item

pytestmark = [pytest.mark.slow, pytest.mark.vllm]

SIDE_PX = 28
SIZES = [[SIDE_PX, 2 * SIDE_PX], [2 * SIDE_PX, SIDE_PX], [2 * SIDE_PX, 2 * SIDE_PX]]
# And the picture that each is about.
PROMPTS: list[tuple[str, int | None]] = [
    ("<image>\nWhat is shown in this picture?", 0),
    ("<image>\nWhat is shown in this picture?", 1),
    ("<image>\nWhat is shown in this picture?", 2),
    ("<image>\nThe capital of France is", 0),
    ("The capital of France is", None),
    ("Once upon a", None),
]


def picture(number: int) -> Image.Image:
    return Image.open(io.BytesIO(toy_item(number)[0])).convert("RGB")


def vllm_choices(folder: str) -> list[tuple[int, float]]:
    """In a process of its own, which ends with its engine."""
    from pipeline.torchvision_remedy import ensure

    ensure()
    os.environ.update(VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_CPU_OMP_THREADS_BIND="nobind", HF_HUB_OFFLINE="1")
    os.environ.update(VLLM_NO_USAGE_STATS="1", VLLM_LOGGING_LEVEL="ERROR")
    from vllm import LLM, SamplingParams

    engine = LLM(
        folder, dtype="float32", enforce_eager=True, max_model_len=512, max_num_seqs=4, disable_log_stats=True,
        kv_cache_memory_bytes=2**27, limit_mm_per_prompt={"image": 1},
    )  # fmt: skip
    inputs: Any = [
        {"prompt": prompt, **({} if shown is None else {"multi_modal_data": {"image": picture(shown)}})}
        for prompt, shown in PROMPTS
    ]
    replies = engine.generate(inputs, SamplingParams(temperature=0, max_tokens=1, logprobs=1), use_tqdm=False)
    chosen = [reply.outputs[0] for reply in replies]
    return [(each.token_ids[0], each.logprobs[0][each.token_ids[0]].logprob) for each in chosen]


def transformers_choices(folder: Path) -> list[tuple[int, float]]:
    from training.model.hugging_face import LlavaNextForConditionalGeneration, LlavaNextProcessor

    model = LlavaNextForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    processor = LlavaNextProcessor.from_pretrained(folder)
    found = []
    for prompt, shown in PROMPTS:
        images = {} if shown is None else {"images": picture(shown)}
        with torch.no_grad():
            logits = model(**processor(text=prompt, return_tensors="pt", **images)).logits[0, -1]
        token = int(logits.argmax())
        found.append((token, float(logits.log_softmax(0)[token])))
    return found


@pytest.mark.timeout(600)
def test_the_next_token_is_the_same(tmp_path: Path) -> None:
    """With adapters merged, pictures of several tiles in three shapes, and without a picture."""
    from training.model.export import export
    from training.model.lora import Lora, add_lora
    from training.model.parts import Rates, freeze
    from training.model.tiny import build, smollm2

    model, processor = build(*smollm2(), 4, SIDE_PX)
    model.config.image_grid_pinpoints = processor.image_processor.image_grid_pinpoints = SIZES
    freeze(model, Rates(connector=1.0, language_model=1.0))
    add_lora(model, Lora(4, 8.0))
    torch.manual_seed(0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name or "projector" in name:
            torch.nn.init.normal_(parameter, std=0.3 if "projector" in name else 0.01)
    export(model, processor, tmp_path, torch.float32)
    expected = transformers_choices(tmp_path)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(vllm_choices, str(tmp_path)).result()
    assert [token for token, _ in found] == [token for token, _ in expected]
    assert [chance for _, chance in found] == pytest.approx([chance for _, chance in expected], abs=1e-3)
    assert len({round(chance, 2) for _, chance in expected[:3]}) == 3, "what is chosen depends on the picture"
    assert len({token for token, _ in expected}) > 2
