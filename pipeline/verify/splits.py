"""What belongs together is in one split, recounted by another way than the one that made the splits.

`dataset/groups.py` lets labels fall along all edges at once; here two sets are joined at a time, and where a set turns
out to be in two splits, the steps from one entity to the other are told.
"""

from __future__ import annotations

import io
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.dataset.group_reading import NEAR_DUPLICATES
from pipeline.schema import SPLITS
from pipeline.stage import StageOutput
from pipeline.verify.check import SHOWN
from pipeline.verify.ids import Ids, groups_of

_SAME_AS = 460
_SAME_COLUMNS = tuple(f"statements.list.element.{name}" for name in ("property", "rank", "qid"))
_SHOWS, _NEAR, _SAME = range(3)
_EDGES = 1 << 16  # as Python's own numbers at a time
_WORDS = {_SHOWS: "shows", _NEAR: "is a near duplicate of", _SAME: "is said to be the same as"}


@dataclass(frozen=True)
class Graph:
    """Entities and pictures, and what joins them.

    Attributes:
        names: the entity, or the first 64 bits of the picture's digest; shape (n,), first entities, then pictures.
        num_entities: how many are entities.
        edges: pairs of nodes, shape (m, 2).
        kinds: what joins them, shape (m,).
    """

    names: Ids
    num_entities: int
    edges: Ids
    kinds: npt.NDArray[np.int8]

    def name(self, node: int) -> str:
        value = int(self.names[node])
        return f"Q{value}" if node < self.num_entities else f"picture {value & (2**64 - 1):016x}"


def crossing(images: StageOutput, select: StageOutput, assemble: StageOutput) -> tuple[int, Iterator[str]]:
    """How many entities the shards have, and a problem for each set of them that is in two splits."""
    placed = _placed(assemble)
    qids = np.unique(placed[:, 0])
    return len(qids), _crossing(graph_of(images, select, qids), placed)


def steps_between(graph: Graph, one: int, other: int) -> str | None:
    """What joins two entities, step by step; None where nothing does."""
    start, end = (int(np.searchsorted(graph.names[: graph.num_entities], qid)) for qid in (one, other))
    roots = np.asarray(_joined(len(graph.names), graph.edges))
    if roots[start] != roots[end]:
        return None
    return _path(graph, np.flatnonzero(roots[graph.edges[:, 0]] == roots[start]), start, end)


def _placed(assemble: StageOutput) -> Ids:
    """Entities with the splits that their samples are in, as an index into SPLITS: sorted pairs, shape (n, 2)."""
    parts = [np.empty((0, 2), np.int64)]
    for group in groups_of(assemble, "index", ["qid", "split"]):
        found = group.group_by(["qid", "split"]).aggregate([])
        splits = [SPLITS.index(split) for split in found.column("split").to_pylist()]
        parts.append(np.stack([found.column("qid").to_numpy(), np.array(splits, np.int64)], axis=1))
    return np.unique(np.concatenate(parts), axis=0)


def graph_of(images: StageOutput, select: StageOutput, entities: Ids) -> Graph:
    """What joins entities of a run.

    Args:
        images: the complete stage, with its near duplicates.
        select: the complete stage.
        entities: further ones that are to be nodes.
    """
    shown = _pairs((group.column("qid").to_numpy(), _digests(group, "sha256")) for group in groups_of(
        images, "images", ["qid", "sha256"]))  # fmt: skip
    near = pq.read_table(io.BytesIO(images.directory.read(NEAR_DUPLICATES)))
    alike = np.stack([_digests(near, "sha256"), _digests(near, "group")], axis=1)
    same = _pairs(map(_same, groups_of(select, "concepts", ["qid", *_SAME_COLUMNS])))
    qids = np.unique(np.concatenate([entities, shown[:, 0], same.ravel()]))
    pictures = np.unique(np.concatenate([shown[:, 1], alike.ravel()]))
    edges = np.concatenate(
        [
            np.stack([np.searchsorted(qids, shown[:, 0]), len(qids) + np.searchsorted(pictures, shown[:, 1])], axis=1),
            len(qids) + np.searchsorted(pictures, alike),
            np.searchsorted(qids, same),
        ]
    )
    kinds = np.repeat(np.array([_SHOWS, _NEAR, _SAME], np.int8), [len(shown), len(alike), len(same)])
    return Graph(np.concatenate([qids, pictures]), len(qids), edges, kinds)


def _same(concepts: pa.Table) -> tuple[Ids, Ids]:
    lists = concepts.column("statements").combine_chunks()
    statements, parents = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()
    found = [
        (parents[number], statement["qid"])
        for number, statement in _numbered(statements)
        if statement["rank"] != "deprecated" and statement["qid"] is not None
    ]
    pairs = np.array(found, np.int64).reshape(-1, 2)
    return concepts.column("qid").to_numpy()[pairs[:, 0]], pairs[:, 1]


def _numbered(statements: pa.StructArray) -> Iterator[tuple[int, dict[str, object]]]:
    chosen = pc.indices_nonzero(pc.equal(pc.struct_field(statements, "property"), _SAME_AS))
    return zip(chosen.to_pylist(), statements.take(chosen).to_pylist(), strict=True)


def _pairs(columns: Iterator[tuple[Ids, Ids]]) -> Ids:
    return np.concatenate([np.empty((0, 2), np.int64), *(np.stack(pair, axis=1) for pair in columns)])


def _digests(table: pa.Table, column: str) -> Ids:
    return np.array([int(digest[:16], 16) for digest in table.column(column).to_pylist()], np.uint64).view(np.int64)


def _crossing(graph: Graph, placed: Ids) -> Iterator[str]:
    qids, first, num = np.unique(placed[:, 0], return_index=True, return_counts=True)
    for at in np.flatnonzero(num > 1).tolist():
        names = [SPLITS[split] for split in placed[first[at] : first[at] + num[at], 1].tolist()]
        yield f"Q{qids[at]} is in {' and '.join(names)}"
    nodes = np.searchsorted(graph.names[: graph.num_entities], qids)
    roots = np.asarray(_joined(len(graph.names), graph.edges))
    pairs = np.unique(np.stack([roots[nodes], placed[first, 1]], axis=1), axis=0)
    parted = np.unique(pairs[1:, 0][pairs[1:, 0] == pairs[:-1, 0]])
    for number, root in enumerate(parted.tolist()):
        inside = np.flatnonzero(roots[nodes] == root)
        splits = placed[first[inside], 1]
        at = int(np.flatnonzero(splits != splits[0])[0])
        one, other = int(inside[0]), int(inside[at])
        told = f"Q{qids[one]} is in {SPLITS[splits[0]]} and Q{qids[other]} in {SPLITS[splits[at]]}"
        if number < SHOWN:
            edges = np.flatnonzero(roots[graph.edges[:, 0]] == root)
            told += f": {_path(graph, edges, int(nodes[one]), int(nodes[other]))}"
        yield told


def _joined(num: int, edges: Ids) -> array[int]:
    """The root of the set of each node: sets are joined edge by edge, paths halved on the way up."""
    parents = array("q", range(num))

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    for start in range(0, len(edges), _EDGES):
        for one, other in edges[start : start + _EDGES].tolist():
            upper, lower = root(one), root(other)
            if upper != lower:
                parents[max(upper, lower)] = min(upper, lower)
    return array("q", (root(node) for node in range(num)))


def _path(graph: Graph, edges: Ids, start: int, end: int) -> str:
    """The fewest steps from one node to another along some of the edges, in words."""
    beside: dict[int, list[tuple[int, int]]] = {}
    for edge in edges.tolist():
        one, other = graph.edges[edge].tolist()
        kind = int(graph.kinds[edge])
        beside.setdefault(one, []).append((other, kind))
        beside.setdefault(other, []).append((one, kind))
    before: dict[int, tuple[int, int]] = {start: (start, 0)}
    waiting = deque([start])
    while end not in before:
        node = waiting.popleft()
        for reached, kind in beside[node]:
            if reached not in before:
                before[reached] = node, kind
                waiting.append(reached)
    words, node = [graph.name(end)], end
    while node != start:
        node, kind = before[node]
        words += [_WORDS[kind] if kind != _SHOWS or node < graph.num_entities else "is shown by", graph.name(node)]
    return " ".join(reversed(words))
