"""Template ids as verdicts name them, and which of them the catalogue has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_ID = re.compile(r"([a-z0-9_]+)/([a-z]+)/(open|choice)/([1-9]\d{0,3})/r([1-9]\d{0,5})")


class Template(NamedTuple):
    """A wording: `country/sw/open/2/r1` is the second open one of the family `country` in Swahili, as first written."""

    family: str
    language: str
    kind: str
    number: int
    revision: int

    @property
    def asked(self) -> tuple[str, str, str]:
        """What it asks, in which language and kind: what a reworded template leaves as it is."""
        return self.family, self.language, self.kind


def parse_template(template_id: str) -> Template | None:
    """The parts of a template id; None where it is none."""
    match = _ID.fullmatch(template_id)
    return None if match is None else Template(match[1], match[2], match[3], int(match[4]), int(match[5]))


@dataclass(frozen=True)
class Templates:
    """The wordings that the catalogue has now.

    Attributes:
        means: template id -> its literal translation into English; empty where there is none.
    """

    means: Mapping[str, str]

    @cached_property
    def _revisions(self) -> Mapping[tuple[str, str, str], int]:
        parsed = (parse_template(template_id) for template_id in self.means)
        return {each.asked: each.revision for each in parsed if each is not None}

    def fault(self, template_id: str) -> str | None:
        """What is wrong with a template id; None for one that is or was in the catalogue."""
        template = parse_template(template_id)
        if template is None:
            return f"{template_id!r} is no template id; they are written country/sw/open/2/r1"
        revision = self._revisions.get(template.asked)
        if revision is None or (template.revision == revision and template_id not in self.means):
            return f"the catalogue has no template {template_id}"
        if template.revision > revision:
            return f"template {template_id} is newer than the catalogue, which has r{revision}; import it where it is"
        return None
