from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading import comparable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ａｂｃ", "ABC"), ("STRASSE", "straße"), ("e\u0301", "É"), ("a  b", "a\u00a0b "), ("\u200eab", "a\u00adb"),
        ("می\u200cشود", "میشود"), ("ﬁn", "FIN"),
    ],
)  # fmt: skip
def test_what_reads_alike_compares_alike(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(("one", "other"), [("Peru", "Perú"), ("1889", "1888"), ("Côte", "Coté"), ("a b", "ab")])
def test_what_reads_differently_compares_differently(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


@given(st.text(max_size=20))
def test_comparing_does_not_see_composition_case_or_repetition(text: str) -> None:
    seen = comparable(text)
    assert comparable(seen) == seen
    for form in ("NFC", "NFD"):
        assert comparable(unicodedata.normalize(form, text)) == seen
