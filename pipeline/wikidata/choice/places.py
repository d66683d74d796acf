"""In which country a place lies, by climbing `located in the administrative territorial entity` (P131)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipeline.wikidata.choice.edges import Ids


class Places:
    """The tree of places.

    Args:
        below: the lower ends of the P131 edges, sorted, shape (num_edges,).
        above: the upper ends of the same edges.
        country_of: items that stand for a country, with its key: where a climb ends.
        max_steps: from a place to its country at most.
    """

    def __init__(self, below: Ids, above: Ids, country_of: Mapping[int, str], max_steps: int) -> None:
        self._below, self._above = below, above
        self._country_of = country_of
        self._max_steps = max_steps
        self._found: dict[int, tuple[str, list[int]] | None] = {}

    def country(self, place: int) -> tuple[str, list[int]] | None:
        """The country's key and the way to it, place first; None if none is reached.

        The nearest wins; of two that are as near, the one reached over the smaller ids.
        """
        if place not in self._found:
            self._found[place] = self._climb(place)
        return self._found[place]

    def _climb(self, place: int) -> tuple[str, list[int]] | None:
        came_from: dict[int, int | None] = {place: None}
        level = [place]
        for _ in range(self._max_steps + 1):
            for qid in level:
                if qid in self._country_of:
                    return self._country_of[qid], _way(qid, came_from)
            following: list[int] = []
            for qid in level:
                first, last = np.searchsorted(self._below, [qid, qid + 1])
                for parent in self._above[first:last].tolist():
                    if parent not in came_from:
                        came_from[parent] = qid
                        following.append(parent)
            level = following
        return None


def _way(qid: int, came_from: Mapping[int, int | None]) -> list[int]:
    way = [qid]
    while (before := came_from[way[-1]]) is not None:
        way.append(before)
    return way[::-1]
