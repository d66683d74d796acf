from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.review.cells import write_cells
from pipeline.review.sheet_csv import COLUMNS, JUDGED, read_sheet, sheet_csv, shown
from pipeline.review.verdict import ANSWER, ANSWERABLE, PICTURE, QUESTION, Verdict
from pipeline.review.verdict_file import HEADER, Entry, digest_of, fold, read_history, valid_verdicts, write_history
from tests.review.rows import review_item, verdict

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)
VERDICTS = st.builds(
    Verdict,
    st.sampled_from([-(2**63), -1, 0, 5, 2**63 - 1]),
    st.sampled_from(["country/sw/open/1/r1", "country/sw/open/1/r2"]),
    st.booleans(),
    st.sampled_from(["", "reader-1", "=cmd"]),
    st.sampled_from(["", *QUESTION]),
    st.sampled_from(["", *ANSWERABLE]),
    st.sampled_from(["", *ANSWER]),
    st.sampled_from(["", *PICTURE]),
    TEXTS,
)
SHEETS = st.lists(st.lists(VERDICTS, max_size=6), max_size=4)


def filled(*rows: tuple[str, str, str, str, str, str], qa_id: int = 7) -> bytes:
    """A sheet with these words in the columns of JUDGED."""
    return write_cells(COLUMNS, [[*shown(review_item(qa_id + at)), *row] for at, row in enumerate(rows)])


def test_a_sheet_that_nobody_filled_in_says_nothing() -> None:
    rows = read_sheet(sheet_csv([review_item(-3), review_item(2**63 - 1, "ar", "choice")]), "sheet.csv")
    assert [number for number, _ in rows] == [2, 3]
    assert all(said.is_empty for _, said in rows)
    assert [(said.qa_id, said.template_id) for _, said in rows] == [
        (-3, "country/sw/open/1/r1"),
        (2**63 - 1, "country/ar/choice/1/r1"),
    ]


def test_words_are_read_as_people_write_them() -> None:
    rows = read_sheet(
        filled((" Good", "No", "CANNOT  tell", "yes ", "=ok", " reader-1  K "), ("", "", "", "", "", "")), "sheet.csv"
    )
    one, other = (said for _, said in rows)
    assert (one.question, one.answerable, one.answer, one.picture, one.comment, one.reviewer) == (
        "good", "no", "cannot tell", "yes", "=ok", "reader-1 K",
    )  # fmt: skip
    assert other.reviewer == "reader-1 K"


def test_two_names_in_one_sheet_stay_apart() -> None:
    said = [("good", "", "", "", "", "A"), ("odd", "", "", "", "", "B"), ("odd", "", "", "", "", "")]
    rows = read_sheet(filled(*said), "s")
    assert [said.reviewer for _, said in rows] == ["A", "B", ""]


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("qa_id", "1.2E+18", "'1.2E\\+18' is no qa_id; they are written item -123, and no digit may be lost"),
        ("qa_id", "item 9223372036854775808", "is no qa_id"),
        ("reworded", "maybe", "column reworded holds 'maybe'"),
        (JUDGED["question"], "fine", "holds 'fine'; write good, odd, wrong, or nothing"),
        (JUDGED["answerable"], "right", "holds 'right'; write yes, no, or nothing"),
        (JUDGED["answer"], "yes", "holds 'yes'; write right, wrong, cannot tell, or nothing"),
        (JUDGED["picture"], "good", "holds 'good'; write yes, no, or nothing"),
    ],
)
def test_a_malformed_row_is_named(column: str, cell: str, says: str) -> None:
    row = dict(zip(COLUMNS, [*shown(review_item()), *[""] * len(JUDGED)], strict=True)) | {column: cell}
    data = write_cells(COLUMNS, [[*shown(review_item()), *[""] * len(JUDGED)], list(row.values()), list(row.values())])
    with pytest.raises(InputError, match=f"^sheet.csv, row 3: .*{says}.* \\(1 more rows have faults: 4\\)"):
        read_sheet(data, "sheet.csv")


@given(st.lists(VERDICTS))
def test_the_history_is_read_as_it_was_written(verdicts: list[Verdict]) -> None:
    history = [Entry(said, f"{number:016x}") for number, said in enumerate(verdicts)]
    assert read_history(write_history(history), "file") == history


@given(st.lists(VERDICTS))
def test_a_history_from_before_it_was_asked_whether_questions_can_be_answered_is_read(verdicts: list[Verdict]) -> None:
    """And goes on with the column, once something is added."""
    before = [Entry(replace(said, answerable=""), "d") for said in verdicts]
    [head, *rows] = csv.reader(io.StringIO(write_history(before).decode("utf-8-sig"), newline=""))
    text = io.StringIO(newline="")
    at = head.index("answerable")
    csv.writer(text).writerows([[*row[:at], *row[at + 1 :]] for row in (head, *rows)])
    old = read_history(text.getvalue().encode("utf-8-sig"), "verdicts.csv")
    assert old == before
    history = fold(old, {"s.csv": ("e", [verdict(7, answerable="no")])}).history
    assert read_history(write_history(history), "verdicts.csv") == [*before, Entry(verdict(7, answerable="no"), "e")]


def test_a_sheet_from_before_it_was_asked_is_read() -> None:
    old = [column for column in COLUMNS if column != JUDGED["answerable"]]
    data = write_cells(old, [[*shown(review_item()), "good", "right", "yes", "so", "A"]])
    [(_, said)] = read_sheet(data, "sheet.csv")
    assert said == verdict(7, "good", answer="right", picture="yes", comment="so", reviewer="A")
    assert said.answerable == ""


def test_another_table_is_no_history() -> None:
    with pytest.raises(InputError, match=r"verdicts\.csv: has no column 'reviewer'; `culturalground review --import`"):
        read_history(write_cells(("qa_id", "template_id", "reworded"), []), "verdicts.csv")
    row = ("item 7", "country/sw/open/1/r1", "no", "", "fine", "", "", "", "", "")
    with pytest.raises(InputError, match=r"verdicts\.csv, row 2: column question holds what no import writes"):
        read_history(write_cells(HEADER, [row]), "verdicts.csv")


@given(SHEETS)
def test_the_last_word_counts_and_nothing_is_taken_out(sheets: list[list[Verdict]]) -> None:
    history: tuple[Entry, ...] = ()
    said: dict[object, Verdict] = {}
    for number, rows in enumerate(sheets):
        folded = fold(history, {"s.csv": (str(number), rows)})
        assert folded.history[: len(history)] == history
        assert folded.num_empty == sum(row.is_empty for row in rows)
        history = folded.history
        said |= {row.key: row for row in rows if not row.is_empty}
        assert {row.key: row for row in valid_verdicts(history)} == said


@given(SHEETS)
def test_sheets_that_come_again_change_nothing(sheets: list[list[Verdict]]) -> None:
    given_ = {f"{number}.csv": (digest_of(repr(rows).encode()), rows) for number, rows in enumerate(sheets)}
    once = fold((), given_)
    assert fold(once.history, given_).history == once.history
    # Neither does the first of them alone, whose words a later one may have replaced.
    for name, sheet in given_.items():
        if any(entry.sheet == sheet[0] for entry in once.history):
            assert fold(once.history, {name: sheet}).known == (name,)
            assert fold(once.history, {name: sheet}).history == once.history


def test_a_reviewer_who_judges_again_is_counted() -> None:
    rows = [verdict(7, "good"), verdict(7, "odd"), verdict(7, "good", reviewer="B"), verdict(7, "good", reworded=True)]
    folded = fold((), {"s.csv": ("d", rows)})
    assert (folded.num_added, folded.num_replaced) == (4, 1)
    assert [said.question for said in valid_verdicts(folded.history)] == ["odd", "good", "good"]
    later = fold(folded.history, {"t.csv": ("e", [verdict(7, "wrong"), verdict(7, "good", reviewer="B")])})
    assert (later.num_added, later.num_replaced) == (2, 1)
