from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.labels import NO_LABELS, LabelColumn, Labels, label_codes
from pipeline.reading import comparable
from pipeline.schema import LABEL
from tests.questions.rows import label

LANGUAGES = {"en": ("en", "en-gb"), "iw": ("he",)}
TEXTS = st.text("aB é\u0301{}\n„ש", max_size=3)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "language": st.sampled_from(["en", "en-gb", "he", "mul", "fr"]),
            "label": TEXTS,
            "aliases": st.none() | st.lists(TEXTS, max_size=3),
        }
    ),
    max_size=4,
    unique_by=lambda row: str(row["language"]),
)
CODES = [*label_codes(LANGUAGES).values(), ("fr",)]


def best(rows: Sequence[dict[str, Any]] | None, codes: tuple[str, ...]) -> tuple[str, str] | None:
    return Labels.of(rows).best(codes)


def test_codes_are_those_of_wikidata_and_mul_last() -> None:
    assert label_codes(LANGUAGES) == {"en": ("en", "en-gb", "mul"), "iw": ("he", "mul")}


def test_fallbacks_can_be_left_out() -> None:
    assert label_codes(LANGUAGES, ["mul"]) == {"en": ("en", "mul"), "iw": ("he", "mul")}
    assert label_codes(LANGUAGES, ["variant"]) == LANGUAGES
    assert label_codes(LANGUAGES, []) == {"en": ("en",), "iw": ("he",)}


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (["mul", "en-gb", "en", "fr"], ("en label", "en")),
        (["mul", "en-gb", "fr"], ("en-gb label", "en-gb")),
        (["fr", "mul"], ("mul label", "mul")),
        (["fr", "de"], None),
        ([], None),
    ],
)
def test_the_first_code_that_has_one_gives_the_label(present: list[str], expected: tuple[str, str] | None) -> None:
    rows = [label(code, f"{code} label") for code in present]
    assert best(rows, ("en", "en-gb", "mul")) == expected


def test_no_labels_are_no_label() -> None:
    assert best(None, ("en", "mul")) is None
    assert NO_LABELS.best(("en", "mul")) is None
    assert NO_LABELS.names == set()


@pytest.mark.parametrize(
    "broken",
    [
        "a{entity}", "}", "a\nb", "a\tb", "\x7f", "a\u2028b", "a\u202eb", "\u2067a", "a\ufffd", "\ue000", " ", "\u200f",
    ],
)  # fmt: skip
def test_what_would_break_a_sentence_is_passed_over(broken: str) -> None:
    assert best([label("en", broken), label("mul", "sound")], ("en", "mul")) == ("sound", "mul")
    assert best([label("en", broken)], ("en", "mul")) is None


@pytest.mark.parametrize("needed", ["می\u200cشود", "ක්\u200dෂ", "\u200eABC", "O'Brien & Co. (1)", "「名」"])
def test_what_a_script_needs_is_kept(needed: str) -> None:
    assert best([label("en", needed)], ("en",)) == (needed, "en")


def test_a_label_is_in_nfc_without_space_around_it() -> None:
    assert best([label("en", " e\u0301  x ")], ("en",)) == ("\u00e9  x", "en")


def test_names_are_labels_and_aliases_of_all_languages() -> None:
    rows = [
        label("en", "Cuzco", ["Cusco", "CUZCO"]),
        label("fr", "Couzco"),
        label("mul", "Qosqo"),
        {**label("he", "x")},
    ]
    assert Labels.of(rows).names == {"cuzco", "cusco", "couzco", "qosqo", "x"}
    assert Labels.of([{"language": "en", "label": "A", "aliases": None}]).names == {"a"}
    assert Labels.of([{"language": "en", "label": "A"}]).names == {"a"}
    assert Labels.of(None).names == set()


@given(ROWS, st.lists(st.sampled_from(CODES), min_size=1, max_size=6))
def test_what_was_asked_before_changes_no_answer(rows: list[dict[str, Any]], asked: list[tuple[str, ...]]) -> None:
    kept = Labels.of(rows)
    for codes in asked:
        assert kept.best(codes) == best(rows, codes)
        assert kept.names == {comparable(name) for row in rows for name in (row["label"], *(row["aliases"] or ()))}


@given(st.lists(st.none() | ROWS, max_size=6), st.data())
def test_labels_of_a_column_are_those_of_its_rows_however_it_is_cut(
    lists: list[list[dict[str, Any]] | None], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(lists)))
    length = data.draw(st.integers(0, len(lists) - start))
    column = LabelColumn(pa.array(lists, pa.list_(LABEL)).slice(start, length))
    for at, rows in enumerate(lists[start : start + length]):
        found, expected = column[at], Labels.of(rows)
        assert found.by_code == expected.by_code
        for codes in CODES:
            assert found.best(codes) == expected.best(codes)
        assert found.names == expected.names


def test_aliases_are_decoded_once_and_only_where_names_are_asked_for() -> None:
    decoded = 0

    def aliases() -> list[list[str] | None]:
        nonlocal decoded
        decoded += 1
        return [["Cusco"], None]

    found = Labels(["en", "mul"], ["Cuzco", "Qosqo"], aliases)
    assert found.best(("en", "mul")) == ("Cuzco", "en")
    assert found.by_code == {"en": "Cuzco", "mul": "Qosqo"}
    assert decoded == 0
    assert found.names == {"cuzco", "cusco", "qosqo"}
    assert found.names == {"cuzco", "cusco", "qosqo"}
    assert decoded == 1
