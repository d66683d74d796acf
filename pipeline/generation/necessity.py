"""Does a question need its picture? It is asked without: what the model then answers right, it did not have to see."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pipeline import vocabulary
from pipeline.generation.asking import Row, Scope
from pipeline.generation.draw import seed
from pipeline.generation.prompt_file import Prompt
from pipeline.generation.request import Reply, Request
from pipeline.generation.text import words

OPEN_SLOTS = frozenset({"language", "question"})
OPEN_KEYS = frozenset({"answer"})
CHOICE_SLOTS = OPEN_SLOTS | {"options"}
CHOICE_KEYS = frozenset({"option"})


@dataclass(frozen=True)
class Necessity:
    """Which items are asked without their picture, and with what prompts (slots `OPEN_SLOTS` and `CHOICE_SLOTS`)."""

    scope: Scope
    prompt: Prompt
    choice_prompt: Prompt


class _Open(msgspec.Struct, forbid_unknown_fields=True):
    answer: str


class _Choice(msgspec.Struct, forbid_unknown_fields=True):
    option: int


def blind_request(item: Row, settings: Necessity) -> Request:
    """The question as it is now, by its text alone; options are numbered from 1, in the item's order."""
    is_choice = item["kind"] == "choice"
    prompt = settings.choice_prompt if is_choice else settings.prompt
    values = {"language": vocabulary.languages()[item["language"]].name, "question": item["question"]}
    if is_choice:
        values["options"] = "\n".join(f"{number}. {choice}" for number, choice in enumerate(item["choices"], start=1))
    return Request(
        prompt.system,
        prompt.render(values),
        json_schema=_with_numbers(prompt.schema, len(item["choices"])) if is_choice else prompt.schema,
        max_tokens=prompt.max_tokens,
        temperature=prompt.temperature,
        seed=seed(item["qa_id"], "necessity"),
        language=item["language"],
    )


def answered_blind(reply: Reply, item: Row, group: Row) -> bool | None:
    """Whether a reply to `blind_request` is right; None where no answer can be read in it.

    An open answer must be the item's own, as the template gave it, in any language that the row has it in; case,
    punctuation and the script of digits do not count. Of an answer that lists several things all must be said.
    """
    if reply.finish_reason != "stop":
        return None
    try:
        if item["kind"] == "choice":
            option = msgspec.json.decode(reply.text.encode(), type=_Choice).option
            return option - 1 == item["answer_index"] if 1 <= option <= len(item["choices"]) else None
        said = _plain(msgspec.json.decode(reply.text.encode(), type=_Open).answer)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    same = [each for each in group["items"] if _fact(each) == _fact(item)]
    return said in [_plain(each["original_answer"]) for each in same] if said else None


def _fact(item: Row) -> tuple[str, list[str]]:
    """What items in several languages have in common that ask for the same: the template's family, the statements."""
    return str(item["template_id"]).partition("/")[0], sorted(item["statement_ids"])


def _plain(text: str) -> list[str]:
    return words("".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text))


def _with_numbers(schema: Mapping[str, Any], num_options: int) -> dict[str, Any]:
    option = {**schema["properties"]["option"], "enum": list(range(1, num_options + 1))}
    return {**schema, "properties": {**schema["properties"], "option": option}}
