"""Pictures stand where a prompt has its marks, in order, whatever is between them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from eval.request import request
from eval.tasks.marks import MARK
from eval.tasks.task import Item
from pipeline.generation.request import Request, request_key

ITEM = Item("1", "en", None, (), "What is this?", "open", (), ("bread",), None, {}, "1")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="<>"), max_size=8)


def told(made: Request) -> list[str | bytes]:
    """What the model sees, in its order."""
    parts: list[str | bytes | None] = [made.image, made.user]
    for piece in made.more:
        parts += [piece.image, piece.text]
    return [part for part in parts if part]


@given(st.lists(TEXTS, min_size=2, max_size=5))
def test_each_picture_stands_at_its_mark(texts: list[str]) -> None:
    pictures = tuple(bytes([number]) * 3 for number in range(1, len(texts)))
    made = request(replace(ITEM, prompt=MARK.join(texts), pictures=pictures), 16)
    expected: list[str | bytes] = [texts[0]]
    for picture, text in zip(pictures, texts[1:], strict=True):
        expected += [picture, text]
    assert told(made) == [part for part in expected if part]
    assert [digest for _, digest in made.images] == [hashlib.sha256(picture).hexdigest() for picture in pictures]


@given(st.integers(0, 4))
def test_without_marks_all_pictures_come_first(number: int) -> None:
    pictures = tuple(bytes([position + 1]) for position in range(number))
    assert told(request(replace(ITEM, pictures=pictures), 16)) == [*pictures, ITEM.prompt]


def test_the_key_knows_further_pictures_and_their_texts() -> None:
    marked = replace(ITEM, prompt=f"{MARK} or {MARK}?", pictures=(b"one", b"two"))
    keys = {
        request_key(request(item, 16), "model", "1")
        for item in (
            marked, replace(marked, pictures=(b"one", b"three")), replace(marked, prompt=f"{MARK} and {MARK}?"),
            replace(marked, pictures=(b"two", b"one")),
        )
    }  # fmt: skip
    assert len(keys) == 4
