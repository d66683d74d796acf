from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.generation.additions import names_beyond, numbers_beyond


@pytest.mark.parametrize(
    ("text", "other", "beyond"),
    [
        ("Built in 1889, by 3 people?", "Built in 1889?", {"3"}),
        ("متى بُني هذا في ١٨٨٩؟", "When, in 1889?", set()),
        ("متى بُني هذا في ١٨٩٠؟", "When, in 1889?", {"1890"}),
        ("১৮৮৯ সালে?", "1889", set()),
        ("何階ですか、１２？", "何階ですか？", {"12"}),
        ("1,234 or 1234 or 1.234?", "1 234", set()),
        ("On 1.2.1990?", "1990, the 2nd of the month 01", set()),
        ("On 1.2.1990?", "In 1990", {"121990"}),
        ("The 05th?", "5", set()),
        ("Is it ፲ or Ⅷ?", "VIII", {"፲"}),
        ("No number", "1 and 2", set()),
    ],
)
def test_numbers_count_by_their_value_in_any_digits(text: str, other: str, beyond: set[str]) -> None:
    assert numbers_beyond(text, other) == beyond


@pytest.mark.parametrize(
    ("text", "other", "language", "beyond"),
    [
        ("Which country, Kenya or Mali, is it?", "Which country is it, in Mali?", "en", {"Kenya"}),
        ("Kenya has it. Where is it?", "Where is it?", "en", set()),
        ("Here it is: Kenya", "Where is it?", "en", set()),
        ("May I ask where I'm now?", "Where is it?", "en", set()),
        ("Is this “Kenya”?", "Is this so?", "en", {"Kenya"}),
        ("Is it a Kenyan dish?", "Is it a dish of Kenya?", "en", set()),
        ("Is it of Iran?", "Is it of Iraq?", "en", {"Iran"}),
        ("Is it in India?", "Is it in here?", "en", {"India"}),
        ("Où est-ce, en Afrique ou dans l’Himalaya ?", "Où est-ce en Afrique ?", "fr", {"Himalaya"}),
        ("L'Égypte est-elle ici ?", "Où est-ce ?", "fr", {"Égypte"}),
        ("En la foto, ¿Qué hay?", "Qué hay en la foto?", "es", set()),
        ("Из какого города Москва это?", "Из какого города это?", "ru", {"Москва"}),
        ("Скажите, знаете ли Вы, что это?", "Что это?", "ru", set()),
        ("Из какой части Москвы это?", "Из города Москва это?", "ru", set()),
        ("Τι είναι στην Ελλάδα;", "Τι είναι;", "el", {"Ελλάδα"}),
        ("Ayasofya'nın yanındaki İzmir mi?", "“Ayasofya” nedir?", "tr", {"İzmir"}),
        ("Cá bhfuil an rud seo i bPáras?", "Cá bhfuil an rud seo?", "ga", {"bPáras"}),
        ("Tahukah Anda apa ini?", "Apa ini?", "id", set()),
        ("Was ist auf dem Foto zu sehen?", "Was ist auf dem Bild zu sehen?", "de", set()),
        ("この写真のTokyo Towerは？", "この写真は？", "ja", {"Tokyo", "Tower"}),
        ("写真の「Tokyo Tower」とは？", "「Tokyo Tower」は何？", "ja", set()),
        ("هذا لـ«Ayşe Kulin»؟", "«Ayşe Kulin» هنا؟", "ar", set()),
        ("这是北京的吗？", "这是什么？", "zh", set()),
    ],
)  # fmt: skip
def test_names_are_words_with_a_capital_inside_a_sentence(
    text: str, other: str, language: str, beyond: set[str]
) -> None:
    assert names_beyond(text, other, language) == beyond


@given(st.text(), st.text(), st.sampled_from(["en", "fr", "ja", "de"]))
@example("0\r\u00afA", "", "en")
def test_a_text_has_nothing_beyond_itself_wherever_more_is_added(text: str, more: str, language: str) -> None:
    assert not numbers_beyond(text, f"{text} {more}")
    assert not names_beyond(text, f"{text} {more}", language)
    assert not names_beyond(text, text, language)


@given(st.integers(0, 10**9), st.sampled_from(["0", "٠", "०", "๐", "０"]), st.integers(0, 10**9))
def test_every_new_number_is_found_in_every_script(there: int, nought: str, added: int) -> None:
    def written(number: int) -> str:
        return "".join(chr(ord(nought) + int(digit)) for digit in str(number))

    found = numbers_beyond(f"x {written(there)} y {written(added)} z", f"is it {there}?")
    assert found == ({str(added)} if added != there else set())
