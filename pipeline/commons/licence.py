"""What may be done with a file: its licence, author and restrictions, read from the API's `extmetadata`.

Families and the names that belong to them are data, in `licences.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import yaml

Family = Literal[
    "cc0", "pd", "cc-by", "cc-by-sa", "attribution", "fal", "ogl", "software", "gfdl", "cc-sa", "nonfree", "unknown"
]

UNKNOWN_AUTHOR = "Unknown author"
_SEPARATORS = re.compile(r"[\s_-]+")
_ALTERNATIVES = re.compile(r"\bor\b|[,;/|]", re.IGNORECASE)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_BLOCKS = frozenset({"br", "p", "div", "li", "ul", "ol", "td", "tr", "th", "table", "dd", "dt", "hr"})


@dataclass(frozen=True)
class LicenceInfo:
    """Licence of one file. Texts are plain; `author` is empty where Commons states none, `url` and `credit` are None.

    `attribution` is the line to print beside the picture: title, author, licence with its address, file page.
    """

    short_name: str
    family: Family
    url: str | None
    author: str
    credit: str | None
    attribution_required: bool
    restrictions: tuple[str, ...]
    attribution: str


@dataclass(frozen=True)
class _Rules:
    families: tuple[tuple[Family, re.Pattern[str]], ...]
    preference: tuple[Family, ...]
    no_attribution_needed: frozenset[str]


@cache
def _rules() -> _Rules:
    raw = yaml.safe_load((Path(__file__).parent / "licences.yaml").read_text(encoding="utf-8"))
    return _Rules(
        tuple((family, re.compile(pattern)) for family, pattern in raw["families"]),
        tuple(raw["preference"]),
        frozenset(raw["no_attribution_needed"]),
    )


def licence_family(short_name: str) -> Family:
    """The family of a licence's short name: `CC BY-SA 3.0 de` is cc-by-sa, `GFDL or CC BY 3.0` is cc-by."""
    rules = _rules()
    families = [_family_of_one(name) for name in _ALTERNATIVES.split(short_name)]
    return min(families, key=rules.preference.index)


def _family_of_one(name: str) -> Family:
    key = _SEPARATORS.sub("-", name.strip().lower()).strip("-.")
    for family, pattern in _rules().families:
        if pattern.search(key):
            return family
    return "unknown"


def parse_licence(page: Mapping[str, Any]) -> LicenceInfo:
    """Licence of a page of the API's reply (`title`, `imageinfo[0].extmetadata`, `imageinfo[0].descriptionurl`).

    Nothing in it is taken for granted: what is absent or of another type reads as not stated.
    """
    info = (page.get("imageinfo") or [{}])[0]
    metadata = info.get("extmetadata") or {}

    def text(key: str) -> str:
        entry = metadata.get(key)
        value = entry.get("value") if isinstance(entry, dict) else None
        return plain_text(str(value)) if isinstance(value, str | int | float) else ""

    short_name = text("LicenseShortName") or text("UsageTerms")
    family = licence_family(short_name)
    if text("NonFree").lower() in ("true", "1", "yes"):
        family = "nonfree"
    author = text("Artist") or text("Attribution")
    url = text("LicenseUrl") or None
    title = str(page.get("title", "")).removeprefix("File:")
    return LicenceInfo(
        short_name=short_name,
        family=family,
        url=url,
        author=author,
        credit=text("Credit") or None,
        attribution_required=(
            family not in _rules().no_attribution_needed or text("AttributionRequired").lower() == "true"
        ),
        restrictions=tuple(part.strip() for part in text("Restrictions").split("|") if part.strip()),
        attribution=_attribution(
            title, text("Attribution") or author, short_name, url, str(info.get("descriptionurl") or "")
        ),
    )


def _attribution(title: str, author: str, short_name: str, url: str | None, page_url: str) -> str:
    licence = f"{short_name or 'licence unknown'} ({url})" if url else short_name or "licence unknown"
    return ", ".join(part for part in (f"{title} by {author or UNKNOWN_AUTHOR}", licence, page_url) if part)


Refusal = Literal["nonfree", "unknown_licence", "licence_not_allowed", "no_author"]


def allowed(info: LicenceInfo, families: Collection[str]) -> Refusal | None:
    """Why a policy that takes `families` refuses the file, or None.

    A file whose licence asks for an attribution that nobody could give, since no author is stated, is refused too.
    """
    if info.family in families:
        return "no_author" if info.attribution_required and not info.author else None
    if info.family == "nonfree":
        return "nonfree"
    return "unknown_licence" if info.family == "unknown" else "licence_not_allowed"


def plain_text(html: str) -> str:
    """The words that a reader of the HTML would see, on one line."""
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    return " ".join("".join(parser.parts).split())


class _TextParser(HTMLParser):
    """Collects visible text. Commons hides machine-readable repetitions in elements with `display: none`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append(" ")
        if tag in _VOID:
            return
        style = (dict(attrs).get("style") or "").replace(" ", "").lower()
        if self._hidden or tag in ("script", "style") or "display:none" in style:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append(" ")
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Skip `<![...>` as browsers do; the base class knows SGML's sections and fails on all others."""
        return self.parse_bogus_comment(i, report)
