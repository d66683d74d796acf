"""How a language writes numbers, dates and lists of values: its file `words.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import convert

_SLOT = re.compile(r"\{([^{}]*)\}")
_DATE_SLOTS = {"year": {"n"}, "decade": {"n"}, "century": {"n", "roman", "ordinal"}, "circa": {"date"}}


class DatePatterns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern per precision and era. {n} is the number; centuries may use {roman} or {ordinal} instead.

    What is put round an approximate date is `circa`, where {date} is the date; decades and centuries may have another.
    """

    year: str
    year_bce: str
    decade: str
    decade_bce: str
    century: str
    century_bce: str
    circa: str
    circa_decade: str | None = None
    circa_century: str | None = None


class Euphony(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another conjunction where the last value of a list starts with `before`, a regular expression."""

    before: str
    use: str


class _ListFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    comma: str
    conjunction: str
    euphony: tuple[Euphony, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    language: str
    provenance: str
    digits: Annotated[str, msgspec.Meta(min_length=10, max_length=10)]
    dates: DatePatterns
    values: _ListFormat
    ordinal_default: str = "{n}"
    ordinals: dict[int, str] = {}
    to_check: tuple[str, ...] = ()


@dataclass(frozen=True)
class LanguageFormat:
    """What `dates.write_date` and lists of values need of a language.

    Attributes:
        digits: the ten digits, nought first.
        ordinals: number -> ordinal as centuries are counted; others follow `ordinal_default`.
        comma: between the values of a list but the last two.
        conjunction: between the last two, with its spaces.
    """

    language: str
    digits: str
    dates: DatePatterns
    ordinals: Mapping[int, str]
    ordinal_default: str
    comma: str
    conjunction: str
    euphony: tuple[Euphony, ...]

    def number(self, value: int) -> str:
        return "".join(self.digits[int(digit)] for digit in str(value))

    def join(self, texts: list[str]) -> str:
        """The values as one phrase: A; A and B; A, B and C."""
        if len(texts) == 1:
            return texts[0]
        conjunction = self.conjunction
        for rule in self.euphony:
            if re.match(rule.before, texts[-1], re.IGNORECASE):
                conjunction = rule.use
        return self.comma.join(texts[:-1]) + conjunction + texts[-1]


def load_format(path: Path, content: dict[str, Any]) -> LanguageFormat:
    """Check how a language writes.

    Args:
        path: the language's file `words.yaml`.
        content: what is in it.

    Raises:
        ConfigError: the file is malformed, its digits are not nought to nine, a date pattern does not have exactly
            one slot that its precision knows, or a rule of euphony is no regular expression.
    """
    raw = convert(content, _File, f"{path}: language {path.parent.name}")
    if raw.language != path.parent.name:
        raise ConfigError(f"{path}: says language {raw.language!r}; put it into {raw.language}/ or mend the key")
    if [unicodedata.numeric(digit, None) for digit in raw.digits] != list(range(10)):
        raise ConfigError(f"{path}: language {raw.language}: digits {raw.digits!r} must be ten, nought first")
    for name in DatePatterns.__struct_fields__:
        pattern = getattr(raw.dates, name)
        if pattern is None:
            continue
        allowed = _DATE_SLOTS["circa" if name.startswith("circa") else name.removesuffix("_bce")]
        slots = _SLOT.findall(pattern)
        if len(slots) != 1 or slots[0] not in allowed or set("{}") & set(_SLOT.sub("", pattern)):
            needed = ", ".join(f"{{{slot}}}" for slot in sorted(allowed))
            raise ConfigError(f"{path}: language {raw.language}: date pattern {name} needs exactly one of {needed}")
    for rule in raw.values.euphony:
        try:
            re.compile(rule.before)
        except re.error as error:
            where = f"{path}: language {raw.language}"
            raise ConfigError(f"{where}: euphony {rule.before!r} is no regular expression: {error}") from error
    return LanguageFormat(
        raw.language, raw.digits, raw.dates, raw.ordinals, raw.ordinal_default,
        raw.values.comma, raw.values.conjunction, raw.values.euphony,
    )  # fmt: skip
