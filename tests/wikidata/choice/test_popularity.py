from __future__ import annotations

import pytest

from pipeline.wikidata.choice.popularity import num_own_labels, popularity


@pytest.mark.parametrize(("num", "bucket"), [(0, "tail"), (5, "tail"), (6, "torso"), (29, "torso"), (30, "head")])
def test_buckets_begin_at_their_bounds(num: int, bucket: str) -> None:
    assert popularity(num, 30, 6) == bucket


def test_labels_count_once_a_language_and_mul_not() -> None:
    assert num_own_labels("singapore", {"en", "en-gb", "zh-hans", "mul", "fr"}) == 2
    assert num_own_labels("israel", {"he"}) == 1
    assert num_own_labels("norway", {"mul", "nb"}) == 1
