"""What a judge is asked about a reply: the words around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.errors import InputError

FILE = "judge.yaml"
_KEYS = ("system", "before", "after")


@dataclass(frozen=True)
class Judging:
    """`Item.meta["judge"]` of a judged item.

    Attributes:
        system: the judge's system prompt.
        before: of the reply in what the judge is asked.
        after: of it.
    """

    system: str
    before: str
    after: str

    def prompt(self, reply: str) -> str:
        """What the judge is asked."""
        return f"{self.before}{reply}{self.after}"


def wording(folder: Path, name: str = FILE) -> Mapping[str, str] | None:
    """A judge's published words, from `judge.yaml` of a benchmark's folder; None where it is not there.

    They are their authors' own and do not come with this package. The file has three texts: `system`, and what stands
    `before` and `after` the reply, with names in braces where the item's own texts belong. Without it items are asked,
    and their replies stay unjudged.

    Raises:
        InputError: the file is not that.
    """
    file = folder / name
    if not file.exists():
        return None
    loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict) or {key: type(text) for key, text in loaded.items()} != dict.fromkeys(_KEYS, str):
        raise InputError(f"{file}: must have three texts, {', '.join(_KEYS)}")
    return loaded


def filled(file: Path, text: str, **texts: str) -> str:
    """A judge's words with an item's texts in their places.

    Raises:
        InputError: they name a text that there is not.
    """
    try:
        return text.format(**texts)
    except (KeyError, IndexError, ValueError) as error:
        names = ", ".join(f"{{{name}}}" for name in texts)
        raise InputError(f"{file}: in braces may stand only {names or 'nothing'} ({error})") from error
