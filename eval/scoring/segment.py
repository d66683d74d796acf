"""Words of a text, also in languages that write no spaces between them."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import regex  # type: ignore[import-untyped]

from eval.scoring.written import normalised

if TYPE_CHECKING:
    from sacrebleu.tokenizers.tokenizer_ja_mecab import TokenizerJaMecab

# Lao, Khmer, Burmese, Tibetan and Javanese script: no spaces between words, and no light segmenter that is kept up.
# What is read as one sign counts as a word. Thai and kana stand here for words of theirs in texts of other languages.
_SIGN_BY_SIGN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}]|(?:(?=[\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Javanese}\p{Thai}])\X)"
)


def words(text: str, language: str) -> list[str]:
    """Words in their order, normalised (`written.normalised`), without punctuation.

    Japanese by MeCab with the IPA dictionary and Chinese sign by sign, both as sacreBLEU does for them; Thai by
    PyThaiNLP's maximal matching; others at spaces, signs of a script without spaces one by one.

    Args:
        text: any.
        language: the data set's code.
    """
    said = normalised(text, language)
    if language == "ja":
        return str(_japanese()(said)).split()
    if language == "th":
        return [word for chunk in said.split() for word in _thai(chunk)]
    return str(_SIGN_BY_SIGN.sub(r" \g<0> ", said)).split()


@cache
def _japanese() -> TokenizerJaMecab:
    # Imported where it is used: dictionaries are read.
    from sacrebleu.tokenizers.tokenizer_ja_mecab import TokenizerJaMecab

    return TokenizerJaMecab()


def _thai(chunk: str) -> list[str]:
    # Otherwise its import makes a folder in the user's home, for models that are not used here.
    os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")
    from pythainlp.tokenize import word_tokenize

    return list(word_tokenize(chunk, engine="newmm", keep_whitespace=False))
