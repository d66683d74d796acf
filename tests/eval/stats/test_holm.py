from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.stats.holm import holm

p_values = st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8)


def test_the_worked_example() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}
    )


@given(p_values, st.floats(0.001, 0.5))
def test_it_rejects_as_the_stepwise_procedure_does(values: dict[str, float], level: float) -> None:
    """Holm's own statement: from the smallest on, reject while p (m − k) is not over the level."""
    rejected = set()
    for number, (name, value) in enumerate(sorted(values.items(), key=lambda pair: pair[1])):
        if (len(values) - number) * value > level:
            break
        rejected.add(name)
    assert {name for name, value in holm(values).items() if value <= level} == rejected


@given(p_values)
def test_adjusted_values_are_no_smaller_keep_their_order_and_are_bonferronis_at_most(values: dict[str, float]) -> None:
    adjusted = holm(values)
    assert list(adjusted) == list(values)
    for name, value in values.items():
        assert value <= adjusted[name] <= min(1.0, len(values) * value) or adjusted[name] == pytest.approx(value)
        assert all(adjusted[name] <= adjusted[other] for other in values if value < values[other])


def test_no_probability_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"the p-value of hi is 1\.5"):
        holm({"hi": 1.5})
