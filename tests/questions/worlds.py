"""Random small worlds: concepts whose statements, ranks, labels and names are awkward in the ways of Wikidata."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.questions.rows import CIRCA, CODES, concept, item, label, qualifier, time

DOMAINS = ("museum", "monument", "food")
COUNTRIES = ("peru", "kenya", "japan")
VALUES = range(12)
# Property -> the first of the twelve items that may be its value.
FIRST = {31: 1000, 495: 2000, 17: 2000, 186: 3000, 276: 5000, 131: 5000}
UNUSUAL = (582, 1480, 518, 1310)


def name_of(qid: int, code: str) -> str | None:
    """A label that depends on item and language alone. Some are missing, some awkward, some alike."""
    match qid % 11:
        case 0:
            return None if code in CODES[::2] else f"{code} {qid}"
        case 1:
            return f"Name {qid}" if code == "mul" else None
        case 2:
            return f"{code} «{qid}» “{qid}” 「{qid}」"
        case 3:
            return f"e\u0301 {code} {qid}"
        case 4:
            return f"{code} {{{qid}}}" if code != "mul" else f"mul {qid}"
        case 5:
            return f"{code} {qid - 1}"
        case 6:
            return f"{code}\n{qid}"
        case _:
            return None if code == "mul" else f"{code} {qid}"


def names(qid: int) -> list[dict[str, Any]]:
    found = [(code, name_of(qid, code)) for code in (*CODES, "mul", "fr")]
    return [label(code, text) for code, text in found if text is not None]


def _value(guid: str, number: int, value: int, **fields: Any) -> dict[str, Any]:
    return item(guid, number, FIRST[number] + value, value_labels=names(FIRST[number] + value), **fields)


@st.composite
def statements(draw: st.DrawFn, qid: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in FIRST:
        most = {495: draw(st.sampled_from([0, 0, 1])), 186: 4}.get(number, 2)
        values = draw(st.lists(st.sampled_from(VALUES), max_size=most))
        preferred = draw(st.booleans()) and len(values) > 1
        for place, value in enumerate(values):
            best = place == 0 or not preferred
            rank = "preferred" if preferred and best else "normal"
            unusual = [qualifier(draw(st.sampled_from(UNUSUAL)))] if draw(st.integers(0, 9)) == 0 else []
            guid = f"Q{qid}${number}-{place}"
            rows.append(_value(guid, number, value, best=best, rank=rank, qualifiers=unusual))
    for place in range(draw(st.integers(0, 2))):
        written = f"{draw(st.sampled_from('+++-'))}{draw(st.integers(1, 2030)):04}-01-01T00:00:00Z"
        circa = [CIRCA] if draw(st.integers(0, 3)) == 0 else []
        precision = draw(st.sampled_from([7, 8, 9, 11]))
        rows.append(time(f"Q{qid}$571-{place}", 571, written, precision, best=place == 0, qualifiers=circa))
    return rows


@st.composite
def concepts(draw: st.DrawFn, max_size: int = 3) -> list[dict[str, Any]]:
    return [
        concept(
            qid,
            draw(statements(qid)),
            labels=names(qid),
            domain=draw(st.sampled_from(DOMAINS)),
            countries=draw(st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=2, unique=True)),
            class_path=[1000 + draw(st.sampled_from(VALUES))],
        )
        for qid in draw(st.lists(st.integers(1, 11), min_size=1, max_size=max_size, unique=True))
    ]


# Others of the world, so that there are wrong options to draw from.
OTHERS = [
    concept(
        100 + number,
        [_value(f"Q{100 + number}${prop}", prop, number % 12) for prop in FIRST],
        labels=names(100 + number),
        domain=DOMAINS[number % 3],
        countries=[COUNTRIES[number % 2]],
    )
    for number in range(36)
]

_ITEMS = st.sampled_from([first + value for first in sorted(set(FIRST.values())) for value in VALUES])
KIN = st.dictionaries(_ITEMS, st.sets(_ITEMS, max_size=2), max_size=8)
