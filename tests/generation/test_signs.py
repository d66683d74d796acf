from __future__ import annotations

import pytest

from pipeline import vocabulary
from pipeline.generation.signs import identity, load_signs, refuses, signs_of
from pipeline.questions.templates import shipped_catalogue
from pipeline.reading import comparable

REFUSALS = {
    "en": "I’m sorry, but that is not for me.",
    "es": "Lo siento, no puedo ayudar con eso.",
    "fr": "Désolé, je ne peux pas.",
    "de": "Es tut mir leid, das geht nicht.",
    "ru": "К сожалению, я не могу.",
    "zh": "抱歉，我无法回答。",
    "ja": "申し訳ありませんが、できません。",
    "ar": "آسف، لا أستطيع ذلك.",
    "hi": "मुझे खेद है, मैं नहीं कर सकता।",
    "th": "ขออภัย ฉันไม่สามารถทำได้",
    "tr": "Üzgünüm, yapamam.",
}
POLITE = {
    "en": "Excuse me, what is this?", "ja": "すみません、これは何ですか？", "ru": "Извините, что это?",
    "th": "ขอโทษนะคะ นี่คืออะไร", "id": "Maaf, ini apa?", "xx": "Es tut mir leid.",
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), REFUSALS.items())
def test_refusals_are_seen(language: str, text: str) -> None:
    assert refuses(text, language)


def test_what_models_say_of_themselves_is_seen_in_every_language() -> None:
    for language in vocabulary.languages():
        assert refuses("Well, as an AI, I see a bridge", language)


@pytest.mark.parametrize(("language", "text"), POLITE.items())
def test_polite_openings_are_none(language: str, text: str) -> None:
    assert not refuses(text, language)


def test_the_file_knows_the_data_sets_languages_only() -> None:
    assert set(load_signs().languages) <= set(vocabulary.languages())
    assert len(identity()) == 64


def test_words_that_ask_are_in_nearly_every_question_of_the_catalogue() -> None:
    """What is listed is complete enough to refuse a wording that has none of it."""
    for code, language in shipped_catalogue().languages.items():
        if signs_of(code).questions:
            texts = [
                comparable(wording.text)
                for block in language.wordings.values()
                for wordings in block.by_kind.values()
                for wording in wordings
                if wording.text.endswith(("?", "？", ";")) or code == "th"
            ]
            without = [text for text in texts if not signs_of(code).ask(text)]
            assert len(without) <= 0.005 * len(texts), (code, without)
