"""What communities have asked not to show: the rows of `sacred.yaml`, and how a file or a concept is recognised."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml

from pipeline.commons.words import any_of
from pipeline.errors import ConfigError

FILE = Path(__file__).parent / "sacred.yaml"
Action = Literal["leave_out", "note"]
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    asked_by: _Text
    why: _Text
    source: Annotated[str, msgspec.Meta(pattern="^https?://")]
    action: Action
    words: Annotated[tuple[_Text, ...], msgspec.Meta(min_length=1)]
    unless: tuple[_Text, ...] = ()
    items: tuple[Annotated[int, msgspec.Meta(ge=1)], ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    any: _Text
    asks: Mapping[str, _Row]


@dataclass(frozen=True)
class Ask:
    """One wish of a community.

    Attributes:
        key: of the row, a word to count by.
        asked_by: who asks.
        why: the reason.
        source: an address where that can be read.
        action: leave_out, or note where words alone or one voice alone do not decide.
        items: the concept itself or a class on its path, by which it is recognised whatever the file is called.
    """

    key: str
    asked_by: str
    why: str
    source: str
    action: Action
    items: frozenset[int]
    words: re.Pattern[str]
    unless: re.Pattern[str]

    def concerns(self, texts: Iterable[str], items: Collection[int]) -> bool:
        """Whether one of the texts names what is asked about, or one of the items is it.

        Args:
            texts: title, categories, label; each is looked at alone.
            items: Q-numbers of the concept and of the classes on its path.
        """
        if not self.items.isdisjoint(items):
            return True
        return any(self.words.search(text) and not self.unless.search(text) for text in texts)


@cache
def asks() -> tuple[Ask, ...]:
    """The rows in the order of the file.

    Raises:
        ConfigError: names the file and says which key is missing or wrong.
    """
    try:
        file = msgspec.convert(yaml.safe_load(FILE.read_text(encoding="utf-8")), _File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{FILE}: {error}") from error
    return tuple(
        Ask(
            key, row.asked_by, row.why, row.source, row.action, frozenset(row.items),
            any_of(word.replace("ANY", file.any) for word in row.words), any_of(row.unless),
        )
        for key, row in file.asks.items()
    )  # fmt: skip
