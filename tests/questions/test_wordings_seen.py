"""Every wording of every language: in its script, taken for its language, well formed, and no two alike."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from pipeline import vocabulary
from pipeline.questions.templates import Catalogue
from pipeline.reading import comparable
from tests.kit.wordings_seen import foreign_letters, read, seen

CODES = sorted(vocabulary.languages())
# The smallest model of fastText's lid.176 takes these for a near relative, or does not know them (Igbo): the least
# share of long wordings that it gives the language, and what it takes the others for.
EXCEPTIONS = {
    "ga": 0.8,  # English, Spanish: short sentences with "an" and "a"
    "ig": 0.0,  # not among its 176
    "jv": 0.55,  # Turkish, Indonesian
    "mn": 0.9,  # Russian, as Cyrillic
    "ms": 0.1,  # Indonesian: the same language to it
    "no": 0.6,  # Danish, Swedish
    "su": 0.5,  # Indonesian, Hungarian
    "sw": 0.85,  # Esperanto, English
}
# Marks that come in pairs; in German, Bulgarian and Czech “ closes, in Polish and Romanian ” closes alone, and Urdu and
# Hebrew use one mark at both ends.
PAIRS = ("«»", "「」", "()", "（）")
CLOSED_OTHERWISE = frozenset({"bg", "cs", "de", "iw", "pl", "ro", "ur"})
JOINERS = str.maketrans("", "", "\u200c\u200d")  # Persian and Sinhala need them


@pytest.mark.parametrize("code", CODES)
def test_a_language_is_written_in_its_script_and_taken_for_itself(catalogue: Catalogue, code: str) -> None:
    found = read(catalogue, code)
    assert found.foreign == []
    assert found.share(code) >= EXCEPTIONS.get(code, 0.95), found.identified.most_common(4)
    assert found.longest <= 200


@pytest.mark.parametrize("code", CODES)
def test_no_two_questions_of_a_language_read_alike(catalogue: Catalogue, code: str) -> None:
    texts = Counter(comparable(wording.text) for wordings in catalogue.languages[code].wordings.values()
                    for each in wordings.by_kind.values() for wording in each)  # fmt: skip
    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("code", CODES)
def test_a_question_is_well_formed(catalogue: Catalogue, code: str) -> None:
    digits = set(catalogue.languages[code].format.digits)
    pairs = PAIRS if code in CLOSED_OTHERWISE else (*PAIRS, "“”")
    for each in seen(catalogue, code):
        assert unicodedata.is_normalized("NFC", each.text), each
        categories = {unicodedata.category(char) for char in each.text.translate(JOINERS)}
        assert categories.isdisjoint({"Cc", "Cf", "Co", "Cn"}), each
        assert set(each.text).isdisjoint("{}|"), each
        assert {char for char in each.text if unicodedata.category(char) == "Nd"} <= digits, each
        for left, right in pairs:
            assert each.text.count(left) == each.text.count(right), each


def test_letters_of_another_script_are_found() -> None:
    assert foreign_letters("Что это за блюдo?", "ru") == "o"
    assert foreign_letters("Что это за блюдо?", "ru") == ""
    assert foreign_letters("この画像は何ですか？", "ja") == ""
    assert foreign_letters("这张图片是什么の？", "zh") == "の"
