from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from eval.report.pictures import places
from eval.report.selection import ANCHOR, PER_PICTURE, select
from tests.eval.report import made_up

Row = dict[str, Any]


@st.composite
def galleries(draw: st.DrawFn) -> list[Row]:
    rows = []
    for qid in range(1, draw(st.integers(1, 6)) + 1):
        wanted = draw(
            st.sets(
                st.tuples(
                    st.sampled_from(made_up.LANGUAGES),
                    st.sampled_from(["open", "choice"]),
                    st.sampled_from([0, 17, 31]),
                ),
                min_size=1,
                max_size=20,
            )
        )
        items = [made_up.item(qid, language, kind, number) for language, kind, number in sorted(wanted)]
        rows.append(made_up.shard(qid, items))
    return rows


@given(galleries())
def test_every_language_of_the_rows_is_shown(rows: list[Row]) -> None:
    shown = {item["language"] for items in select(rows) for item in items}
    assert shown == {item["language"] for row in rows for item in row["items"]}


@given(galleries())
def test_a_card_asks_one_fact_in_different_languages_with_english_first(rows: list[Row]) -> None:
    for row, items in zip(rows, select(rows), strict=True):
        assert all(item in row["items"] for item in items)
        card = items[:PER_PICTURE]
        fact = (card[0]["property"], card[0]["kind"])
        same = [item for item in card if (item["property"], item["kind"]) == fact]
        assert len({item["language"] for item in same}) == len(same)
        offered = {item["language"] for item in row["items"] if (item["property"], item["kind"]) == fact}
        assert (card[0]["language"] == ANCHOR) == (ANCHOR in offered)


@given(galleries(), st.randoms(use_true_random=False))
def test_the_order_of_a_rows_items_does_not_matter(rows: list[Row], shuffler: random.Random) -> None:
    shuffled = [{**row, "items": shuffler.sample(row["items"], len(row["items"]))} for row in rows]
    assert select(shuffled) == select(rows)


def test_a_full_gallery_needs_no_larger_cards() -> None:
    assert {len(items) for items in select(made_up.gallery(24))} == {PER_PICTURE}


def test_pictures_come_from_as_many_countries_as_there_are() -> None:
    index = _index(num_per_country=3)
    chosen = places([index], limit=24)
    assert len(set(chosen)) == 24
    country = {(row["shard"], row["row"]): row["country"] for row in index.to_pylist()}
    assert len({country[place] for place in chosen}) == 24
    every = places([index], limit=10**6)
    assert sorted(every) == sorted(country)
    assert every[:24] == chosen


def test_pictures_do_not_depend_on_the_order_of_the_index() -> None:
    index = _index(num_per_country=3)
    order = random.Random(5).sample(range(index.num_rows), index.num_rows)
    assert places([index.take(pa.array(order))]) == places([index])
    shards = [index.filter(pc.equal(index.column("shard"), shard)) for shard in set(index.column("shard").to_pylist())]
    assert places(shards) == places([index])


def _index(num_per_country: int) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "shard": f"{number % 7:06d}", "row": number // 7, "qid": number, "language": language,
                "country": made_up.COUNTRIES[number // num_per_country], "domain": ("food", "dance")[number % 2],
            }
            for number in range(num_per_country * len(made_up.COUNTRIES))
            for language in made_up.LANGUAGES[: 2 + number % 3]
        ]
    )  # fmt: skip
