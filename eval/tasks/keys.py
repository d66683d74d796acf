"""What must not be taught, from the items of a benchmark: rows of the table that decontamination reads."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from PIL import Image

from eval.tasks.task import Item
from pipeline import vocabulary


class Key(NamedTuple):
    """A row; what is None is not told by it."""

    qid: int | None = None
    phash: int | None = None
    question: str | None = None
    language: str | None = None
    answer: str | None = None


class BenchmarkKeys:
    """The keys of items, each once.

    Entities and pictures of every item; questions of items that are asked one in a language that is taught here. A
    question stands together with each of its answers where a model answers freely, and alone where it chooses or the
    answers are not public. Two pictures that are joined side by side are hashed as one and, cut in the middle, as two:
    where their widths differ, the halves are not the photographs that they were joined of, and may not be found.

    Attributes:
        num_unhashed: pictures that have no hash.
    """

    def __init__(self, picture_hash: Callable[[bytes], int | None]) -> None:
        """Keys of no item yet.

        Args:
            picture_hash: from a picture's bytes; None where it has none.
        """
        self.num_unhashed = 0
        self._hash = picture_hash
        self._seen: set[bytes] = set()
        self._keys: set[Key] = set()

    def add(self, items: Iterable[Item]) -> None:
        """Take in items, of any tasks."""
        for item in items:
            if item.qid:
                self._keys.add(Key(qid=item.qid))
            for picture in item.pictures:
                self._add_picture(picture, joined=item.meta.get("joined", 1))
            self._keys.update(_questions(item))

    def rows(self) -> list[Key]:
        """All of them, sorted."""
        return sorted(self._keys, key=lambda key: [(value is not None, value) for value in key])

    def _add_picture(self, picture: bytes, joined: int) -> None:
        digest = hashlib.sha256(picture).digest()
        if digest in self._seen:
            return
        self._seen.add(digest)
        for part in (picture, *_parts(picture, joined)):
            phash = self._hash(part)
            if phash is None:
                self.num_unhashed += 1
            else:
                self._keys.add(Key(phash=phash))


def _questions(item: Item) -> Iterator[Key]:
    asked = [(item.language, item.meta.get("question"), item.answers)]
    if "English" in item.meta:
        question, answer = item.meta["English"]
        asked.append(("en", question, (answer,)))
    for language, question, answers in asked:
        if not question or not question.strip() or language not in vocabulary.languages():
            continue
        free = item.kind in ("open", "judged")
        for answer in dict.fromkeys(answers) if free and answers else (None,):
            yield Key(question=question, language=language, answer=answer)


def _parts(picture: bytes, joined: int) -> Iterator[bytes]:
    if joined < 2:
        return
    with Image.open(io.BytesIO(picture)) as image:
        whole = image.convert("RGB")
    for place in range(joined):
        left, right = (whole.width * edge // joined for edge in (place, place + 1))
        file = io.BytesIO()
        whole.crop((left, 0, right, whole.height)).save(file, "PNG", compress_level=1)
        yield file.getvalue()
