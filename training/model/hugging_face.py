"""What training takes from transformers, imported with torchvision's remedy in place: import it from here."""

from __future__ import annotations

from pipeline import torchvision_remedy

torchvision_remedy.ensure()

from transformers import (  # noqa: E402 - the remedy must come before
    AutoModelForCausalLM,
    AutoTokenizer,
    CLIPVisionConfig,
    CLIPVisionModel,
    GgufConfig,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessor,
    LlavaNextProcessor,
    Qwen2Config,
)
from transformers.utils import logging  # noqa: E402

# A run has progress lines of its own.
logging.disable_progress_bar()

__all__ = [
    "AutoModelForCausalLM",
    "AutoTokenizer",
    "CLIPVisionConfig",
    "CLIPVisionModel",
    "GgufConfig",
    "LlavaNextConfig",
    "LlavaNextForConditionalGeneration",
    "LlavaNextImageProcessor",
    "LlavaNextProcessor",
    "Qwen2Config",
]
