from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.review.cells import protected, read_cells, unprotected, write_cells

ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.text(ANY | st.sampled_from("'=+-@\t\r\n\";,＝"))
HEADER = ("one", "two")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_as_a_formula_does(sign: str) -> None:
    for text in (sign, f"{sign}1+1", f"'{sign}1"):
        assert protected(text) == f"'{text}"
    assert protected(f"1{sign}1") == f"1{sign}1"


@given(TEXTS)
def test_no_cell_is_a_formula_and_each_is_read_as_it_was(text: str) -> None:
    cell = protected(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert unprotected(cell) == text


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_what_was_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    found = read_cells(write_cells(HEADER, rows), HEADER, "file", "mend")
    wanted = [(number, row) for number, row in enumerate(rows, start=2) if "".join(map(protected, row)).strip()]
    assert [(number, (row["one"], row["two"])) for number, row in found] == wanted


def test_spreadsheet_programs_know_the_encoding() -> None:
    assert write_cells(HEADER, []).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_a_spreadsheet_program_made_of_it_is_read(separator: str) -> None:
    rows = list(csv.reader(io.StringIO(write_cells(HEADER, [("=1", "a;b,c\td")]).decode("utf-8-sig"), newline="")))
    again = io.StringIO()
    csv.writer(again, delimiter=separator, lineterminator="\n").writerows([*rows, ["", ""], ["short"]])
    found = read_cells(again.getvalue().encode(), HEADER, "file", "mend")
    assert found == [(2, {"one": "=1", "two": "a;b,c\td"}), (4, {"one": "short", "two": ""})]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("one,two\nä".encode("latin-1"), "file: is not UTF-8; save it again as “CSV UTF-8”"),
        (b"one\nx", "file: has no column 'two'; mend"),
        (b"", "file: has no column 'one'; mend"),
        (b'one,two\n"open', "file: is no CSV"),
    ],
)
def test_what_is_no_such_table_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_cells(data, HEADER, "file", "mend")
