"""Samples to units, what a plan moves about: a question by itself, or those of a picture that share a sequence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Facts:
    """What a plan knows of samples, arrays of shape (num_samples,); a sample's position is its place in them.

    Attributes:
        ids: qa_id.
        groups: the row group that holds it, numbered over all sources.
        pictures: the row of the shard that holds it, numbered over all sources; none is in two row groups.
        tokens: all of its tokens; of the picture too.
        picture_tokens: of the picture; 0 without one.
        parts: which part of the mixture it belongs to.
    """

    ids: Numbers
    groups: Numbers
    pictures: Numbers
    tokens: Numbers
    picture_tokens: Numbers
    parts: Numbers

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Units:
    """Runs of samples that share a sequence, arrays of shape (num_units,) but `members`.

    Attributes:
        members: positions of samples, those of a unit one after another, shape (number of samples in units,).
        starts: where a unit begins in `members`.
        sizes: samples of a unit.
        tokens: length of its sequence.
        ids: qa_id of its first sample: what it is drawn by.
        groups: row group of its samples.
        parts: part of the mixture.
    """

    members: Numbers
    starts: Numbers
    sizes: Numbers
    tokens: Numbers
    ids: Numbers
    groups: Numbers
    parts: Numbers

    def __len__(self) -> int:
        return len(self.starts)

    def of(self, unit: int) -> Numbers:
        """Positions of a unit's samples."""
        start = self.starts[unit]
        return self.members[start : start + self.sizes[unit]]


def single(samples: Facts, max_tokens: int) -> Units:
    """A unit for each sample of at most so many tokens; longer ones are in none, for cutting would cut pictures."""
    kept = np.flatnonzero(samples.tokens <= max_tokens)
    return _units(samples, kept, np.arange(len(kept), dtype=np.int64), samples.tokens[kept])


def by_picture(samples: Facts, max_tokens: int, shared_text: int) -> Units:
    """A unit for the samples of a picture and part, several where they would be longer than `max_tokens`.

    Args:
        samples: all of them.
        max_tokens: of a sequence.
        shared_text: tokens of text up to the end of the picture, which stand once in a sequence.
    """
    kept = np.flatnonzero(samples.tokens <= max_tokens)
    kept = kept[np.lexsort((samples.ids[kept], samples.parts[kept], samples.pictures[kept]))]
    shared = np.where(samples.picture_tokens > 0, samples.picture_tokens + shared_text, 0)[kept]
    own = samples.tokens[kept] - shared
    joined = (
        (samples.pictures[kept][1:] == samples.pictures[kept][:-1])
        & (samples.parts[kept][1:] == samples.parts[kept][:-1])
        & (shared[1:] > 0)
    )
    begins = _begins(joined, shared, own, max_tokens)
    tokens = np.add.reduceat(own, begins) + shared[begins] if len(begins) else np.empty(0, np.int64)
    return _units(samples, kept, begins, tokens)


def _begins(joined: npt.NDArray[np.bool_], shared: Numbers, own: Numbers, max_tokens: int) -> Numbers:
    """Where units begin: at every new picture, and where the questions of one fill a sequence."""
    if not len(own):
        return np.empty(0, np.int64)
    begins = np.flatnonzero(np.append(True, ~joined))
    ends = np.append(begins[1:], len(own))
    too_long = np.flatnonzero(np.add.reduceat(own, begins) + shared[begins] > max_tokens)
    more = []
    for start, end in zip(begins[too_long].tolist(), ends[too_long].tolist(), strict=True):
        length = int(shared[start])
        for place, tokens in enumerate(own[start:end].tolist(), start=start):
            length += tokens
            if length > max_tokens:
                more.append(place)
                length = int(shared[place]) + tokens
    return np.sort(np.append(begins, np.array(more, np.int64)))


def _units(samples: Facts, members: Numbers, begins: Numbers, tokens: Numbers) -> Units:
    firsts = members[begins]
    return Units(
        members.astype(np.int64),
        begins,
        np.diff(np.append(begins, len(members))).astype(np.int64),
        tokens.astype(np.int64),
        samples.ids[firsts],
        samples.groups[firsts],
        samples.parts[firsts],
    )
