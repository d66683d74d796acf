"""What a text says once case, width, marks that do not count, digits' script and articles are taken away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import yaml

# Vowel points that writers of Arabic and Hebrew leave out or put in as they like, and the letter that only stretches.
_OPTIONAL = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]")
# Keyboards of Arabic, Persian and Urdu write one letter with several code points.
_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ۀ": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه"})
_ARABIC_SCRIPT = re.compile("[\u0600-\u06ff]")
# 12,345 and 12.345 are written in different countries for one number.
_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:([.,٬])\d{3})(?:\1\d{3})*(?![\d]|[.,٬]\d)")
_POINT = re.compile(r"(?<=\d)[.,٫](?=\d)")
_SIGN = re.compile(r"(?<!\S)[-−](?=\d)")
# They hold the places of a decimal point and a minus while punctuation is taken away.
_KEPT = {"\ue000": ".", "\ue001": "-"}
_AN_ATTACHED_ARTICLE_LEAVES = 3


def normalised(text: str, language: str) -> str:
    """Words of a text in a form in which equal words are equal, one space between them.

    Compatibility form, no case (Turkish dotted and dotless i apart), digits of all scripts as ASCII, numbers without
    group separators, no punctuation, symbols or vowel points. Vowel signs of Indic and Thai writing are kept.

    Args:
        text: any.
        language: the data set's code.
    """
    text = unicodedata.normalize("NFKC", text)
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    text = _OPTIONAL.sub("", text.casefold())
    if _ARABIC_SCRIPT.search(text):
        text = text.translate(_LETTERS)
    text = "".join(_plain(character) for character in text)
    text = _GROUPED.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    text = _SIGN.sub("\ue001", _POINT.sub("\ue000", text))
    text = "".join(_KEPT.get(character) or _bare(character) for character in text)
    # Casefolding may leave what is composed otherwise.
    return " ".join(unicodedata.normalize("NFC", text).split())


def without_article(words: str, language: str) -> str:
    """Normalised words without a leading article of the language; as they are where nothing else would be left.

    Args:
        words: from `normalised`.
        language: the data set's code; one without articles leaves all as it is.
    """
    articles = _articles()
    first, _, rest = words.partition(" ")
    if rest and first in articles["apart"].get(language, ()):
        return rest
    for attached in articles["attached"].get(language, ()):
        if first.startswith(attached) and len(first) - len(attached) >= _AN_ATTACHED_ARTICLE_LEAVES:
            return words.removeprefix(attached)
    return words


def same(one: str, other: str, language: str) -> bool:
    """Whether two texts say the same words, articles aside; texts without words never do."""
    first, second = normalised(one, language), normalised(other, language)
    if not first or not second:
        return False
    return first == second or without_article(first, language) == without_article(second, language)


def same_as_any(text: str, answers: Iterable[str], language: str) -> bool:
    """Whether a text says the same as one of several."""
    return any(same(text, answer, language) for answer in answers)


def first_line(reply: str) -> str:
    """The first line that has a word, a digit or a sign of writing; "" without."""
    lines = (line.strip() for line in reply.splitlines())
    return next((line for line in lines if any(unicodedata.category(mark)[0] in "LNM" for mark in line)), "")


def visible(text: str) -> str:
    """A text in compatibility form without joiners and direction marks."""
    return "".join(mark for mark in unicodedata.normalize("NFKC", text) if unicodedata.category(mark) != "Cf")


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _bare(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":  # joiners, direction marks: they are not seen
        return ""
    return " " if category[0] in "PSZC" else character


@cache
def _articles() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    text = (resources.files("eval.scoring") / "articles.yaml").read_text(encoding="utf-8")
    return {
        kind: {language: tuple(normalised(word, language) for word in words) for language, words in by_language.items()}
        for kind, by_language in yaml.safe_load(text).items()
    }
