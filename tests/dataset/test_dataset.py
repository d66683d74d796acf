from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.attribution import attribution, licence_counts
from pipeline.dataset.attribution_page import attribution_page
from pipeline.dataset.card import card
from pipeline.dataset.preview import preview
from pipeline.dataset.shards import index_rows
from pipeline.dataset.split import split_of
from pipeline.dataset.statistics import statistics
from pipeline.review.acceptance import Acceptance, Reviewed, Share
from pipeline.schema import ATTRIBUTION, INDEX


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


def test_statistics_add_up() -> None:
    index = pa.Table.from_pylist(index_rows(ROW, "0", 0), schema=INDEX)
    numbers = statistics(index, 1)
    assert numbers["num_samples"] == sum(numbers["samples_by_language"].values()) == 2
    assert numbers["samples_by_country_and_language"] == {"egypt": {"ar": 1, "en": 1}}
    text = card("run", numbers, {"CC0": 1}, ["2026-11-01"], Reviewed())
    assert "| Arabic | 1 |" in text
    assert "| Egypt | 2 |" in text
    assert "| CC0 | 1 |" in text


def test_attribution_lists_what_is_used_once() -> None:
    fields: dict[str, Any] = dict.fromkeys(ATTRIBUTION.names, "x") | {"attribution_required": True, "restrictions": []}
    rows = [
        {**fields, "sha256": sha, "title": title} for sha, title in (("b", "1"), ("a", "1"), ("a", "1"), ("c", "1"))
    ]
    table = attribution(pa.Table.from_pylist(rows, schema=ATTRIBUTION), pa.array(["a", "b"]))
    assert table.column("sha256").to_pylist() == ["a", "b"]
    assert licence_counts(table) == {"x": 2}


def test_the_page_of_attributions_counts_escapes_and_links_only_to_the_web() -> None:
    fields: dict[str, Any] = dict.fromkeys(ATTRIBUTION.names, "x") | {"attribution_required": True, "restrictions": []}
    rows = [
        {**fields, "title": "A <b>.jpg", "author": "B & C", "licence": "CC0", "licence_url": "javascript:alert(1)",
         "page_url": "https://commons.wikimedia.org/wiki/File:A.jpg", "restrictions": ["personality"]},
        {**fields, "title": "Other.jpg", "licence": "CC BY 4.0", "licence_url": None},
    ]  # fmt: skip
    credits = pa.Table.from_pylist(rows, schema=ATTRIBUTION)
    page = attribution_page("a & b", credits)
    assert "A &lt;b&gt;.jpg" in page
    assert "B &amp; C" in page
    assert "<li>CC0: 1</li>" in page
    assert "javascript" not in page
    assert page.count("<a ") == 1
    many = attribution_page("run", pa.concat_tables([credits] * 3000))
    assert many.count("<tr><td>") == 5000
    assert "Another 1,000 are in" in many


def test_the_preview_escapes_and_keeps_direction() -> None:
    page = preview("run", [ROW])
    assert 'dir="rtl"' in page
    assert "<1>" not in page
    assert "A &lt;b&gt; &amp; co" in page
    assert page.count("class=right") == 1


def test_the_card_says_what_speakers_said_and_where_none_did() -> None:
    index = pa.Table.from_pylist(index_rows(ROW, "0", 0), schema=INDEX)
    numbers = statistics(index, 1)
    assert "Nobody has judged these questions" in card("run", numbers, {}, [], Reviewed())
    # Verdicts on a language that the data set does not have say nothing of it.
    swahili = Reviewed({"sw": Acceptance(Share(5, 5))}, frozenset({"name/sw/open/1/r1"}))
    assert "Nobody has judged these questions" in card("run", numbers, {}, [], swahili)
    arabic = Acceptance(Share(10, 9), Share(4, 1), Share(8, 8), Share())
    text = card("run", numbers, {}, [], Reviewed({"ar": arabic}, frozenset({"name/ar/open/1/r1"})))
    said = "9 of 10 (90 %, 60 to 98) | 1 of 4 (25 %, 5 to 70) | 8 of 8 (100 %, 68 to 100) | none judged"
    assert f"| Arabic | {said} | 1 |" in text
    assert "Nobody has judged: English." in text
