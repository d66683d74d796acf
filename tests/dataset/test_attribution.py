"""The table of attributions and its page: all pictures in use, once, however the rows came, and nothing that runs."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.attribution import Credits, credits_of, digests
from pipeline.dataset.attribution_page import MOST_ROWS, attribution_page
from pipeline.schema import ATTRIBUTION

FIELDS: dict[str, Any] = dict.fromkeys(ATTRIBUTION.names, "x") | {"attribution_required": True, "restrictions": []}


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def credits(rows: list[tuple[str, str]], used: str, size: int = 3, num_first: int = 2) -> Credits:
    """Of pictures with titles; those in use are the letters of `used`."""
    full = [{**FIELDS, "sha256": digest(name), "title": title} for name, title in rows]
    tables = [pa.Table.from_pylist(full[at : at + size], schema=ATTRIBUTION) for at in range(0, len(full), size)]
    return credits_of(tables, digests([pa.chunked_array([[digest(name) for name in used]], pa.string())]), num_first)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("12")), max_size=12), st.integers(1, 12))
def test_every_picture_in_use_is_there_once_in_the_order_of_the_rows(rows: list[tuple[str, str]], size: int) -> None:
    found = credits(rows, "bcde", size)
    expected = [each for each in dict.fromkeys(rows) if each[0] != "a"]
    table = pq.read_table(io.BytesIO(found.parquet))
    assert table.schema.equals(ATTRIBUTION)
    assert list(zip(table.column("sha256").to_pylist(), table.column("title").to_pylist(), strict=True)) == [
        (digest(name), title) for name, title in expected
    ]
    assert (found.num_rows, found.licences.total(), found.first.num_rows) == (
        len(expected), len(expected), min(2, len(expected)),
    )  # fmt: skip
    assert found.parquet == credits(rows, "edcb", 1).parquet, "bytes do not depend on how rows came"


def test_digests_that_end_in_zeros_are_told_apart() -> None:
    hexes = ["00" * 32, "01" + "00" * 31, "ff" * 31 + "00", "ff" * 32]
    found = digests([pa.chunked_array([hexes]), pa.chunked_array([hexes[:1]])])
    assert len(found) == 4


def page(rows: list[dict[str, Any]]) -> str:
    used = digests([pa.chunked_array([[row["sha256"] for row in rows]], pa.string())])
    return attribution_page("a & b", credits_of([pa.Table.from_pylist(rows, schema=ATTRIBUTION)], used, MOST_ROWS))


def test_the_page_counts_escapes_and_links_only_to_the_web() -> None:
    shown = page(
        [
            {**FIELDS, "sha256": digest("a"), "title": "A <b>.jpg", "author": "B & C", "licence": "CC0",
             "licence_url": "javascript:alert(1)", "restrictions": ["personality"],
             "page_url": "https://commons.wikimedia.org/wiki/File:A.jpg"},
            {**FIELDS, "sha256": digest("b"), "title": "Other.jpg", "licence": "CC BY 4.0", "licence_url": None},
        ]
    )  # fmt: skip
    assert "A &lt;b&gt;.jpg" in shown
    assert "B &amp; C" in shown
    assert "<li>CC0: 1</li>" in shown
    assert "javascript" not in shown
    assert shown.count("<a ") == 1
    many = page([{**FIELDS, "sha256": digest(str(number))} for number in range(6000)])
    assert many.count("<tr><td>") == 5000
    assert "Another 1,000 are in" in many
