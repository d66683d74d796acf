"""What is supervised of a conversation, and batches in which some samples have a picture and some have none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.dialogue import exchanges, pieces
from pipeline.errors import ConfigError
from tests.training.toy import toy_item, toy_model
from training.data.encode import Sample, encode, encode_items, num_supervised
from training.data.rows import IGNORED, Rows, make_rows
from training.data.sequence import Placed, alone
from training.data.supervised import ChatTokens
from training.loss import token_loss_sum

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<"), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def toy() -> tuple[Any, Any]:
    """A model in evaluation, and its processor."""
    model, processor = toy_model(1)
    return model.eval(), processor


def conversation(*turns: tuple[str, str]) -> dict[str, Any]:
    (question, answer), *later = turns
    turns_after = [{"question": asked, "answer": told} for asked, told in later]
    return {"kind": "open", "question": question, "answer": answer, "later_turns": turns_after or None}


def samples(processor: Any, *kinds: str) -> list[Sample]:
    """Encoded samples: `p` with a picture, `t` without, in capitals with several turns."""
    made = []
    for number, kind in enumerate(kinds):
        image, item = toy_item(number)
        if kind.isupper():
            item = conversation((item["question"], item["answer"]), ("And where from?", "kimono"), ("Why?", "pizza"))
        made.append(encode(processor, image if kind.lower() == "p" else None, item))
    return made


def collated(samples: Sequence[Sample], pad: int) -> Rows:
    """A row for each."""
    return make_rows([[alone(Placed(sample, 0))] for sample in samples], pad)


@settings(max_examples=50)
@given(turns=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), picture=st.booleans())
def test_all_answers_are_supervised_and_nothing_else(
    toy: tuple[Any, Any], turns: list[tuple[str, str]], picture: bool
) -> None:
    _, processor = toy
    sample = encode(processor, toy_item(0)[0] if picture else None, conversation(*turns))
    end = processor.tokenizer.eos_token
    learned = processor.tokenizer.decode(sample.labels[sample.labels != IGNORED])
    assert learned == "".join(answer + end for _, answer in turns)
    assert torch.equal(sample.input_ids[sample.labels != IGNORED], sample.labels[sample.labels != IGNORED])


@settings(max_examples=50)
@given(turns=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4), picture=st.booleans())
def test_pieces_joined_are_the_conversation_as_the_template_writes_it(
    toy: tuple[Any, Any], turns: list[tuple[str, str]], picture: bool
) -> None:
    _, processor = toy
    item = conversation(*turns)
    assert exchanges(item) == turns
    messages: list[dict[str, Any]] = []
    for question, answer in turns:
        messages.append({"role": "user", "content": [{"type": "text", "text": question}]})
        messages.append({"role": "assistant", "content": [{"type": "text", "text": answer}]})
    if picture:
        messages[0]["content"].insert(0, {"type": "image"})
    written = processor.apply_chat_template(messages)
    assert "".join(text for piece in pieces(processor, item, picture=picture) for text in piece) + "\n" == written


def test_a_question_with_what_holds_the_place_of_answers(toy: tuple[Any, Any]) -> None:
    _, processor = toy
    item = conversation(("a\ufdd0b\ufdd0\ufdd0?", "c"), ("d\ufdd0?", "e"))
    texts = [text for piece in pieces(processor, item, picture=False) for text in piece]
    assert "a\ufdd0b\ufdd0\ufdd0?" in texts[0]
    assert "d\ufdd0?" in texts[2]


@pytest.mark.parametrize("kinds", ["pt", "tp", "TPtp", "ttp", "t", "Tt", "pp"])
def test_the_loss_of_a_mixed_batch_is_the_sum_of_those_of_its_samples(toy: tuple[Any, Any], kinds: str) -> None:
    model, processor = toy
    made = samples(processor, *kinds)
    pad = processor.tokenizer.pad_token_id
    batch = collated(made, pad)
    assert (batch.pixel_values is not None) == ("p" in kinds.lower())
    with torch.no_grad():
        together = token_loss_sum(model, batch)
        alone = sum(float(token_loss_sum(model, collated([sample], pad))) for sample in made)
    assert float(together) == pytest.approx(alone, rel=1e-4)
    assert num_supervised(made[0]) > 0


def test_pictures_stay_with_their_samples(toy: tuple[Any, Any]) -> None:
    """Another picture in the second sample changes its loss alone."""
    model, processor = toy
    pad = processor.tokenizer.pad_token_id
    _, item = toy_item(0)
    first, text, second, other = (
        encode(processor, image, item) for image in (toy_item(0)[0], None, toy_item(3)[0], toy_item(5)[0])
    )

    def logits(*batch: Sample) -> torch.Tensor:
        rows = collated(batch, pad)
        with torch.no_grad():
            found: torch.Tensor = model(
                input_ids=rows.input_ids, pixel_values=rows.pixel_values, image_sizes=rows.image_sizes
            ).logits
        return found

    one, two = logits(first, text, second), logits(first, text, other)
    assert torch.allclose(one[0, : len(first.input_ids)], two[0, : len(first.input_ids)], atol=1e-5)
    assert torch.allclose(one[1, : len(text.input_ids)], two[1, : len(text.input_ids)], atol=1e-5)
    assert not torch.allclose(one[2, : len(second.input_ids)], two[2, : len(second.input_ids)], atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(asked=st.lists(TEXT, min_size=1, max_size=3), picture=st.booleans())
def test_items_of_a_row_together_are_what_the_processor_makes_of_each(
    toy: tuple[Any, Any], asked: list[str], picture: bool
) -> None:
    _, processor = toy
    image = toy_item(1)[0] if picture else None
    items = [conversation((question, "pizza")) for question in asked]
    for item, sample in zip(items, encode_items(processor, image, items), strict=True):
        [(prompt, answer)] = pieces(processor, item, picture=picture)
        shown = {"images": Image.open(io.BytesIO(image))} if image else {}
        whole = processor(text=prompt + answer, return_tensors="pt", **shown)
        assert torch.equal(sample.input_ids, whole["input_ids"][0])
        if sample.pixel_values is None:
            assert not picture
        else:
            assert torch.equal(sample.pixel_values, whole["pixel_values"][0])


def test_pangea_supervises_the_frame_of_every_turn(toy: tuple[Any, Any]) -> None:
    """Token by token: the rule of its script, read out loud over a conversation of two turns."""
    _, processor = toy
    item = conversation(("a\nb?", "krar"), ("Why?", "kimono"))
    sample = encode(processor, toy_item(0)[0], item, "pangea")
    clean = encode(processor, toy_item(0)[0], item)
    assert torch.equal(sample.input_ids, clean.input_ids)
    words = processor.tokenizer.convert_ids_to_tokens(sample.input_ids.tolist())
    newline = processor.tokenizer.convert_ids_to_tokens(processor.tokenizer("\n")["input_ids"])[0]
    role, opened = "", 0
    for place, word in enumerate(words):
        if word == "<|im_start|>":
            opened = place
            role = processor.tokenizer.decode(sample.input_ids[place + 1 :]).split("\n")[0]
        frame = word in ("<|im_start|>", "<|im_end|>", newline)
        learned = bool(sample.labels[place] != IGNORED)
        assert learned == (frame or (role == "assistant" and place > opened)), (place, word)
        assert int(sample.labels[place]) in (IGNORED, int(sample.input_ids[place]))
    more = (sample.labels != IGNORED) & (clean.labels == IGNORED)
    assert set(processor.tokenizer.decode(sample.input_ids[more])) <= set("<|im_start|>assistant<|im_end|>\n")


def test_pangea_needs_the_tokens_of_chatml() -> None:
    class Without:
        """A tokenizer without them."""

        def get_vocab(self) -> dict[str, int]:
            return {"<|im_start|>": 1}

        def __call__(self, text: str, **_: Any) -> dict[str, list[int]]:
            return {"input_ids": [5]}

    with pytest.raises(ConfigError, match=r"train\.supervised: pangea.*use clean"):
        ChatTokens.of(Without())
