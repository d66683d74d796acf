from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.preview import preview
from pipeline.dataset.shards import index_rows
from pipeline.dataset.split import split_of
from pipeline.schema import INDEX


def item(qa_id: int, **changes: Any) -> dict[str, Any]:
    fixed = {"qa_id": qa_id, "language": "ar", "kind": "open", "property": 31, "question": "ما هذا؟", "answer": "عود"}
    return {**fixed, "choices": None, "answer_index": None, **changes}


ROW: dict[str, Any] = {
    "qid": 42,
    "sha256": "ab" * 32,
    "country": "egypt",
    "domain": "instrument",
    "split": "train",
    "title": 'Oud "A" <1>.jpg',
    "page_url": "https://example.org/?a=1&b=2",
    "attribution": "A <b> & co",
    "image": b"bytes",
    "items": [item(1), item(2, kind="choice", choices=["عود", "ناي"], answer_index=0, language="en")],
}


@given(st.integers(1, 2**31), st.floats(0, 0.4), st.floats(0, 0.4))
def test_an_entity_moves_only_when_its_share_does(qid: int, validation: float, test: float) -> None:
    before = split_of(qid, validation, test)
    assert before in {"train", "validation", "test"}
    if before == "test":
        assert split_of(qid, validation, test + 0.1) == "test"
    if before == "train":
        assert split_of(qid, validation / 2, test) == "train"


def test_shares_are_met() -> None:
    splits = [split_of(qid, 0.1, 0.2) for qid in range(20_000)]
    assert abs(splits.count("test") / 20_000 - 0.2) < 0.01
    assert abs(splits.count("validation") / 20_000 - 0.1) < 0.01


def test_the_index_names_every_item_in_its_place() -> None:
    rows = index_rows(ROW, "000003", 5)
    assert [(row["qa_id"], row["shard"], row["row"], row["item"]) for row in rows] == [
        (1, "000003", 5, 0),
        (2, "000003", 5, 1),
    ]
    assert [row["num_characters"] for row in rows] == [10, 16]
    pa.Table.from_pylist(rows, schema=INDEX).validate(full=True)


def test_the_preview_escapes_and_keeps_direction() -> None:
    page = preview("run", [ROW])
    assert 'dir="rtl"' in page
    assert "<1>" not in page
    assert "A &lt;b&gt; &amp; co" in page
    assert page.count("class=right") == 1
