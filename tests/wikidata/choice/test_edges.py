from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schema import EDGES
from pipeline.wikidata.choice.edges import best_edges

RANKS = ("preferred", "normal", "deprecated")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "subject": st.integers(1, 6),
            "property": st.sampled_from([31, 279]),
            "object": st.integers(1, 6),
            "rank": st.sampled_from(RANKS),
        }
    )
)


@given(ROWS, st.integers(0, 30))
def test_they_are_the_truthy_statements_however_the_rows_are_cut_into_tables(
    rows: list[dict[str, object]], cut: int
) -> None:
    tables = [pa.Table.from_pylist(part, schema=EDGES) for part in (rows[:cut], rows[cut:])]
    subjects, objects = best_edges(tables, 279)
    expected = []
    for subject in range(1, 7):
        own = [row for row in rows if row["subject"] == subject and row["property"] == 279]
        best = next((rank for rank in RANKS[:2] if any(row["rank"] == rank for row in own)), None)
        expected += sorted((subject, row["object"]) for row in own if row["rank"] == best)
    assert list(zip(subjects.tolist(), objects.tolist(), strict=True)) == expected


def test_without_tables_there_are_none() -> None:
    assert [array.size for array in best_edges([], 31)] == [0, 0]
