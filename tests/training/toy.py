"""A LlavaNext of a few thousand weights with its own tokenizer, and ranks in processes on this machine."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing
from PIL import Image

from pipeline.torchvision_remedy import ensure
from tests.kit.seaweed import free_ports

ANSWERS = ("krar", "nasi goreng", "kimono", "Taj Mahal", "pizza", "balalaika")


def toy_model(num_layers: int = 2) -> tuple[Any, Any]:
    """The same weights each time."""
    ensure()
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from training.model.tiny import build

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    words.train_from_iterator([*ANSWERS, "What is shown in this picture?"], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    torch.manual_seed(7)
    language_model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=48, intermediate_size=96, num_hidden_layers=num_layers,
            num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
        )
    )  # fmt: skip
    return build(language_model, tokenizer, num_layers)


def toy_item(number: int) -> tuple[bytes, dict[str, Any]]:
    """A picture in a colour of its own and what it shows."""
    buffer = io.BytesIO()
    size = ((90, 60), (60, 90), (200, 50))[number % 3]
    Image.new("RGB", size, (40 * number % 256, 90, 200 - 30 * number % 200)).save(buffer, "JPEG")
    answer = ANSWERS[number % len(ANSWERS)]
    return buffer.getvalue(), {"kind": "open", "question": "What is shown in this picture?", "answer": answer}


def on_ranks(world_size: int, work: Callable[..., Any], folder: Path, *arguments: Any) -> Any:
    """Run `work(*arguments)` on so many gloo ranks, each a process; what rank 0 returned."""
    result = folder / f"result-{world_size}"
    [port] = free_ports(1)
    torch.multiprocessing.spawn(_rank, (world_size, port, work, result, arguments), nprocs=world_size)
    return pickle.loads(result.read_bytes())


def _rank(rank: int, world_size: int, port: int, work: Callable[..., Any], result: Path, arguments: Any) -> None:
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=world_size)
    try:
        found = work(*arguments)
        if rank == 0:
            result.write_bytes(pickle.dumps(found))
        dist.barrier()
    finally:
        dist.destroy_process_group()
