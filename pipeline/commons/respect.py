"""Which pictures are left out for the sake of whom or what they show; the rules are in `respect.yaml`, `sacred.yaml`.

What a file's page says decides first, before anything is fetched; what a detector saw in the picture comes second.
Nothing here knows who somebody is. `docs/respect.md` gives the reasons and says what slips through.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from pipeline.commons import sacred
from pipeline.commons.people_detector import Detection
from pipeline.commons.settings import Respect
from pipeline.commons.words import any_of

FILE = Path(__file__).parent / "respect.yaml"
Kind = Literal["recognisable_person", "nudity", "sacred"]


@dataclass(frozen=True)
class LeftOut:
    """A picture that is left out.

    Attributes:
        kind: a word to count by.
        ground: what decided: a category, a restriction, the key of a row of `sacred.yaml`, or what was seen.
    """

    kind: Kind
    ground: str


@dataclass(frozen=True)
class Subject:
    """The concept that a picture is wanted for.

    Attributes:
        qid: its Q-number.
        domain: key of domains.yaml.
        class_path: Q-numbers from the value that made it cultural up to the domain's root.
        label: its English label, empty where there is none.
    """

    qid: int
    domain: str
    class_path: tuple[int, ...]
    label: str


@dataclass(frozen=True)
class _Words:
    found: re.Pattern[str]
    unless: re.Pattern[str]

    def first(self, texts: Iterable[str]) -> str | None:
        return next((text for text in texts if self.found.search(text) and not self.unless.search(text)), None)


@dataclass(frozen=True)
class _Rules:
    personality: str
    is_subject: _Words
    is_seen: _Words
    done_by_people: frozenset[str]
    public: frozenset[str]
    made: frozenset[str]
    explicit: str
    naked: _Words
    exposed: frozenset[str]


def subject_of(concept: Mapping[str, Any]) -> Subject:
    """The concept of a row of the table `concepts`, of which qid, domain, class_path and labels are read."""
    labels = {row["language"]: row["label"] for row in concept["labels"]}
    label = labels.get("en") or labels.get("mul") or ""
    return Subject(concept["qid"], concept["domain"], tuple(concept["class_path"]), label)


def by_metadata(
    title: str, categories: Sequence[str], restrictions: Collection[str], subject: Subject, policy: Respect
) -> LeftOut | None:
    """Why a picture is left out for what its file's page says, or None.

    Args:
        title: normalised, without `File:`.
        categories: without `Category:`.
        restrictions: as Commons states them: personality, 2257, ...
        subject: the concept that it would stand for.
        policy: what is left out.
    """
    stem = title.rpartition(".")[0] or title
    if policy.sacred != "keep":
        asked = _asked([stem, *categories, subject.label], subject, notes=policy.sacred == "strict")
        if asked is not None:
            return LeftOut("sacred", asked)
    if policy.nudity == "leave_out":
        ground = _naked([stem, *categories], restrictions, subject)
        if ground is not None:
            return LeftOut("nudity", ground)
    if policy.private_persons != "keep":
        ground = _person(categories, restrictions, subject, strict=policy.private_persons == "strict")
        if ground is not None:
            return LeftOut("recognisable_person", ground)
    return None


def by_detection(detection: Detection, policy: Respect, subject: Subject) -> LeftOut | None:
    """Why a picture is left out for what a detector saw in it, or None.

    Args:
        detection: of the picture, whatever the thresholds were when it was looked at.
        policy: what is left out, and the thresholds.
        subject: the concept that it would stand for.
    """
    rules = _rules()
    # A painted face or a carved breast is seen as a real one.
    if subject.domain in rules.made:
        return None
    if policy.nudity == "leave_out":
        for part in detection.parts:
            if part.label in rules.exposed and part.score >= policy.exposed_score:
                return LeftOut("nudity", f"{part.label} {part.score:.2f}")
    if policy.private_persons != "keep" and subject.domain not in rules.public:
        for face in detection.faces:
            if face.share >= policy.face_share and face.score >= policy.face_score:
                return LeftOut("recognisable_person", f"a face of {face.share:.1%} of the picture, {face.score:.2f}")
    return None


def digests() -> dict[str, str]:
    """File name -> SHA-256: what the rules say decides what is left out."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (FILE, sacred.FILE)}


def _asked(texts: Sequence[str], subject: Subject, *, notes: bool) -> str | None:
    items = {subject.qid, *subject.class_path}
    for ask in sacred.asks():
        if (notes or ask.action == "leave_out") and ask.concerns(texts, items):
            return ask.key
    return None


def _naked(texts: Sequence[str], restrictions: Collection[str], subject: Subject) -> str | None:
    rules = _rules()
    if rules.explicit in restrictions:
        return rules.explicit
    return None if subject.domain in rules.made else rules.naked.first(texts)


def _person(categories: Sequence[str], restrictions: Collection[str], subject: Subject, *, strict: bool) -> str | None:
    rules = _rules()
    if subject.domain in rules.public:
        return None
    ground = None if subject.domain in rules.made and not strict else rules.is_subject.first(categories)
    if ground is None and (strict or subject.domain not in rules.done_by_people):
        ground = rules.personality if rules.personality in restrictions else rules.is_seen.first(categories)
    return ground


@cache
def _rules() -> _Rules:
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    people, nudity = raw["people"], raw["nudity"]
    drawn = any_of(people["unless"])
    return _Rules(
        personality=people["restriction"],
        is_subject=_Words(any_of(people["subject"]), drawn),
        is_seen=_Words(any_of(people["seen"]), drawn),
        done_by_people=frozenset(people["done_by_people"]),
        public=frozenset(people["public"]),
        made=frozenset(people["made"]),
        explicit=nudity["restriction"],
        naked=_Words(any_of(nudity["words"]), any_of(nudity["unless"])),
        exposed=frozenset(nudity["exposed"]),
    )
