from __future__ import annotations

from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.permuted import permuted

ITEMS = st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.integers(0, 300), ITEMS)
def test_each_value_comes_once(size: int, item: int) -> None:
    assert sorted(permuted(range(size), item)) == list(range(size))


@given(st.lists(st.text(max_size=2), max_size=20), ITEMS)
def test_the_order_is_of_places_whatever_stands_there(values: list[str], item: int) -> None:
    assert list(permuted(values, item)) == [values[at] for at in permuted(range(len(values)), item)]


def test_every_value_is_as_likely_to_come_first_second_and_third() -> None:
    for size in (7, 12):
        firsts = [tuple(islice(permuted(range(size), item), 3)) for item in range(200 * size)]
        for place in range(3):
            counts = Counter(each[place] for each in firsts)
            # Chi-square with 6 or 11 degrees of freedom: 31.3 is passed once in a thousand at 11; the items are fixed.
            assert sum((counts[value] - 200) ** 2 / 200 for value in range(size)) < 31.3
        orders = {tuple(permuted(range(size), item)) for item in range(200 * size)}
        assert len(orders) > size
