"""Several items of one picture in one request: how they are grouped, what is asked, and what each got of the reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import msgspec

from pipeline import vocabulary
from pipeline.generation.checks import Reason
from pipeline.generation.draw import seed_of
from pipeline.generation.prompt_file import Prompt
from pipeline.generation.request import Reply, Request
from pipeline.generation.text import tidied

Row = dict[str, Any]


class Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a reply says of one item: its question, and its answer where that is asked for."""

    question: str
    reply: str | None = None


@dataclass(frozen=True)
class Batch:
    """Items that one request asks about.

    Attributes:
        items: of `schema.QA_ITEM`, all in one language; each goes by its number, from 1.
        notes: what is said below an item about an earlier answer, by `qa_id`; empty at the first try.
        answers: whether the answers of open items are to be reworded.
    """

    items: tuple[Row, ...]
    answers: bool
    notes: Mapping[int, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        return str(self.items[0]["language"])

    @property
    def qa_ids(self) -> tuple[int, ...]:
        return tuple(item["qa_id"] for item in self.items)

    def wants_reply(self, item: Row) -> bool:
        """Whether an item's answer is to be reworded. Options stay what they are, so those of a choice do not."""
        return self.answers and item["kind"] == "open"

    def apart(self) -> list[Batch]:
        """Each item by itself."""
        return [Batch((item,), self.answers, self.notes) for item in self.items]

    def request(self, prompt: Prompt, examples: str, image: bytes | None, sha256: str) -> Request:
        """What the model is asked.

        An answer is told only where it is to be reworded; elsewhere it could do nothing but slip into the question.

        Args:
            prompt: with the slots language, examples and items.
            examples: in the batch's language, one a line, or nothing.
            image: the picture's bytes, or None to reword from the text alone.
            sha256: of the picture.
        """
        values = {
            "language": vocabulary.languages()[self.language].name,
            "examples": examples,
            "items": "\n".join(self._told(number, item) for number, item in enumerate(self.items, 1)),
        }
        return Request(
            prompt.system,
            prompt.render(values),
            image,
            None if image is None else sha256,
            self._schema(prompt.schema),
            prompt.max_tokens * len(self.items),
            prompt.temperature,
            seed_of(self.qa_ids, "rephrase retry" if self.notes else "rephrase"),
            self.language,
        )

    def _told(self, number: int, item: Row) -> str:
        """Lines of an item; whatever its texts hold, they stay on theirs."""
        lines = [f"{number}. Question: {tidied(item['original_question'])}"]
        if self.wants_reply(item):
            lines.append(f"Answer: {tidied(item['original_answer'])}")
        if item["qa_id"] in self.notes:
            lines.append(self.notes[item["qa_id"]])
        return "\n   ".join(lines)

    def _schema(self, one: Mapping[str, Any]) -> dict[str, Any]:
        parts = {
            str(number): dict(one) if self.wants_reply(item) else _without_reply(one)
            for number, item in enumerate(self.items, 1)
        }
        return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}

    def parts(self, reply: Reply) -> Reason | list[Part | Reason]:
        """What a reply says of each item, in their order, or why it says nothing of any.

        Numbers that were not asked for are passed over. A part that is not as asked is its own item's only.
        """
        if reply.finish_reason == "error":
            return Reason.ENGINE_ERROR
        if reply.finish_reason == "length":
            return Reason.CUT_OFF
        try:
            found = msgspec.json.decode(reply.text.encode(), type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return Reason.NOT_JSON
        return [_part(found.get(str(number))) for number in range(1, len(self.items) + 1)]


def batches(items: Sequence[Row], size: int, answers: bool, notes: Mapping[int, str] | None = None) -> list[Batch]:
    """Items, grouped by language and in their order, in batches of at most `size`."""
    found = []
    # Requests in one language share the longest beginning, so they come one after the other.
    for _, same in groupby(sorted(items, key=_language), key=_language):
        alike = tuple(same)
        found += [Batch(alike[at : at + size], answers, notes or {}) for at in range(0, len(alike), size)]
    return found


def _language(item: Row) -> str:
    return str(item["language"])


def _part(found: Any) -> Part | Reason:
    try:
        return msgspec.convert(found, Part)
    except msgspec.ValidationError:
        return Reason.NOT_JSON


def _without_reply(one: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: schema for name, schema in one.get("properties", {}).items() if name != "reply"}
    return {**one, "properties": properties, "required": [name for name in one["required"] if name != "reply"]}
