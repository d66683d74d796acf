"""Caps on an entity: never exceeded, filled where they can be, and blind to order and to what comes after."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.caps import Caps, Counted

CAP = st.none() | st.integers(1, 6)
CAPS = st.builds(Caps, CAP, CAP, CAP)
ITEMS = st.lists(
    st.tuples(st.integers(0, 10**6), st.sampled_from(["open", "choice"]), st.sampled_from("abc"), st.integers(1, 4)),
    max_size=40, unique_by=lambda item: item[0],
).map(lambda rows: [Counted(*row) for row in rows])  # fmt: skip


def kept(caps: Caps, items: list[Counted]) -> set[Counted]:
    return {item for item, stays in zip(items, caps.within(items), strict=True) if stays}


def counts(items: set[Counted]) -> list[tuple[Counter[object], str]]:
    return [
        (Counter(item.kind for item in items), "per_entity"),
        (Counter((item.kind, item.language) for item in items), "per_language"),
        (Counter((item.kind, item.property) for item in items), "per_property"),
    ]


@given(CAPS, ITEMS)
def test_no_cap_is_exceeded_and_nothing_is_left_out_without_one(caps: Caps, items: list[Counted]) -> None:
    stays = kept(caps, items)
    for found, name in counts(stays):
        cap = getattr(caps, name)
        assert cap is None or all(number <= cap for number in found.values())
    for item in set(items) - stays:
        with_it = counts({*stays, item})
        assert any(
            getattr(caps, name) is not None and max(found.values()) > getattr(caps, name) for found, name in with_it
        ), "there was room for it"
    if not caps.are_set:
        assert stays == set(items)


@given(CAPS, ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_the_items_does_not_matter(caps: Caps, items: list[Counted], shuffler: random.Random) -> None:
    shuffled = list(items)
    shuffler.shuffle(shuffled)
    assert kept(caps, shuffled) == kept(caps, items)


@given(CAPS, ITEMS, st.integers(0, 10**6))
def test_what_stays_below_a_rank_does_not_depend_on_what_is_above(caps: Caps, items: list[Counted], rank: int) -> None:
    below = [item for item in items if item.rank < rank]
    assert kept(caps, below) == {item for item in kept(caps, items) if item.rank < rank}


@given(CAPS, ITEMS)
def test_kinds_do_not_take_room_from_one_another(caps: Caps, items: list[Counted]) -> None:
    of_kind = [kept(caps, [item for item in items if item.kind == kind]) for kind in ("open", "choice")]
    assert kept(caps, items) == of_kind[0] | of_kind[1]
