from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.text import quoted_name, scripts, tidied, words


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("The picture shows “Forth Bridge”. What is it made of?", "Forth Bridge"),
        ("Das Bild zeigt „Kölner Dom“. Woraus besteht er?", "Kölner Dom"),
        ("L’image montre « Mont Blanc ». Qu’est-ce ?", "Mont Blanc"),
        ("写真に写っているのは「玉ねぎ」です。", "玉ねぎ"),
        ("图中的“长城”在哪里？", "长城"),
        ("تظهر في الصورة «كعك». من أيّ بلد هي؟", "كعك"),
        ('בתמונה מופיע "כותל". מהו?', "כותל"),
        ('בתמונה של חיל האוויר (צה"ל) מופיע «מטוס». מהו?', "מטוס"),
        ("The picture shows “the „Old“ ‘House’”. What is it?", "the „Old“ ‘House’"),
        ("تصویر میں ”بانگ درا“ ہے۔ یہ کیا ہے؟", "بانگ درا"),
        ("Kuvassa on ”Sibelius-monumentti”. Missä se on?", "Sibelius-monumentti"),
        ("What is shown here?", None),
        ("What’s this, and where’s it from?", None),
        ("The picture shows “”. What is it?", None),
        ("It is 5” wide", None),
    ],
)
def test_the_name_stands_in_quotation_marks(question: str, name: str | None) -> None:
    assert quoted_name(question) == name


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="“”"), min_size=1)
)
def test_any_name_is_found_that_does_not_have_the_marks_around_it(name: str) -> None:
    assert quoted_name(f"The picture shows “{name}”. What is it?") == (name.strip() or None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What is 12 km?", {"LATIN"}),
        ("この写真のビルは？", {"HIRAGANA", "CJK", "KATAKANA"}),
        ("ｆｕｌｌ ｗｉｄｔｈ ﾊﾝｶｸ", {"LATIN", "KATAKANA"}),
        ("किस देश से है?", {"DEVANAGARI"}),
        ("የየትኛው አገር ነው?", {"ETHIOPIC"}),
        ("ภาพนี้คืออะไร", {"THAI"}),
        ("이것은 무엇입니까?", {"HANGUL"}),
        ("12, 34; ?", set()),
    ],
)
def test_scripts_are_those_of_the_letters(text: str, found: set[str]) -> None:
    assert scripts(text) == found


def test_words_lose_their_punctuation_only() -> None:
    assert words("“What’s this?” — he (she) asked…") == ["what’s", "this", "he", "she", "asked"]
    assert words("किस देश से है?") == ["किस", "देश", "से", "है"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_tidied_text_is_one_line_in_nfc_and_stays_as_it_is(text: str) -> None:
    tidy = tidied(text)
    assert tidied(tidy) == tidy == unicodedata.normalize("NFC", tidy)
    assert tidy == tidy.strip()
    assert not any(char in "\n\r\t\u2028\u2029\u202e\u2067" or unicodedata.category(char) == "Cc" for char in tidy)


def test_joiners_that_words_need_survive() -> None:
    assert tidied("می\u200cخواهم ශ්\u200dරී") == "می\u200cخواهم ශ්\u200dරී"


def test_spaces_that_hold_words_together_stay() -> None:
    asked = "Où est\u202f«\u00a0Candide\u00a0»\u202f?"
    assert tidied(f" {asked}\u00a0\n") == asked
    assert tidied("a \u00a0 b\u3000c\u00a0\u00a0d") == "a b c d"
