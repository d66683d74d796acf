"""Tables of text that people open in spreadsheet programs: CSV in which no cell becomes a formula or loses a digit."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from pipeline.errors import InputError

# A spreadsheet program takes such cells for formulas, the wide signs in some languages. An apostrophe before them is
# what these programs themselves use to say "text"; cells that look so already get one more, so that reading undoes it.
FORMULA = r"'*[=+\-@\t\r\n＝＋－＠]"
_FORMULA = re.compile(FORMULA)
_SEPARATORS = ",;\t"


def protected(text: str) -> str:
    """The cell that holds a text."""
    return f"'{text}" if _FORMULA.match(text) else text


def unprotected(cell: str) -> str:
    """The text that a cell holds."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_cells(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """CSV as UTF-8 with a byte order mark, every cell in quotation marks and protected."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([protected(text) for text in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def read_cells(data: bytes, header: Sequence[str], where: str, mend: str) -> list[tuple[int, dict[str, str]]]:
    """Rows by number, as a spreadsheet program counts them with the header as 1, each from column to text.

    Spreadsheet programs save with commas, semicolons or tabs, by country. Other columns, and another order, do no harm.

    Args:
        data: the file.
        header: columns that it must have.
        where: names the file in errors.
        mend: what to do about a file that lacks columns.

    Raises:
        InputError: the file is no CSV in UTF-8, or lacks a column.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: is not UTF-8; save it again as “CSV UTF-8”") from error
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(f"{where}: is no CSV: {error}; save it again as “CSV UTF-8”") from error
    names = rows[0] if rows else []
    missing = [name for name in header if name not in names]
    if missing:
        raise InputError(f"{where}: has no column {missing[0]!r}; {mend}")
    return [
        (number, {name: unprotected(cell) for name, cell in zip(names, row, strict=False)} | _short(names, row))
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]


def _short(names: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """Columns that a row does without: some programs leave empty cells at its end away."""
    return dict.fromkeys(names[len(row) :], "")
