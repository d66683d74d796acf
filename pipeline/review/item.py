"""An item as it is put before a reviewer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import vocabulary

_WIKIDATA = "https://www.wikidata.org/wiki/"
_GUID = re.compile(r"[Qq][1-9]\d*\$[0-9A-Za-z-]+")
NAME, PICTURE = 0, 18


@dataclass(frozen=True)
class ReviewItem:
    """A question with all that is needed to judge it.

    Attributes:
        item: a `schema.QA_ITEM`.
        country: key of countries.yaml.
        domain: key of domains.yaml.
        image: the row of `images` of its entity and picture.
        picture: the stored JPEG.
        means: literal translation of its template into English; empty where there is none.
    """

    item: Mapping[str, Any]
    country: str
    domain: str
    image: Mapping[str, Any]
    picture: bytes
    means: str

    @property
    def language(self) -> vocabulary.Language:
        return vocabulary.languages()[self.item["language"]]

    @property
    def is_reworded(self) -> bool:
        return any(self.item[name] != self.item[f"original_{name}"] for name in ("question", "answer"))

    @property
    def statement_urls(self) -> list[str]:
        """Where Wikidata shows the statements that ground the answer."""
        guids = filter(_GUID.fullmatch, self.item["statement_ids"])
        return [f"{_WIKIDATA}{guid.partition('$')[0].upper()}#{guid}" for guid in guids]

    @property
    def property_number(self) -> int:
        """P-number: what a thing is called rests on the statement that gives it this picture."""
        return PICTURE if self.item["property"] == NAME else int(self.item["property"])

    @property
    def property_url(self) -> str:
        return f"{_WIKIDATA}Property:P{self.property_number}"
