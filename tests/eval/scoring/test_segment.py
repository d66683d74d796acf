from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.segment import words
from eval.scoring.written import normalised


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("ja", "猫が赤いマットの上に座っている。", "猫 が 赤い マット の 上 に 座っ て いる"),
        ("zh", "一只猫，2020年", "一 只 猫 2020 年"),
        ("th", "แมวนั่งอยู่บนเสื่อสีแดง", "แมว นั่ง อยู่ บน เสื่อ สีแดง"),
        ("ko", "고양이가 앉아 있다.", "고양이가 앉아 있다"),
        ("am", "ድመት፡በምንጣፍ፡ላይ።", "ድመት በምንጣፍ ላይ"),
        ("hi", "बिल्ली चटाई पर है।", "बिल्ली चटाई पर है"),
        ("en", "A cat's red mat, 3.5 m", "a cat s red mat 3.5 m"),
        ("en", "the 猫の mat", "the 猫 の mat"),
        ("km", "ឆ្មាតូច", "ឆ្មា តូ ច"),
    ],
)
def test_words(language: str, text: str, wanted: str) -> None:
    assert words(text, language) == wanted.split()


@given(st.text(max_size=20), st.sampled_from(["en", "zh", "ar", "hi", "ja"]))
def test_nothing_is_lost(text: str, language: str) -> None:
    assert "".join(words(text, language)) == normalised(text, language).replace(" ", "")
