"""Sequences side by side, and questions behind one picture, learn what each learns alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.toy import toy_item, toy_model
from training.data.encode import Sample, encode
from training.data.mask import attention_mask, dense_mask
from training.data.rows import FILL, IGNORED, Sequence, make_rows
from training.data.sequence import Placed, alone, behind_one_picture
from training.loss import token_loss_sum

QUESTIONS = ("What is shown in this picture?", "Which country is it from?", "What is it made of?", "Why?")


@pytest.fixture(scope="module")
def toy() -> tuple[Any, Any]:
    """A model in evaluation, and its processor."""
    model, processor = toy_model(2)
    return model.eval(), processor


def sample(processor: Any, number: int, *, picture: bool = True, question: str = QUESTIONS[0]) -> Sample:
    image, item = toy_item(number)
    return encode(processor, image if picture else None, {**item, "question": question})


def loss(model: Any, processor: Any, rows: list[list[Sequence]], length: int | None = None) -> float:
    made = make_rows(rows, processor.tokenizer.pad_token_id, length)
    with torch.no_grad():
        return float(token_loss_sum(model, made))


def sequences(processor: Any, kinds: str) -> list[Sequence]:
    """`p` with a picture, `t` without, `g` three questions behind one."""
    made = []
    for number, kind in enumerate(kinds):
        asked = QUESTIONS[1:] if kind == "g" else QUESTIONS[:1]
        placed = [Placed(sample(processor, number, picture=kind != "t", question=each), number) for each in asked]
        made.append(behind_one_picture(placed, processor.image_token_id))
    return made


@settings(max_examples=15, deadline=None)
@given(data=st.data(), kinds=st.text("ptg", min_size=1, max_size=5))
def test_however_sequences_are_laid_out_the_loss_is_the_sum_of_their_own(
    toy: tuple[Any, Any], data: st.DataObject, kinds: str
) -> None:
    model, processor = toy
    made = sequences(processor, kinds)
    row_of = [data.draw(st.integers(0, 2)) for _ in made]
    rows = [[each for each, row in zip(made, row_of, strict=True) if row == number] for number in set(row_of)]
    longest = max(sum(map(len, row)) for row in rows)
    together = loss(model, processor, rows, longest + data.draw(st.integers(0, 9)))
    assert together == pytest.approx(sum(loss(model, processor, [[each]]) for each in made), rel=1e-5)


def test_questions_behind_a_picture_are_what_they_are_alone(toy: tuple[Any, Any]) -> None:
    model, processor = toy
    placed = [Placed(sample(processor, 1, question=each), number) for number, each in enumerate(QUESTIONS)]
    together = behind_one_picture(placed, processor.image_token_id)
    picture = int((placed[0].sample.input_ids == processor.image_token_id).nonzero()[-1]) + 1
    assert len(together) == sum(len(alone(each)) - picture for each in placed) + picture
    apart = sum(loss(model, processor, [[alone(each)]]) for each in placed)
    assert loss(model, processor, [[together]]) == pytest.approx(apart, rel=1e-5)


def test_another_sequence_or_question_changes_nobody_elses_logits(toy: tuple[Any, Any]) -> None:
    """Bit by bit what a place is told by those that it must not see: nothing."""
    model, processor = toy

    def logits(*asked: str) -> tuple[Sequence, torch.Tensor]:
        placed = [Placed(sample(processor, 1, question=each), number) for number, each in enumerate(asked)]
        row = [behind_one_picture(placed, processor.image_token_id), alone(Placed(sample(processor, 2), 9))]
        made = make_rows([row], 0)
        with torch.no_grad():
            found = model(
                input_ids=made.input_ids, position_ids=made.positions, use_cache=False,
                attention_mask=attention_mask(made, "sdpa"), pixel_values=made.pixel_values,
                image_sizes=made.image_sizes,
            ).logits[0]  # fmt: skip
        return row[0], found

    same_length = QUESTIONS[1].replace("country", "coumtry")
    (first, one), (second, two) = logits(QUESTIONS[1], QUESTIONS[0]), logits(same_length, QUESTIONS[0])
    assert len(first) == len(second)
    other = torch.cat([first.branches != 1, torch.ones(len(one) - len(first), dtype=torch.bool)])
    assert torch.allclose(one[other], two[other], atol=1e-5)
    assert not torch.allclose(one[~other], two[~other], atol=1e-4)


@given(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=3), st.integers(0, 3))
def test_the_mask_is_that_of_the_rule_read_out_loud(lengths: list[list[int]], more: int) -> None:
    made = [
        Sequence(*(torch.zeros(size, dtype=torch.int64) for _ in range(3)), torch.arange(size) % 3, torch.zeros(size))
        for size in (sum(row) for row in lengths)
    ]
    rows = make_rows([[each, made[0]] for each in made], 0, 2 * max(map(len, made)) + more)
    mask = dense_mask(rows.documents, rows.branches)[:, 0]
    for row, documents, branches in zip(mask, rows.documents.tolist(), rows.branches.tolist(), strict=True):
        for query in range(len(documents)):
            for key in range(len(documents)):
                seen = key <= query and documents[key] == documents[query] and branches[key] in (0, branches[query])
                assert bool(row[query, key]) == seen


def test_what_fills_a_row_up_is_nobodys(toy: tuple[Any, Any]) -> None:
    _, processor = toy
    made = make_rows([sequences(processor, "pt"), sequences(processor, "t")], 5, 200)
    fill = made.documents == FILL
    assert made.num_tokens == int((~fill).sum()) < fill.numel()
    assert (made.input_ids[fill] == 5).all()
    assert (made.targets[fill] == IGNORED).all()
    assert (made.owners[fill] == FILL).all()


def test_a_row_that_is_too_long_is_refused(toy: tuple[Any, Any]) -> None:
    _, processor = toy
    with pytest.raises(ValueError, match="does not fit into 20"):
        make_rows([sequences(processor, "p")], 0, 20)


def test_samples_with_different_beginnings_have_no_place_behind_one_picture(toy: tuple[Any, Any]) -> None:
    _, processor = toy
    with pytest.raises(ValueError, match="4 and 7"):
        behind_one_picture([Placed(sample(processor, 0), 4), Placed(sample(processor, 2), 7)], processor.image_token_id)
    with pytest.raises(ValueError, match="without a picture"):
        behind_one_picture([Placed(sample(processor, 0, picture=False), 0)] * 2, processor.image_token_id)


def test_pictures_of_every_shape_fit_the_tokens_reserved_for_them(toy: tuple[Any, Any]) -> None:
    model, processor = toy
    made = make_rows([[alone(Placed(sample(processor, number), number))] for number in range(6)], 0)
    logits = model(input_ids=made.input_ids, pixel_values=made.pixel_values, image_sizes=made.image_sizes).logits
    assert logits.shape[:2] == made.targets.shape
