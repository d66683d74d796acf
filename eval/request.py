"""From an item of a benchmark to what a model is asked."""

from __future__ import annotations

import hashlib

from eval.tasks.marks import MARK
from eval.tasks.task import Item
from pipeline.generation.request import Piece, Request


def request(item: Item, max_tokens: int) -> Request:
    """Greedy. Pictures stand at their marks, and all before the text where the prompt has none.

    Args:
        item: with as many pictures as marks, or without marks.
        max_tokens: of the reply.
    """
    shown = [(picture, hashlib.sha256(picture).hexdigest()) for picture in item.pictures]
    texts = item.prompt.split(MARK)
    if len(texts) == 1:
        texts = ["", *[""] * (len(shown) - 1), *texts] if shown else texts
    first, *rest = texts
    if shown and not first:
        # The usual case: a picture, then text.
        (image, digest), *shown = shown
        first, *rest = rest
        start = {"image": image, "image_sha256": digest}
    else:
        start = {}
    pieces = tuple(Piece(image, digest, text) for (image, digest), text in zip(shown, rest, strict=True))
    return Request(
        system="", user=first, max_tokens=max_tokens, temperature=0.0, seed=0, language=item.language, more=pieces,
        **start,  # type: ignore[arg-type]
    )  # fmt: skip
