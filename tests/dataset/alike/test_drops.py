"""Against greedy comparison of each with each; and what is found by hash against the curve of LSH."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.alike import drops
from pipeline.dataset.alike.drops import BANDS, ROWS_A_BAND, THRESHOLD, alike_items, jaccard
from pipeline.dataset.alike.signature import order_of, signatures
from pipeline.schema import SIGNATURES
from tests.dataset.made_items import Row, group, item, sample_groups

FEW = st.sampled_from([-1, drops._FEW])  # -1: by hash, however few they are


def row(qa_id: int, wording: set[int], family: int = 0, bucket: int = 0) -> Row:
    return {
        "bucket": bucket, "order": order_of(qa_id), "qa_id": qa_id, "family": family,
        "shingles": sorted(wording),
    }  # fmt: skip


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SIGNATURES)


@st.composite
def buckets(draw: st.DrawFn) -> list[Row]:
    """Wordings that are one of three, with a few shingles taken out or put in."""
    bases = [set(range(start, start + 20)) for start in (0, 12, 100)]
    rows = []
    for qa_id in range(draw(st.integers(0, 25))):
        wording = draw(st.sampled_from(bases)) ^ draw(st.sets(st.integers(0, 40), max_size=3))
        rows.append(row(qa_id, wording, draw(st.integers(0, 4)), draw(st.integers(0, 2))))
    return rows


def are_alike(one: Row, other: Row, threshold: float) -> bool:
    if one["bucket"] != other["bucket"]:
        return False
    same_family = one["family"] == other["family"] != 0
    return same_family or jaccard(frozenset(one["shingles"]), frozenset(other["shingles"])) >= threshold


def by_each_with_each(rows: list[Row], keep: int, threshold: float) -> set[int]:
    staying: list[Row] = []
    gone = set()
    for one in sorted(rows, key=lambda each: (each["order"], each["qa_id"])):
        if sum(are_alike(one, other, threshold) for other in staying) >= keep:
            gone.add(one["qa_id"])
        else:
            staying.append(one)
    return gone


@given(buckets(), st.integers(1, 3), st.sampled_from([0.7, 0.9, 1.0]))
def test_as_by_comparing_each_with_each(rows: list[Row], keep: int, threshold: float) -> None:
    found = alike_items(table(rows), keep, threshold)
    assert set(found.column("qa_id").to_pylist()) == by_each_with_each(rows, keep, threshold)


@given(buckets(), st.integers(1, 3), st.sampled_from([0.7, 0.9, 1.0]), FEW)
def test_what_goes_is_alike_to_enough_that_stay(rows: list[Row], keep: int, threshold: float, few: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drops, "_FEW", few)
        found = alike_items(table(rows), keep, threshold).to_pylist()
    of = {each["qa_id"]: each for each in rows}
    gone = {each["qa_id"] for each in found}
    for each in found:
        one = of[each["qa_id"]]
        stay = [other for other in rows if other["qa_id"] not in gone and are_alike(one, other, threshold)]
        assert len(stay) >= keep
        assert each["alike_to"] in {other["qa_id"] for other in stay}


@given(buckets(), st.integers(1, 3), FEW, st.randoms(use_true_random=False))
def test_neither_order_nor_division_changes_what_goes(rows: list[Row], keep: int, few: int, random: object) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drops, "_FEW", few)
        whole = alike_items(table(rows), keep)
        assert alike_items(table(mixed), keep) == whole
        parts = [alike_items(table([each for each in mixed if each["bucket"] == part]), keep) for part in range(3)]
    assert pa.concat_tables(parts).sort_by("qa_id") == whole


@given(buckets(), st.integers(1, 3))
def test_keeping_more_lets_fewer_go(rows: list[Row], keep: int) -> None:
    assert len(alike_items(table(rows), keep + 1)) <= len(alike_items(table(rows), keep))


@pytest.mark.parametrize("shared", [27, 33, 36, 38])
def test_by_hash_pairs_are_found_as_often_as_the_curve_says(shared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """400 pairs of 40 shingles, `shared` of which are in both."""
    monkeypatch.setattr(drops, "_FEW", -1)
    chance = np.random.default_rng(shared)
    similarity = shared / (80 - shared)
    rows = []
    for pair in range(400):
        pieces = [int(piece) for piece in chance.choice(2**32, 80 - shared, replace=False)]
        rows += [
            row(2 * pair, set(pieces[:40]), bucket=pair // 50),
            row(2 * pair + 1, set(pieces[-40:]), bucket=pair // 50),
        ]
    found = len(alike_items(table(rows), 1, similarity))
    expected = 1 - (1 - similarity**ROWS_A_BAND) ** BANDS
    assert found / 400 >= expected - 4 * (expected * (1 - expected) / 400) ** 0.5
    assert found == 400 or similarity < THRESHOLD


def test_the_samples_questions_against_comparing_every_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a language in one bucket without their families, so that nothing but wordings is compared: 2 languages."""
    for language in ("sw", "th"):
        rows = signatures(sample_groups("sw", "th"), {}).within.to_pylist()
        ids = {
            each["qa_id"] for one in sample_groups("sw", "th") for each in one["items"] if each["language"] == language
        }
        rows = [{**each, "bucket": 0, "family": 0} for each in rows if each["qa_id"] in ids]
        monkeypatch.setattr(drops, "_FEW", -1)
        by_hash = set(alike_items(table(rows), 1).column("qa_id").to_pylist())
        exact = by_each_with_each(_one_of_each_wording(rows), 1, THRESHOLD) | _repeated(rows)
        assert len(exact) > 300
        assert by_hash == exact


def _one_of_each_wording(rows: list[Row]) -> list[Row]:
    return list({tuple(each["shingles"]): each for each in sorted(rows, key=_order, reverse=True)}.values())


def _repeated(rows: list[Row]) -> set[int]:
    first = {each["qa_id"] for each in _one_of_each_wording(rows)}
    return {each["qa_id"] for each in rows} - first


def _order(each: Row) -> tuple[int, int]:
    return each["order"], each["qa_id"]


def test_of_one_question_in_many_buckets_nothing_goes() -> None:
    rows = [row(number, {1, 2, 3}, family=7, bucket=number) for number in range(50)]
    assert alike_items(table(rows), 1).num_rows == 0


def test_no_rows() -> None:
    assert alike_items(table([]), 1).num_rows == 0


@pytest.mark.parametrize(
    ("keep", "threshold", "message"), [(0, 0.9, "keep 0"), (1, 0.0, "threshold"), (1, 1.1, "above 0")]
)
def test_settings_out_of_range_are_refused(keep: int, threshold: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        alike_items(table([]), keep, threshold)


def test_similarity_of_every_pair_is_a_share() -> None:
    sets = [frozenset(range(number)) for number in range(5)]
    assert all(0 <= jaccard(one, other) <= 1 for one, other in combinations(sets, 2))
    assert jaccard(sets[0], sets[0]) == 1
    assert jaccard(sets[2], sets[4]) == 0.5


def test_a_question_that_goes_within_an_entity_goes_from_the_table_of_items() -> None:
    within = signatures([group(item(1), item(2)), group(item(3), qid=2, picture="b")], {}).within
    assert alike_items(within, 1).num_rows == 1
    assert alike_items(within, 2).num_rows == 0
