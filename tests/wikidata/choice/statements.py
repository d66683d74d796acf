"""Statements with what the rules look at."""

from __future__ import annotations

from typing import Any


def row(prop: int, qid: int | None, *, best: bool = True, guid: str = "") -> dict[str, Any]:
    """A statement whose GUID says what it states."""
    return {"property": prop, "qid": qid, "best": best, "statement_id": guid or f"{prop}${qid}"}
