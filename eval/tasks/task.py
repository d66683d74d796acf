"""What a benchmark is to this project: where its items are, what is asked, and how replies are scored, in two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["choice", "open", "caption", "entity", "judged"]
State = Literal["scored", "unparsed", "unjudged"]


@dataclass(frozen=True)
class Item:
    """One question of a benchmark.

    Attributes:
        item_id: the benchmark's own id, unique in its task.
        language: the data set's code where it has one (`iw`, not `he`), else the benchmark's.
        country: key of countries.yaml where the benchmark tells one that we have, else its own word; None without.
        pictures: encoded, in the order of their places in the prompt.
        prompt: as published, for the model; pictures come before it.
        kind: how its answer looks.
        choices: options in their order; empty but for `choice`.
        answers: references; of `choice` the right option's words.
        answer_index: of `choice`, else None.
        groups: by what scores are told besides language and country: {"category": "food"}.
        cluster: what stands or falls together: SHA-256 of the first picture, or the id without one.
        qid: of an entity that it is about, where the benchmark tells it; 0 without.
        meta: what a scorer needs besides, such as the type of a question.
    """

    item_id: str
    language: str
    country: str | None
    pictures: tuple[bytes, ...]
    prompt: str
    kind: Kind
    choices: tuple[str, ...]
    answers: tuple[str, ...]
    answer_index: int | None
    groups: Mapping[str, str]
    cluster: str
    qid: int = 0
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Score:
    """What a rule decides of one reply.

    Attributes:
        value: from 0 to 1; None where the state is not `scored`.
        state: `unparsed` is a reply that cannot be read, `unjudged` one whose judge failed: neither is a nought.
        parsed: what was read; "" where nothing was.
        guessed: whether a published rule drew its decision at random (seeded by the item); never so under `strict`.
    """

    value: float | None
    state: State
    parsed: str
    guessed: bool = False


# A scorer of what a judge said of a reply; None where it could not be asked.
Reading = Callable[[str | None], Score]
# A scorer of one reply. Scores of a corpus (CIDEr) are found from all replies by `Task.corpus`.
Rule = Callable[[Item, str], Score]


@dataclass(frozen=True)
class Replied:
    """An item with its reply, as far as scores of all replies look at them.

    Attributes:
        language: of the item.
        answers: references.
        reply: what the model said; "" where the request failed.
        parsed: what our rule read of it, or of what a judge said; "" where it read nothing.
    """

    language: str
    answers: Sequence[str]
    reply: str
    parsed: str


# Scores of at least one reply, all together -> name and value. A hundred times a value is what papers print: 0.31 is a
# BLEU of 31, 1.2 a CIDEr of 120. A score that these replies do not have is left out.
Corpus = Callable[[Sequence[Replied]], Mapping[str, float]]


@dataclass(frozen=True)
class Source:
    """Where a benchmark is had from.

    Attributes:
        name: on the hub, or where it is published.
        revision: that figures of ours would be of; None where it is the user's to pin.
        split: that is used.
        num_items: as published.
        megabytes: to fetch, about; None where it is not known.
        licence: as published; who may use it for what.
        fetch: one line that tells how.
        languages: of its items: the data set's codes where it has them; empty where they are not known.
    """

    name: str
    revision: str | None
    split: str
    num_items: int
    megabytes: float | None
    licence: str
    fetch: str
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A benchmark.

    Attributes:
        name: on the command line and in tables.
        title: as published.
        source: where it is had from.
        columns: that a file must have -> Arrow types that will do, such as ("string", "large_string").
        read: items of a local copy: a folder of parquet or JSON as published.
        paper: the published rule, quirks included.
        strict: ours.
        max_tokens: of a reply.
        judged: how a judge's words are read, as published and by ours; None where no judge is asked.
        corpus: rule (`paper` or `strict`) -> scores of all replies together, such as CIDEr, under it.
        reference: the published score of Pangea-7B: (English, other languages), per cent; None where not published.
    """

    name: str
    title: str
    source: Source
    columns: Mapping[str, Sequence[str]]
    read: Callable[[Path], Iterator[Item]]
    paper: Rule
    strict: Rule
    max_tokens: int
    judged: tuple[Reading, Reading] | None = None
    corpus: Mapping[str, Corpus] = field(default_factory=dict)
    reference: tuple[float, float] | None = None
