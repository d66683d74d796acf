"""What a LlavaNext's processor must know of its model, put right where published ones leave it out.

`neulab/Pangea-7B-hf` comes with `patch_size: null` and without the count of the tower's class token; transformers then
reserves no or too few tokens for a picture.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from pipeline.errors import UserError
from training.model.hugging_face import LlavaNextConfig, LlavaNextProcessor

# ChatML as Qwen2 and Pangea have it, with the system turn that they were trained with.
CHATML = (
    "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>\n{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_CLASS = "LlavaNextProcessor"
_VALUES = ("patch_size", "vision_feature_select_strategy", "num_additional_image_tokens")


def complete(processor: Any, config: Any) -> Any:
    """Set what follows from the model, and ChatML where there is no chat template that has a place for a picture.

    Args:
        processor: a LlavaNextProcessor; changed in place.
        config: the model's LlavaNextConfig.

    Returns:
        The processor.

    Raises:
        UserError: the two are of different models, or there is no template and the tokenizer does not know ChatML.
    """
    processor.patch_size = config.vision_config.patch_size
    processor.vision_feature_select_strategy = config.vision_feature_select_strategy
    # CLIP has a class token before its patches, other towers have none.
    processor.num_additional_image_tokens = int(config.vision_config.model_type == "clip_vision_model")
    if processor.image_token_id != config.image_token_index:
        raise UserError(
            f"{processor.image_token} is token {processor.image_token_id} of the tokenizer, the model's config says "
            f"image_token_index {config.image_token_index}: take tokenizer and config of one model"
        )
    if not _shows_pictures(processor):
        if "<|im_start|>" not in processor.tokenizer.get_vocab():
            raise UserError("the processor has no chat template with a place for a picture: add chat_template.jinja")
        processor.chat_template = CHATML
    return processor


def mend(folder: Path) -> None:
    """Complete the processor of a model folder; files that say all already keep their bytes.

    Raises:
        UserError: as `complete` does.
    """
    processor = LlavaNextProcessor.from_pretrained(folder)
    template = processor.chat_template
    try:
        complete(processor, LlavaNextConfig.from_pretrained(folder))
    except UserError as error:
        raise UserError(f"{folder}: {error}") from error
    path = folder / "processor_config.json"
    said = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    whole = {"processor_class": _CLASS, **said, **{name: getattr(processor, name) for name in _VALUES}}
    if whole != said:
        path.write_text(json.dumps(whole, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if processor.chat_template != template:
        (folder / "chat_template.json").unlink(missing_ok=True)
        (folder / "chat_template.jinja").write_text(processor.chat_template, encoding="utf-8")


def _shows_pictures(processor: Any) -> bool:
    message = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "?"}]}
    try:
        return str(processor.apply_chat_template([message])).count(processor.image_token) == 1
    except (ValueError, TypeError, TemplateError):
        return False
