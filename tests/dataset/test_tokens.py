"""Token counts of the index against the real processor and what training makes of a sample."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.dataset.processor_files import counter_of, identity, load_processor, read_processor
from pipeline.dataset.tokens import PictureTokens, TokenCounter
from pipeline.errors import ConfigError
from tests.training.toy import toy_model

SIDES = st.integers(1, 700)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40).filter(lambda text: "<" not in text)
PANGEA = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]


@pytest.fixture(scope="module")
def small() -> Any:
    """The processor of the demo's model."""
    return toy_model(1)[1]


@pytest.fixture(scope="module")
def large(small: Any) -> Any:
    """The same with tiles as CulturalPangea's base model has them: its picture side alone."""
    from training.model.hugging_face import LlavaNextImageProcessor, LlavaNextProcessor

    pictures = LlavaNextImageProcessor(
        size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336}, image_grid_pinpoints=PANGEA
    )
    return LlavaNextProcessor(
        image_processor=pictures, tokenizer=small.tokenizer, patch_size=14, vision_feature_select_strategy="default",
        num_additional_image_tokens=1, image_token=small.image_token, chat_template=small.chat_template,
    )  # fmt: skip


def row_of(width: int, height: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"width": width, "height": height, "items": list(items)}


def item(
    question: str, answer: str, choices: list[str] | None = None, later: list[tuple[str, str]] | None = None
) -> dict[str, Any]:
    kind = "choice" if choices else "open"
    turns = [{"question": asked, "answer": told} for asked, told in later or ()] or None
    return {
        "kind": kind, "question": question, "answer": answer, "choices": choices, "answer_index": choices and 0,
        "later_turns": turns,
    }  # fmt: skip


def encoded(processor: Any, row: dict[str, Any]) -> list[tuple[int, int]]:
    """Picture tokens and other tokens of each item, as training encodes it."""
    from training.data.encode import encode

    buffer = io.BytesIO()
    if row["width"]:
        Image.new("RGB", (row["width"], row["height"]), (90, 20, 60)).save(buffer, "JPEG")
    ids = [encode(processor, buffer.getvalue() or None, each).input_ids.tolist() for each in row["items"]]
    return [(each.count(processor.image_token_id), len(each) - each.count(processor.image_token_id)) for each in ids]


@settings(max_examples=60)
@given(width=SIDES, height=SIDES, question=TEXT, answer=TEXT, wrong=TEXT)
def test_counts_are_those_of_what_training_encodes(
    small: Any, width: int, height: int, question: str, answer: str, wrong: str
) -> None:
    row = row_of(width, height, item(question, answer), item(question, answer, [answer, wrong]))
    tokens = TokenCounter(small).row(row)
    assert [(tokens.picture, text) for text in tokens.texts] == encoded(small, row)


@settings(max_examples=60)
@given(sides=st.tuples(SIDES, SIDES) | st.just((0, 0)), turns=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_so_are_those_of_several_turns_and_of_text_alone(
    small: Any, sides: tuple[int, int], turns: list[tuple[str, str]]
) -> None:
    (question, answer), *later = turns
    row = row_of(*sides, item(question, answer, later=later), item(question, answer))
    tokens = TokenCounter(small).row(row)
    assert [(tokens.picture, text) for text in tokens.texts] == encoded(small, row)
    assert (tokens.picture > 0) == (sides != (0, 0))


@settings(max_examples=40)
@given(width=st.integers(16, 1300), height=st.integers(16, 1300))
def test_tokens_of_a_picture_follow_from_its_size(large: Any, width: int, height: int) -> None:
    row = row_of(width, height, item("what?", "that"))
    [(picture, text)] = encoded(large, row)
    counted = TokenCounter(large).row(row)
    assert (counted.picture, counted.texts) == (picture, (text,))


@settings(max_examples=2000)
@given(width=st.integers(16, 5000), height=st.integers(16, 5000))
def test_the_rule_is_that_of_the_processor_on_any_size(large: Any, width: int, height: int) -> None:
    expected = large._get_num_multimodal_tokens([(height, width)])["num_image_tokens"]
    assert [TokenCounter(large).pictures.of(width, height)] == expected


def test_sizes_that_were_counted_by_hand() -> None:
    pangea = PictureTokens(336, 14, tuple((tall, wide) for tall, wide in PANGEA), 0)
    assert pangea.of(336, 336) == 576 + 576 + 24, "two tiles, of which the second is all padding"
    assert pangea.of(672, 672) == 576 + 4 * 576 + 48
    # As measured with the model itself.
    assert pangea.of(356, 312) == 1272


def test_a_processor_travels_as_bytes_and_its_bytes_are_its_name(small: Any, tmp_path: Path) -> None:
    small.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not read")
    given = read_processor(str(tmp_path))
    assert "model.safetensors" not in dict(given.files)
    row = row_of(90, 60, item("What is shown?", "krar"))
    assert counter_of(given).row(row) == TokenCounter(small).row(row)
    before = identity(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"other weights, the same processor")
    assert identity(str(tmp_path)) == before
    (tmp_path / "chat_template.jinja").write_text("{{ messages[0]['content'][1]['text'] }}<image>", encoding="utf-8")
    assert identity(str(tmp_path)) != before
    assert identity(None) is None
    assert identity("a/b@c0ffee") == "a/b@c0ffee"


def test_what_the_processor_leaves_out_comes_from_the_model(small: Any, tmp_path: Path) -> None:
    """Pangea's own files say no patch_size."""
    small.save_pretrained(tmp_path)
    path = tmp_path / "processor_config.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    for name in ("patch_size", "vision_feature_select_strategy", "num_additional_image_tokens"):
        raw.pop(name)
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no patch_size.*config\.json"):
        load_processor(dict(read_processor(str(tmp_path)).files))
    (tmp_path / "config.json").write_text(json.dumps({"vision_config": {"patch_size": 14}}), encoding="utf-8")
    row = row_of(300, 100, item("What is shown?", "krar"))
    assert TokenCounter(load_processor(dict(read_processor(str(tmp_path)).files))).row(row) == TokenCounter(small).row(
        row
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/nowhere/at/all", "holds no processor"),
        ("owner/model", "give its commit, owner/model@COMMIT"),
    ],
)
def test_what_names_no_processor_is_refused(name: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        read_processor(name)
    assert "assemble.processor" in str(caught.value)


def test_files_that_are_no_processor_are_refused(tmp_path: Path) -> None:
    (tmp_path / "processor_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"assemble\.processor: holds no processor of a LlavaNext"):
        counter_of(read_processor(str(tmp_path)))
