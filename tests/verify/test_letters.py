"""The rule of letters, case by case: names may be in any script, what a language itself writes may not."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline import vocabulary
from pipeline.verify.letters import SCRIPTS, Letters, foreign, letters_problem


def item(
    language: str, question: str, answer: str, original: str | None = None, family: str = "name"
) -> dict[str, Any]:
    return {
        "qa_id": 1, "language": language, "question": question, "answer": answer,
        "original_answer": original or answer, "template_id": f"{family}/{language}/open/1/r1",
    }  # fmt: skip


FITS = {
    "its own script": item("am", "ይህ ምንድን ነው?", "እንጀራ"),
    "a label of another script": item("am", "ይህ ምንድን ነው?", "折り紙"),
    "a label of another script in a sentence": item("ru", "Что это?", "Это Peer Gynt", "Peer Gynt"),
    "a quoted name": item("ru", "Где находится “Hermitage Museum in Saint Petersburg”?", "Россия"),
    "half of the letters": item("ru", "Что abc?", "да"),
    "three scripts of Japanese": item("ja", "これは何というゲームですか", "囲碁とカルタ"),
    "Han in Korean": item("ko", "이것은 무엇입니까?", "韓國 한국"),
    "a unit": item("ru", "Какова высота?", "12 км", family="height"),
    "a century": item("ru", "Когда?", "XVI век", family="inception"),
    "marks that belong to no script": item("hi", "यह क्या है？", "३ मीटर", family="height"),
}  # fmt: skip
BREAKS = {
    "most letters": (item("ru", "Что is this?", "да"), "6 of 9 letters of the question"),
    "no letter of its own": (item("el", "?", "ναι"), "0 of 0 letters of the question"),
    "an answer that was reworded": (item("ru", "Что это?", "это the Кижи", "Кижи"), "has 'the' of another script"),
    "a year in words": (item("ar", "متى بُني هذا المبنى؟", "year 1850", family="inception"), "has 'year'"),
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_what_fits(name: str) -> None:
    assert letters_problem(FITS[name]) is None


@pytest.mark.parametrize("name", BREAKS)
def test_what_does_not(name: str) -> None:
    broken, words = BREAKS[name]
    assert words in str(letters_problem(broken))


def test_every_language_has_its_script() -> None:
    assert {language.script for language in vocabulary.languages().values()} == set(SCRIPTS)
    for code, language in vocabulary.languages().items():
        assert foreign(language.own_name, code) == "", code


def test_names_of_another_script_are_counted_by_language_with_examples() -> None:
    check = Letters()
    items = [item("am", "ይህ ምንድን ነው?", answer) for answer in ("折り紙", "እንጀራ", "折り紙", "Peer Gynt", "Kyiv")]
    check.look({"items": [*items, item("ru", "Что это?", "Кижи")]}, "train-00000", 0)
    assert check.check().looked_at == 6
    assert check.check().notes == ("answers that are names in another script", "am: 4 of 5, such as 折り紙, Peer Gynt")
