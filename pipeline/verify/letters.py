"""Languages by script: the letters of questions and answers are those that their language is written in.

What counts as a name may be in any script: what stands in quotation marks, the label that the answer is, and in a
question whose template tells a second fact its value. So the rule is:

- Of the letters of a question outside of its quoted name at least half are in the script of its language.
- Of the letters of an answer those in another script stand in the label that the template gave, `original_answer`.
- An answer that is no label but written by the language's own rules, a date or a quantity, is in the script altogether
  but for units and Roman numerals.

Answers that are labels of another script are counted by language: where they are many, labels are missing in Wikidata,
or `questions.fallbacks` should leave `mul` out.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import regex  # type: ignore[import-untyped]

from pipeline import vocabulary
from pipeline.generation.text import quoted_name, without
from pipeline.questions.subject import family_of
from pipeline.questions.templates import shipped_catalogue
from pipeline.verify.shards import Row, RowCheck

# ISO 15924, as languages.yaml has it -> Unicode's property Script.
SCRIPTS = {
    "Arab": ("Arabic",), "Beng": ("Bengali",), "Cyrl": ("Cyrillic",), "Deva": ("Devanagari",), "Ethi": ("Ethiopic",),
    "Grek": ("Greek",), "Hans": ("Han",), "Hebr": ("Hebrew",), "Jpan": ("Han", "Hiragana", "Katakana"),
    "Kore": ("Hangul", "Han"), "Latn": ("Latin",), "Sinh": ("Sinhala",), "Taml": ("Tamil",), "Telu": ("Telugu",),
    "Thai": ("Thai",),
}  # fmt: skip
# Kilometres and centuries are written in Latin letters by many that write nothing else so.
_LATIN_IN_NUMBERS = regex.compile(r"\b(?:[IVXLC]+|[kcm]?m[²2]?|km²|ha|kg|g|l)\b")
# Of names in another script, and languages that have most of them.
_EXAMPLES, _LANGUAGES = 2, 8


class Letters(RowCheck):
    """Counts by language, with the first of those that break the rule."""

    name = "questions and answers are in the script of their language"

    def __init__(self) -> None:
        super().__init__()
        self._answers: Counter[str] = Counter()
        self._names: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def look(self, row: Row, shard: str, number: int) -> None:
        for item in row["items"]:
            self.looked_at += 1
            problem = letters_problem(item)
            if problem is not None:
                self.findings.add(f"sample {item['qa_id']}, {item['language']}: {problem}")
            self._count(item)

    def _count(self, item: Row) -> None:
        language, answer = item["language"], item["answer"]
        self._answers[language] += 1
        if not _is_written_by_rule(item) and foreign(answer, language):
            self._names[language] += 1
            examples = self._examples.setdefault(language, [])
            if len(examples) < _EXAMPLES and answer not in examples:
                examples.append(answer)

    def notes(self) -> list[str]:
        most = self._names.most_common()
        told = [
            f"{language}: {num:,} of {self._answers[language]:,}, such as {', '.join(self._examples[language])}"
            for language, num in most[:_LANGUAGES]
        ]
        more = [f"and in {len(most) - _LANGUAGES} more languages"] if len(most) > _LANGUAGES else []
        return ["answers that are names in another script", *told, *more] if told else []


def letters_problem(item: Row) -> str | None:
    """How an item of `schema.QA_ITEM` breaks the rule."""
    language = item["language"]
    asked = without(item["question"], quoted_name(item["question"]))
    own, others = _count(asked, language)
    if others > own or not own:
        return f"{others} of {own + others} letters of the question are of another script: {item['question']!r}"
    label = item["original_answer"]
    added = foreign(without(item["answer"], label), language)
    if added:
        return f"the answer has {added!r} of another script beside its label: {item['answer']!r}"
    if _is_written_by_rule(item):
        written = foreign(_LATIN_IN_NUMBERS.sub("", label), language)
        if written:
            return f"the date or quantity has {written!r} of another script: {label!r}"
    return None


def foreign(text: str, language: str) -> str:
    """The letters of a text that are in another script than the language's; those of no script count as any."""
    return "".join(_foreign(language).findall(text))


def _count(text: str, language: str) -> tuple[int, int]:
    """Letters in the script of the language, and in others."""
    others = len(foreign(text, language))
    return len(_LETTERS.findall(text)) - others, others


_LETTERS = regex.compile(r"[\p{L}--[\p{Script=Common}\p{Script=Inherited}]]", regex.V1)


@cache
def _foreign(language: str) -> regex.Pattern[str]:
    own = "".join(rf"\p{{Script={name}}}" for name in SCRIPTS[vocabulary.languages()[language].script])
    return regex.compile(rf"[\p{{L}}--[\p{{Script=Common}}\p{{Script=Inherited}}{own}]]", regex.V1)


def _is_written_by_rule(item: Row) -> bool:
    return _kinds_of_answers().get(family_of(item)) in ("time", "quantity")


@cache
def _kinds_of_answers() -> dict[str, str]:
    return {family.name: family.answer for family in shipped_catalogue().families}
