"""The sheet as CSV: one row an item, what is to be judged first, then the columns for the verdict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.errors import InputError
from pipeline.review.cells import read_cells, write_cells
from pipeline.review.item import ReviewItem
from pipeline.review.verdict import ANSWER, ANSWERABLE, ASKED_LATER, PICTURE, QUESTION, Verdict

SHOWN = (
    "qa_id", "template_id", "reworded", "language", "kind", "question", "options", "answer", "template means",
    "statement", "property", "picture", "attribution", "licence",
)  # fmt: skip
JUDGED = {
    "question": f"judge question: {'/'.join(QUESTION)}",
    "answerable": f"judge whether it can be answered: {'/'.join(ANSWERABLE)}",
    "answer": f"judge answer: {'/'.join(ANSWER)}",
    "picture": f"judge picture: {'/'.join(PICTURE)}",
    "comment": "comment",
    "reviewer": "reviewer",
}
COLUMNS = (*SHOWN, *JUDGED.values())
_ALLOWED = {"question": QUESTION, "answerable": ANSWERABLE, "answer": ANSWER, "picture": PICTURE}
# A spreadsheet program would round so long a number: the word before it makes it a text.
_ID = re.compile(r"(?:item )?(-?\d{1,19})")


def shown(item: ReviewItem) -> list[str]:
    """What stands in the columns SHOWN."""
    row, image = item.item, item.image
    return [
        id_cell(row["qa_id"]),
        row["template_id"],
        "yes" if item.is_reworded else "no",
        item.language.name,
        row["kind"],
        row["question"],
        " | ".join(row["choices"] or ()),
        row["answer"],
        item.means,
        " ".join(item.statement_urls),
        item.property_url,
        image["page_url"],
        image["attribution"],
        image["licence"],
    ]


def id_cell(qa_id: int) -> str:
    """How a qa_id is written."""
    return f"item {qa_id}"


def read_id(cell: str) -> int | None:
    """The qa_id that a cell holds, None where it holds none."""
    match = _ID.fullmatch(cell.strip())
    return int(match[1]) if match is not None and -(1 << 63) <= int(match[1]) < 1 << 63 else None


def sheet_csv(items: Iterable[ReviewItem]) -> bytes:
    """The sheet with nothing judged yet."""
    return write_cells(COLUMNS, ([*shown(item), *("" for _ in JUDGED)] for item in items))


def read_sheet(data: bytes, where: str) -> list[tuple[int, Verdict]]:
    """Rows of a sheet with the number that a spreadsheet program gives them, also those where nothing was judged.

    A name that stands in some rows of a sheet only, and no other one with it, is taken for the name of all. The column
    of what was not always asked may be missing.

    Raises:
        InputError: names the file and the rows that are malformed.
    """
    judged = [column for name, column in JUDGED.items() if name != ASKED_LATER]
    wanted = ("qa_id", "template_id", "reworded", *judged)
    mend = "give a sheet that `culturalground review` made, with its first row"
    rows = read_cells(data, wanted, where, mend)
    names = {name for _, row in rows if (name := _tidy(row[JUDGED["reviewer"]]))}
    reviewer = next(iter(names)) if len(names) == 1 else None
    found: list[tuple[int, Verdict]] = []
    faults: list[tuple[int, str]] = []
    for number, row in rows:
        verdict = _verdict(row, reviewer)
        if isinstance(verdict, str):
            faults.append((number, verdict))
        else:
            found.append((number, verdict))
    refuse(where, faults)
    return found


def refuse(where: str, faults: Sequence[tuple[int, str]]) -> None:
    """Raise InputError for the first of the faulty rows, and say how many there are."""
    if faults:
        number, fault = faults[0]
        more = f" ({len(faults) - 1} more rows have faults: {', '.join(str(row) for row, _ in faults[1:6])}"
        rest = "" if len(faults) == 1 else f"{more}{', ...' if len(faults) > 6 else ''})"
        raise InputError(f"{where}, row {number}: {fault}{rest}; nothing was imported")


def _verdict(row: dict[str, str], reviewer: str | None) -> Verdict | str:
    """The verdict of a row, or what is wrong with it."""
    qa_id = read_id(row["qa_id"])
    if qa_id is None:
        return f"{row['qa_id']!r} is no qa_id; they are written {id_cell(-123)}, and no digit may be lost"
    if row["reworded"] not in ("yes", "no"):
        return f"column reworded holds {row['reworded']!r}, which is neither yes nor no"
    said: dict[str, str] = {}
    for name, allowed in _ALLOWED.items():
        said[name] = _tidy(row.get(JUDGED[name], "")).casefold()
        if said[name] not in ("", *allowed):
            return f"column {JUDGED[name]!r} holds {row[JUDGED[name]]!r}; write {', '.join(allowed)}, or nothing"
    name = reviewer if reviewer is not None else _tidy(row[JUDGED["reviewer"]])
    comment = row[JUDGED["comment"]].strip()
    return Verdict(qa_id, row["template_id"].strip(), row["reworded"] == "yes", name, comment=comment, **said)


def _tidy(text: str) -> str:
    return " ".join(text.split())
