"""Examples of rewordings in a language, for the prompt: `examples/CODE.yaml`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.generation.answers import AnswerReason, check_answer
from pipeline.generation.checks import Reason, check_question
from pipeline.generation.text import scripts
from pipeline.questions.catalogue_file import convert, read_yaml

FOLDER = Path(__file__).parent / "examples"
# What Unicode's names of letters begin with, by script of ISO 15924; the Latin ones of others are foreign.
_LETTERS = {
    "Latn": "LATIN", "Cyrl": "CYRILLIC", "Grek": "GREEK", "Arab": "ARABIC", "Hebr": "HEBREW", "Deva": "DEVANAGARI",
    "Beng": "BENGALI", "Taml": "TAMIL", "Telu": "TELUGU", "Sinh": "SINHALA", "Thai": "THAI", "Ethi": "ETHIOPIC",
    "Hans": "CJK", "Jpan": "HIRAGANA", "Kore": "HANGUL",
}  # fmt: skip

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Example(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One question and its answer, before and after.

    Attributes:
        template: the question in a template's words.
        answer: its label.
        question, reply: the two as a fluent speaker would say them.
        means: both in literal English, for readers of the file.
    """

    template: _Text
    answer: _Text
    question: _Text
    reply: _Text
    means: _Text


class _File(msgspec.Struct, forbid_unknown_fields=True):
    status: _Text
    examples: Annotated[tuple[Example, ...], msgspec.Meta(min_length=1)]
    to_check: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examples:
    """Of one language. `sha256` is the hex digest of the file, for fingerprints."""

    examples: tuple[Example, ...]
    sha256: str


def load_examples(languages: Iterable[str], folder: Path = FOLDER) -> dict[str, Examples]:
    """The examples of those of the languages that have a file.

    Raises:
        ConfigError: names the file, the example and what is wrong with it.
    """
    found = {}
    for language in sorted(languages):
        path = folder / f"{language}.yaml"
        if path.is_file():
            raw = convert(read_yaml(path), _File, str(path))
            for number, example in enumerate(raw.examples, 1):
                _check(f"{path}: example {number}", example, language)
            found[language] = Examples(raw.examples, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def shown(examples: Sequence[Example], language: str, answers: bool) -> str:
    """Examples as a prompt shows them, with a line's end after the last; nothing where there are none."""
    if not examples:
        return ""
    lines = [f"Examples in {vocabulary.languages()[language].name}:"]
    for example in examples:
        lines.append(f"Question: {example.template}")
        after = {"question": example.question}
        if answers:
            lines.append(f"Answer: {example.answer}")
            after["reply"] = example.reply
        lines.append(f"Reworded: {json.dumps(after, ensure_ascii=False)}")
    return "\n".join([*lines, "Now these:", ""])


def _check(where: str, example: Example, language: str) -> None:
    letters = _LETTERS[vocabulary.languages()[language].script]
    for name in ("template", "question", "reply"):
        if letters not in scripts(getattr(example, name)):
            raise ConfigError(f"{where}: `{name}` has no letter of the language's script; write it in {language}")
    question = check_question(example.question, example.template, example.answer, language)
    answer = check_answer(example.reply, example.answer, example.template, language)
    for name, checked in (("question", question), ("reply", answer)):
        if isinstance(checked, Reason | AnswerReason):
            raise ConfigError(f"{where}: `{name}` does not pass the checks of rewordings: {checked.value}; mend it")


def deciding(examples: Mapping[str, Examples]) -> dict[str, str]:
    """What of them a stage's fingerprint covers."""
    return {language: of.sha256 for language, of in examples.items()}
