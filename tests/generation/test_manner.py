from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.manner import asks, quoted_whole, repeated
from pipeline.generation.text import QUOTES

PAIRS = sorted((opening, closing) for opening, all_closing in QUOTES.items() for closing in all_closing)


@pytest.mark.parametrize(("opening", "closing"), [*PAIRS, ("'", "'"), ("`", "`"), ("〝", "〟")])
def test_marks_of_any_script_round_the_whole_are_seen(opening: str, closing: str) -> None:
    assert quoted_whole(f"{opening}What is shown here?{closing}")
    assert quoted_whole(f" {opening}What’s shown here{closing}?")
    assert quoted_whole(f"{opening}これは何ですか？{closing}。")
    assert not quoted_whole(f"{opening}Eiffel Tower{closing} is what?")
    assert not quoted_whole(f"Is it {opening}Eiffel Tower{closing}?")
    assert not quoted_whole(f"{opening}Forth Bridge{closing} or {opening}Firth Bridge{closing}?")


@pytest.mark.parametrize("text", ["", "“”", '"', "'", "“ What is it?", "What is it?”", "'t Hof is what?"])
def test_no_pair_is_none_round_the_whole(text: str) -> None:
    assert not quoted_whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "What what what is this?", "Which one, which one, which one is it?", "これはこれはこれは何ですか？",
        "What is this? I ask: what is this? Again, what is this?", "นี่คือนี่คือนี่คืออะไร", "यह क्या यह क्या यह क्या है?",
        "Whatwhatwhat is it?",
    ],
)  # fmt: skip
def test_what_is_said_three_times_is_seen(text: str) -> None:
    assert repeated(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is it that that is?",
        "Pago Pago?",
        "Was it in 1000000 or 000?",
        "Ni nani aliye na nani?",
        "Bu ürününün adı ne?",
        "これは何ですか、これは？",
    ],
)
def test_what_is_said_twice_is_not(text: str) -> None:
    assert not repeated(text)


@pytest.mark.parametrize(
    ("text", "template", "language", "expected"),
    [
        ("What does one see here?", "What is shown?", "en", True),
        ("Is this a bridge?", "What is shown?", "en", False),
        ("A whole bridge?", "What is shown?", "en", False),
        ("What a bridge", "What is shown?", "en", False),
        ("Est-ce un pont ?", "Quel est ce pont ?", "fr", False),
        ("Qu’est-ce que ce pont ?", "Quel est ce pont ?", "fr", True),
        ("Welches Land ist es?", "Aus welchem Land?", "de", True),
        ("Ist es aus Europa?", "Aus welchem Land?", "de", False),
        ("Из Африки ли это?", "Из какой страны это?", "ru", False),
        ("Какова страна?", "Из какой страны это?", "ru", True),
        ("นี่คือสะพาน", "นี่คือสิ่งใด", "th", False),
        ("สิ่งนี้เรียกว่าอะไร", "นี่คือสิ่งใด", "th", True),
        ("ตัวละครใดอยู่ในเกมนี้", "จงบอกชื่อตัวละครหนึ่ง", "th", True),
        ("นี่คือตัวละครตัวที่สอง", "จงบอกชื่อตัวละครหนึ่ง", "th", False),
        ("これは橋です？", "これは何ですか？", "ja", False),
        ("どこの橋ですか？", "これは何ですか？", "ja", True),
        ("这是桥吗？", "这是什么？", "zh", False),
        ("이것은 다리입니까?", "이것은 무엇입니까?", "ko", False),
        ("यह पुल है?", "यह क्या है?", "hi", False),
        ("Bu bir köprü?", "Bu nedir?", "tr", True),
        ("年を以下からお選びください。", "以下から年を選んでください。", "ja", True),
        ("年は以下のとおりです。", "正しい年を選んでください。", "ja", False),
        ("正しい年は何年ですか？", "正しい年を選んでください。", "ja", True),
        ("请说其中之一。", "请说出其中的一个角色。", "zh", True),
        ("其中之一是猫。", "请说出其中的一个角色。", "zh", False),
        ("Hãy chọn đúng năm.", "Trong ảnh là “X”. Hãy chọn năm mở cửa.", "vi", True),
        ("Đó là chín trăm.", "Trong ảnh là “X”. Hãy chọn năm mở cửa.", "vi", False),
        ("ছবিটি সেতুর।", "এটি কবে? নিচ থেকে সাল বেছে নিন।", "bn", False),
        ("এটি কবে? নিচ থেকে বেছে নিন।", "এটি কবে? নিচ থেকে সাল বেছে নিন।", "bn", True),
        ("This is what “Who?” shows.", "The picture shows “Who?”. Who made it?", "en", False),
    ],
)  # fmt: skip
def test_a_wording_asks_as_its_template_does(text: str, template: str, language: str, expected: bool) -> None:
    assert asks(text, template, language) is expected


@given(st.text(), st.sampled_from(["en", "th", "ja", "ko", "de", "vi", "am"]))
def test_a_text_asks_as_it_does_itself(text: str, language: str) -> None:
    assert asks(text, text, language)
