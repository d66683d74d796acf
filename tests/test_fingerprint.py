from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.commit import describe
from pipeline.fingerprint import canonical, fingerprint

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def reordered(value: Any) -> Any:
    """The same value with every mapping in the opposite order."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(each) for each in value] if isinstance(value, list) else value


@given(JSON)
def test_the_order_of_keys_does_not_count_and_the_content_does(value: Any) -> None:
    assert canonical(reordered(value)) == canonical(value)
    assert json.loads(canonical(value)) == value
    assert json.loads(describe(value)) == value


@given(JSON, JSON)
def test_unlike_values_have_unlike_names(one: Any, other: Any) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (canonical(one) == canonical(other))


def test_a_fingerprint_is_what_it_was_yesterday() -> None:
    # Sha-256 of {"a":[1,"é"],"b":null}: were this to change, every finished stage would be done again.
    assert fingerprint({"b": None, "a": [1, "é"]}) == "1e02bc81a26af2f0"
    assert fingerprint({"b": None, "a": (1, "é")}) == "1e02bc81a26af2f0", "a tuple is a list"
