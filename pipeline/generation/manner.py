"""How a text is said: between quotation marks, over and over, or as a statement where its template asks."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from pipeline.generation.signs import signs_of
from pipeline.generation.text import QUOTES, WITHOUT_SPACES, quoted_name, scripts, without, words

# Marks that only the beginning of a text tells from an apostrophe.
_AROUND_TEXTS = {**QUOTES, "'": "'", "`": "`´'", "〝": "〞〟", "❝": "❞"}
# Where words are not written apart, they have few letters; elsewhere a word may well have two letters three times.
_LETTERS_THRICE, _UNSPACED_THRICE = re.compile(r"(.{3,}?)\1\1"), re.compile(r"(.{2,}?)\1\1")
_PHRASE = 3
# U+037E, the Greek mark, is a semicolon in NFC.
_QUESTION_MARKS = frozenset("?؟？;፧")
_SENTENCE_END = re.compile(r"[.?!…؟。।]")
_MARKS = re.compile(r"[?؟፧]")


def quoted_whole(text: str) -> bool:
    """Whether one pair of quotation marks, of any script, stands round all of it; the last full stop may follow."""
    text = text.strip().rstrip(".?!;؟。？！। ")
    closing = _AROUND_TEXTS.get(text[:1])
    if closing is None or len(text) < 3:
        return False
    opening, depth = text[0], 0
    for at, char in enumerate(text):
        if text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha():
            continue  # an apostrophe
        if char in closing and (at or opening not in closing):
            depth -= 1
        elif char == opening:
            depth += 1
        if depth == 0:
            return at == len(text) - 1
    return False


def repeated(text: str) -> int:
    """How many phrases are said three times: letters or words three times in a row, or three words anywhere."""
    found = words(text)
    thrice = _UNSPACED_THRICE if scripts(text) & WITHOUT_SPACES else _LETTERS_THRICE
    letters = sum(len(thrice.findall(_letters(word))) for word in found)
    in_a_row = sum(
        found[at : at + size] == found[at + size : at + 2 * size] == found[at + 2 * size : at + 3 * size]
        for size in range(1, len(found) // 3 + 1)
        for at in range(len(found) - 3 * size + 1)
    )
    phrases = Counter(tuple(found[at : at + _PHRASE]) for at in range(len(found) - _PHRASE + 1))
    return letters + in_a_row + sum(count >= 3 for count in phrases.values())


def mark_at_end(text: str) -> str | None:
    """The question mark that ends a text, inside or before closing quotation marks; full width counts as plain."""
    for char in reversed(unicodedata.normalize("NFC", text)):
        if char in _QUESTION_MARKS:
            return unicodedata.normalize("NFKC", char)
        if unicodedata.category(char) not in {"Pf", "Pe", "Pi", "Zs", "Cf"} and char != '"':
            return None
    return None


def has_question_mark(text: str) -> bool:
    """Whether a text has a question mark anywhere, or ends with the Greek one."""
    return bool(_MARKS.search(unicodedata.normalize("NFKC", text))) or mark_at_end(text) is not None


def asks(text: str, template: str, language: str) -> bool:
    """Whether a text asks as its template does: with a question mark, a word that asks, or a request in its words.

    What the template does not have is not wanted. A template without mark and word is a request ("name one part of
    it"): a text may ask instead, or must begin or end its last sentence as the template does, since verbs stand there.

    Args:
        text: the rewording.
        template: what it must do the same as.
        language: of both, the data set's code.
    """
    name, signs = quoted_name(template), signs_of(language)
    said, wanted = without(text, name), without(template, name)
    marked, worded = bool(_MARKS.search(wanted)), signs.ask(wanted)
    if marked or worded:
        return (not marked or bool(_MARKS.search(said))) and (not worded or signs.ask(said))
    return bool(_MARKS.search(said)) or signs.ask(said) or _same_request(said, wanted)


def _same_request(said: str, wanted: str) -> bool:
    length = 2 if scripts(wanted) & WITHOUT_SPACES else 3
    last, model = _last_sentence(said), _last_sentence(wanted)
    return last[:length] == model[:length] or last[-length:] == model[-length:]


def _last_sentence(text: str) -> str:
    """The letters of the last sentence that has any."""
    return next((letters for part in reversed(_SENTENCE_END.split(text)) if (letters := _letters(part))), "")


def _letters(text: str) -> str:
    """With the marks upon them."""
    return "".join(char for char in text if unicodedata.category(char)[0] in "LM")
