from __future__ import annotations

import xxhash
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.qa_id import pick, qa_id, signed_hash


def test_is_the_signed_hash_of_the_documented_text() -> None:
    expected = xxhash.xxh3_64_intdigest(b"v1|42|Q42$a,Q42$b|00ff|sw|open|country")
    found = qa_id(42, ["Q42$b", "Q42$a"], "00ff", "sw", "open", "country")
    assert found % (1 << 64) == expected
    # Written down, so that a change of the definition cannot pass unseen: ids join reviews and splits.
    assert found == 1130334494899179073


@given(st.text())
def test_fits_a_signed_64_bit_integer(text: str) -> None:
    assert -(1 << 63) <= signed_hash(text) < 1 << 63


def test_differs_by_each_part() -> None:
    base = (42, ["Q42$a"], "00", "sw", "open", "country")
    others = [
        (43, *base[1:]), (42, ["Q42$b"], *base[2:]), (*base[:2], "01", *base[3:]), (*base[:3], "es", *base[4:]),
        (*base[:4], "choice", "country"), (*base[:5], "class"),
    ]  # fmt: skip
    assert len({qa_id(*parts) for parts in [base, *others]}) == 7


def test_picks_evenly() -> None:
    counts = [0, 0, 0, 0]
    for number in range(4000):
        counts[pick(signed_hash(str(number)), "answer_index", 4)] += 1
    # Chi-square with 3 degrees of freedom: 16.27 is passed once in a thousand; the ids are fixed.
    assert sum((count - 1000) ** 2 / 1000 for count in counts) < 16.27
