from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calibration.confusion import Confusion, confusion
from pipeline.review.acceptance import Share

SAID = st.lists(st.tuples(st.booleans(), st.booleans()))


@given(SAID)
def test_every_item_is_counted_once(said: list[tuple[bool, bool]]) -> None:
    found = confusion(said)
    assert found.num == len(said)
    assert found.precision.num == sum(passed for passed, _ in said)
    assert found.recall.num == sum(good for _, good in said)
    assert found.specificity.num == sum(not good for _, good in said)
    assert found.specificity.num_good == sum(not passed and not good for passed, good in said)
    assert found.precision.num_good == found.recall.num_good == sum(passed and good for passed, good in said)


@given(SAID, st.randoms())
def test_the_order_does_not_matter(said: list[tuple[bool, bool]], random: st.DrawFn) -> None:
    mixed = list(said)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert confusion(mixed) == confusion(said)


def test_rates_by_hand() -> None:
    found = Confusion(kept_good=45, kept_bad=15, dropped_good=25, dropped_bad=15)
    assert (found.precision, found.recall, found.specificity) == (Share(60, 45), Share(70, 45), Share(30, 15))
    # The textbook's table: they agree on 60 of 100, by chance on 54.
    assert found.kappa == pytest.approx((0.60 - 0.54) / 0.46)


def test_kappa_at_its_ends() -> None:
    assert Confusion(kept_good=6, dropped_bad=4).kappa == 1
    assert Confusion(kept_bad=5, dropped_good=5).kappa == -1
    assert Confusion(kept_good=9, dropped_good=3).kappa == 0
    assert Confusion(kept_good=9).kappa is None
    assert Confusion().kappa is None


@given(SAID)
def test_kappa_is_symmetric(said: list[tuple[bool, bool]]) -> None:
    assert confusion(said).kappa == confusion((good, passed) for passed, good in said).kappa
