"""Second pass: of the items of a bucket that are alike, those that go.

Items are alike that ask the same, which the template family tells, whatever the wording; or whose wordings have a
Jaccard similarity of shingles from the threshold on. Few wordings are compared each with each; among many, candidates
come from MinHash with LSH (Broder 1997; Indyk and Motwani 1998), and are then compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from datasketch import MinHash, MinHashLSH  # type: ignore[import-untyped]

from pipeline.schema import ALIKE

# Below it lie the questions of different families that differ in one word, height and length: decision 23.
THRESHOLD = 0.9
BANDS, ROWS_A_BAND = 16, 8
_FEW = 256  # wordings; more take longer to compare each with each than to hash

Wording = frozenset[int]


def alike_items(rows: pa.Table, keep: int, threshold: float = THRESHOLD) -> pa.Table:
    """The items that are alike to at least `keep` which stay.

    Taken by their order, an item goes where `keep` before it that stay are alike to it. So each that goes is alike to
    those itself, by no chain, and the first of its order always stays.

    Args:
        rows: `schema.SIGNATURES` of whole buckets, in any order, of one scope.
        keep: items alike that stay, from 1.
        threshold: least Jaccard similarity of wordings that are alike, above 0 to 1.

    Returns:
        `schema.ALIKE`, sorted by qa_id, each once. Memory is that of the largest bucket.

    Raises:
        ValueError: keep or threshold is out of range.
    """
    if keep < 1:
        raise ValueError(f"keep {keep}: at least 1 item must stay")
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold {threshold}: above 0 and at most 1")
    rows = rows.sort_by([(name, "ascending") for name in ("bucket", "order", "qa_id")])
    gone: dict[int, int] = {}
    for start, stop in _runs(rows.column("bucket").to_numpy()):
        if stop - start <= keep:
            continue
        bucket = rows.slice(start, stop - start)
        ids = bucket.column("qa_id").to_pylist()
        families = bucket.column("family").to_pylist()
        wordings = [frozenset(each) for each in bucket.column("shingles").to_pylist()]
        for index, other in _of_bucket(families, wordings, keep, threshold):
            gone[ids[index]] = min(ids[other], gone.get(ids[index], ids[other]))
    ids = sorted(gone)
    return pa.table([ids, [gone[each] for each in ids]], schema=ALIKE)


def _runs(buckets: npt.NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(buckets)) + 1
    bounds = [0, *edges.tolist(), len(buckets)]
    yield from pairwise(bounds)


def _of_bucket(
    families: Sequence[int], wordings: Sequence[Wording], keep: int, threshold: float
) -> Iterator[tuple[int, int]]:
    """Indexes of those that go, each with the first that stays and is alike to it."""
    similar = _Similar(threshold) if len(set(wordings)) <= _FEW else _SimilarByHash(threshold, wordings)
    of_family: dict[int, list[int]] = {}
    for index, (family, wording) in enumerate(zip(families, wordings, strict=True)):
        same = of_family.setdefault(family, []) if family else []
        alike = set(same[:keep])
        if len(alike) < keep:
            alike.update(similar.staying(wording))
        if len(alike) >= keep:
            yield index, min(alike)
            continue
        same.append(index)
        similar.add(index, wording)


def jaccard(one: Wording, other: Wording) -> float:
    """Share of the shingles of both that are in each; 1 where neither has any."""
    return len(one & other) / len(one | other) if one or other else 1.0


class _Similar:
    """The wordings of items that stay, looked through one by one."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._items: dict[Wording, list[int]] = {}

    def add(self, index: int, wording: Wording) -> None:
        self._items.setdefault(wording, []).append(index)

    def staying(self, wording: Wording) -> Iterator[int]:
        """Items whose wording is alike."""
        for other in self._candidates(wording):
            if jaccard(wording, other) >= self._threshold:
                yield from self._items[other]

    def _candidates(self, wording: Wording) -> Iterable[Wording]:
        return self._items


class _SimilarByHash(_Similar):
    """The same, of which only those are looked at that agree in a band of their MinHash: nearly all that are alike.

    A pair of similarity s is found with probability 1 - (1 - s^8)^16: 0.9999 at 0.9.
    """

    def __init__(self, threshold: float, wordings: Sequence[Wording]) -> None:
        super().__init__(threshold)
        unique = list(dict.fromkeys(wordings))
        self._hashes = dict(zip(unique, minhashes(unique), strict=True))
        self._index = MinHashLSH(num_perm=BANDS * ROWS_A_BAND, params=(BANDS, ROWS_A_BAND))

    def add(self, index: int, wording: Wording) -> None:
        if wording not in self._items:
            self._index.insert(wording, self._hashes[wording], check_duplication=False)
        super().add(index, wording)

    def _candidates(self, wording: Wording) -> Iterable[Wording]:
        found: list[Wording] = self._index.query(self._hashes[wording])
        return found


def minhashes(wordings: Iterable[Wording]) -> Iterator[MinHash]:
    """Signatures of 128 hashes; the permutations are the same in every process."""
    # Shingles are hashes of 32 bits already.
    yield from MinHash.generator(wordings, num_perm=BANDS * ROWS_A_BAND, seed=1, hashfunc=int)
