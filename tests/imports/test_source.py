"""Every row of a file is in exactly one piece, whatever the size of pieces, and damage costs what is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ijson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.imports import array_scan
from pipeline.imports.source import Given, plan, rows
from pipeline.storage import open_storage

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='a"\\[]{},:\n é𝕏', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
# What may stand before and after an array.
AROUND = (("", ""), ("\ufeff \n", " \n"))


def given_rows(uri: Path, piece_bytes: int) -> list[Given]:
    pieces = plan(0, str(uri), piece_bytes)
    assert [piece.start for piece in pieces] == sorted({piece.start for piece in pieces})
    return [row for piece in pieces for row in rows(piece)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@given(
    values=st.lists(VALUES, max_size=8), piece_bytes=st.integers(1, 60), block=st.integers(1, 40),
    indent=st.sampled_from([None, 1]), ascii_only=st.booleans(), around=st.sampled_from(AROUND),
)  # fmt: skip
def test_an_array_is_cut_as_a_parser_of_json_reads_it(
    folder: Path,
    values: list[Any],
    piece_bytes: int,
    block: int,
    indent: int | None,
    ascii_only: bool,
    around: tuple[str, str],
) -> None:
    file = folder / "rows.json"
    text = around[0] + json.dumps(values, indent=indent, ensure_ascii=ascii_only) + around[1]
    file.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(array_scan, "_BLOCK_BYTES", block)
        found = given_rows(file, piece_bytes)
    with file.open("rb") as opened:
        opened.seek(len(around[0].encode()))
        assert [row.value for row in found] == list(ijson.items(opened, "item", use_float=True)) == values
    data = file.read_bytes()
    for row in found:
        assert data[row.position :].startswith(row.raw)


@given(values=st.lists(VALUES, max_size=8), piece_bytes=st.integers(1, 60), end=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_each_line_is_in_one_piece(folder: Path, values: list[Any], piece_bytes: int, end: str) -> None:
    file = folder / "rows.jsonl"
    lines = [json.dumps(value, ensure_ascii=False) for value in values]
    file.write_text(end.join(lines) or end, encoding="utf-8", newline="")
    found = given_rows(file, piece_bytes)
    assert [row.value for row in found] == values
    data = file.read_bytes()
    assert all(data[row.position :].startswith(row.raw) for row in found)


@pytest.mark.parametrize("piece_bytes", [1, 200, 10**6])
def test_parquet_by_rows(folder: Path, piece_bytes: int) -> None:
    values = [{"id": f"Q{number}", "turns": [{"from": "human", "value": "é" * number}]} for number in range(50)]
    pq.write_table(pa.Table.from_pylist(values), folder / "rows.parquet", row_group_size=7)
    found = given_rows(folder / "rows.parquet", piece_bytes)
    assert [(row.position, row.value) for row in found] == list(enumerate(values))


def test_a_row_that_is_no_json_costs_itself(folder: Path) -> None:
    for name, text in (("bad.json", '[{"a": 1}, {"a": nope}, {"a": 3}]'), ("bad.jsonl", '{"a": 1}\n{"a":\n{"a": 3}\n')):
        (folder / name).write_text(text, encoding="utf-8")
        assert [row.value for row in given_rows(folder / name, 5)] == [{"a": 1}, None, {"a": 3}]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.json", b'{"a": 1}', r"a\.json: is an object, not an array of rows; a file with one row a line"),
        ("a.json", b"<html>", r"a\.json: is no JSON array of rows; it begins with b'<html>'"),
        ("a.json", b'[{"a": 1}, {"a": 2', r"a\.json: its array does not end.*of the row that begins at byte 10"),
        ("a.json", b'[{"a": 1}, {"a": "2}, {"a": 3}]', r"its array does not end.*a quotation mark or a bracket"),
        ("a.json", b'[{"a": 1}] x', r"something follows the end of the array at byte 9"),
        ("a.json", b"", r"--from .*a\.json: is empty"),
        ("a.jsonl", b"", r"--from .*a\.jsonl: is empty"),
        ("a.parquet", b"PAR1 no", r"--from .*a\.parquet: is not parquet"),
        ("a.json.gz", b"x", r"--from .*a\.json\.gz: ends in none of \.json, \.jsonl"),
        (None, b"", r"--from .*b\.json: there is no such file"),
    ],
)  # fmt: skip
def test_files_that_are_refused(tmp_path: Path, name: str | None, data: bytes, says: str) -> None:
    if name is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=says):
        plan(0, str(tmp_path / (name or "b.json")), 100)


@pytest.mark.s3
def test_files_in_a_bucket(s3_uri: str) -> None:
    values = [{"n": number} for number in range(20)]
    storage = open_storage(s3_uri)
    storage.write("rows.json", json.dumps(values).encode())
    storage.write("rows.jsonl", "\n".join(map(json.dumps, values)).encode())
    for name in ("rows.json", "rows.jsonl"):
        found = [row.value for piece in plan(0, f"{s3_uri}/{name}", 30) for row in rows(piece)]
        assert found == values
