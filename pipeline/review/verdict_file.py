"""The file of all verdicts: a history to which imports only ever add; of two verdicts on one thing the later counts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.review.cells import read_cells, write_cells
from pipeline.review.sheet_csv import id_cell, read_id, refuse
from pipeline.review.verdict import ANSWER, ANSWERABLE, ASKED_LATER, PICTURE, QUESTION, Verdict

HEADER = ("qa_id", "template_id", "reworded", "reviewer", "question", "answerable", "answer", "picture", "comment",
          "sheet")  # fmt: skip
_MEND = "`culturalground review --import` writes such files; name one of them"


@dataclass(frozen=True)
class Entry:
    """A line of the history: a verdict, and the start of the SHA-256 of the sheet that it came with."""

    verdict: Verdict
    sheet: str


@dataclass(frozen=True)
class Folded:
    """What an import came to.

    Attributes:
        history: the whole of it, with what was added at its end.
        num_added: verdicts of sheets that were not imported before.
        num_replaced: of those, the ones that differ from an earlier one of the same reviewer on the same thing.
        num_empty: rows in which nothing was judged.
        known: sheets that had been imported before, and were passed over.
    """

    history: tuple[Entry, ...]
    num_added: int
    num_replaced: int
    num_empty: int
    known: tuple[str, ...]


def fold(history: Sequence[Entry], sheets: Mapping[str, tuple[str, Sequence[Verdict]]]) -> Folded:
    """Add the verdicts of sheets to a history.

    A sheet that was imported before is passed over whole: otherwise it would bring back what a later one replaced. For
    that, what a sheet only repeats is added too.

    Args:
        history: so far.
        sheets: name of the file -> digest and verdicts, those that are empty among them; the later name wins.
    """
    seen = {entry.sheet for entry in history}
    valid = {entry.verdict.key: entry.verdict for entry in history}
    added: list[Entry] = []
    replaced = empty = 0
    known: list[str] = []
    for name, (digest, verdicts) in sheets.items():
        if digest in seen:
            known.append(name)
            continue
        seen.add(digest)
        for verdict in verdicts:
            if verdict.is_empty:
                empty += 1
                continue
            replaced += valid.get(verdict.key, verdict) != verdict
            valid[verdict.key] = verdict
            added.append(Entry(verdict, digest))
    return Folded((*history, *added), len(added), replaced, empty, tuple(known))


def digest_of(sheet: bytes) -> str:
    """What a sheet is known by."""
    return hashlib.sha256(sheet).hexdigest()[:16]


def valid_verdicts(history: Sequence[Entry]) -> list[Verdict]:
    """Of each reviewer, the last word on each item and wording."""
    return list({entry.verdict.key: entry.verdict for entry in history}.values())


def write_history(history: Sequence[Entry]) -> bytes:
    """The file."""
    return write_cells(HEADER, (_cells(entry) for entry in history))


def _cells(entry: Entry) -> list[str]:
    said = entry.verdict
    return [
        id_cell(said.qa_id), said.template_id, "yes" if said.reworded else "no", said.reviewer, said.question,
        said.answerable, said.answer, said.picture, said.comment, entry.sheet,
    ]  # fmt: skip


def read_history(data: bytes, where: str) -> list[Entry]:
    """The lines of the file; one that was written before `answerable` was asked has no column for it.

    Raises:
        InputError: it is no file of verdicts; names the row.
    """
    entries: list[Entry] = []
    faults: list[tuple[int, str]] = []
    for number, found in read_cells(data, [name for name in HEADER if name != ASKED_LATER], where, _MEND):
        row = {ASKED_LATER: "", **found}
        qa_id = read_id(row["qa_id"])
        allowed = {"reworded": ("yes", "no"), "question": QUESTION, "answerable": ANSWERABLE, "answer": ANSWER,
                   "picture": PICTURE}  # fmt: skip
        wrong = [name for name, words in allowed.items() if row[name] not in ("", *words)]
        if qa_id is None or wrong:
            faults.append((number, f"column {wrong[0] if wrong else 'qa_id'} holds what no import writes; mend it"))
            continue
        said = {name: row[name] for name in ("reviewer", "question", "answerable", "answer", "picture", "comment")}
        entries.append(Entry(Verdict(qa_id, row["template_id"], row["reworded"] == "yes", **said), row["sheet"]))
    refuse(where, faults)
    return entries
