from __future__ import annotations

import pytest

from pipeline.questions.labels import choose_label, label_codes, names_in
from tests.questions.rows import label

LANGUAGES = {"en": ("en", "en-gb"), "iw": ("he",)}


def test_codes_are_those_of_wikidata_and_mul_last() -> None:
    assert label_codes("en", LANGUAGES) == ("en", "en-gb", "mul")
    assert label_codes("iw", LANGUAGES) == ("he", "mul")


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
    assert choose_label(rows, ("en", "en-gb", "mul")) == expected


def test_no_labels_are_no_label() -> None:
    assert choose_label(None, ("en", "mul")) is None


@pytest.mark.parametrize(
    "broken",
    [
        "a{entity}", "}", "a\nb", "a\tb", "\x7f", "a\u2028b", "a\u202eb", "\u2067a", "a\ufffd", "\ue000", " ", "\u200f",
    ],
)  # fmt: skip
def test_what_would_break_a_sentence_is_passed_over(broken: str) -> None:
    assert choose_label([label("en", broken), label("mul", "sound")], ("en", "mul")) == ("sound", "mul")
    assert choose_label([label("en", broken)], ("en", "mul")) is None


@pytest.mark.parametrize("needed", ["می\u200cشود", "ක්\u200dෂ", "\u200eABC", "O'Brien & Co. (1)", "「名」"])
def test_what_a_script_needs_is_kept(needed: str) -> None:
    assert choose_label([label("en", needed)], ("en",)) == (needed, "en")


def test_a_label_is_in_nfc_without_space_around_it() -> None:
    assert choose_label([label("en", " e\u0301  x ")], ("en",)) == ("\u00e9  x", "en")


def test_names_are_labels_and_aliases_of_the_codes_alone() -> None:
    rows = [
        label("en", "Cuzco", ["Cusco", "CUZCO"]),
        label("fr", "Couzco"),
        label("mul", "Qosqo"),
        {**label("he", "x")},
    ]
    assert names_in(rows, ("en", "mul")) == {"cuzco", "cusco", "qosqo"}
    assert names_in([{"language": "en", "label": "A", "aliases": None}], ("en",)) == {"a"}
    assert names_in(None, ("en",)) == set()
