from __future__ import annotations

import babel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import vocabulary
from pipeline.generation.held_value import holds, identity, is_part_of, numbers, tells_another
from pipeline.questions.dates import CENTURY, DECADE, YEAR, Date, write_date
from pipeline.questions.templates import shipped_catalogue

CODES = tuple(vocabulary.languages())


def countries(language: str) -> list[str]:
    """What CLDR calls the countries, without groups of them."""
    names = babel.Locale({"iw": "he", "no": "nb"}.get(language, language)).territories
    return sorted({name for code, name in names.items() if code.isalpha() and code not in {"EZ", "UN", "EU", "QO"}})


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "It is in Kenya.", "Kenya"),
        ("en", "That is Kenya’s.", "Kenya"),
        ("en", "In the United States", "The United States"),
        ("en", "wood, stone and 3 nails", "stone, wood and 3 nails"),
        ("en", "It is 12,345 metres long.", "12345 metres"),
        ("pl", "To jest w Kenii.", "Kenia"),
        ("pl", "Pochodzi z Polski.", "Polska"),
        ("pl", "Stoi w Krakowie.", "Kraków"),
        ("pl", "Znajduje się w Łodzi.", "Łódź"),
        ("pl", "Zbudowano ją w 1889 roku.", "1889 r."),
        ("pl", "Z drewna i kamienia? Z kamienia, drewna.", "drewno"),
        ("cs", "Stojí v Praze? Ne, z Prahy.", "Praha"),
        ("ru", "Это находится в Индии.", "Индия"),
        ("ru", "Построено в 1889 году.", "1889 год"),
        ("ru", "Это было в XIX веке.", "XIX век"),
        ("uk", "Це в Кенії.", "Кенія"),
        ("uk", "Стоїть у Києві, не у Львові.", "Київ, Львів"),
        ("ko", "쌀로 만듭니다.", "쌀"),
        ("zh", "是用纸做的。", "纸"),
        ("bg", "В България", "България"),
        ("el", "Είναι από την Κένυα, της Ινδονησίας.", "Ινδονησία"),
        ("tr", "Kenya'dadır.", "Kenya"),
        ("tr", "Ahşaptan yapılmıştır.", "ahşap"),
        ("tr", "Ağacından yapılır.", "ağaç"),
        ("mn", "Энэ нь Кенийн бүтээл.", "Кени"),
        ("hi", "यह केन्या में है।", "केन्या"),
        ("hi", "यह चमड़े से बना है।", "चमड़ा"),
        ("bn", "এটি কেনিয়ায় অবস্থিত, ৩৫ মিটার", "কেনিয়া, 35 মিটার"),
        ("ta", "இது கென்யாவில் உள்ளது", "கென்யா"),
        ("te", "ఇది కెన్యాలో ఉంది", "కెన్యా"),
        ("ar", "هو مصنوع من الخشب.", "خشب"),
        ("ar", "يقع باليابان.", "اليابان"),
        ("ar", "بُني عام ١٨٨٩.", "1889 م"),
        ("iw", "הוא נמצא בקניה.", "קניה"),
        ("fa", "در کنیا است.", "کنیا"),
        ("am", "በኬንያ ነው።", "ኬንያ"),
        ("ga", "Tá sé i mBaile Átha Cliath, sa Fhrainc.", "An Fhrainc"),
        ("ko", "케냐에 있습니다.", "케냐"),
        ("ko", "1889년에 지어졌습니다.", "1889년"),
        ("ja", "インドにあります。", "インド"),
        ("ja", "1889年に建てられました。", "1889年"),
        ("zh", "它在肯尼亚。", "肯尼亚"),
        ("th", "อยู่ในประเทศเคนยา", "เคนยา"),
        ("vi", "Ở Hà Nội.", "Hà Nội"),
        ("sw", "Iko nchini Kenya.", "Kenya"),
    ],
)
def test_a_value_is_found_with_what_its_language_does_to_it(language: str, text: str, value: str) -> None:
    assert holds(text, value, language)
    assert not tells_another(text, value, "?", language)


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "It is in Iraq.", "Iran"),
        ("en", "It is in Nigeria.", "Niger"),
        ("en", "It is in Papua New Guinea.", "Guinea"),
        ("en", "In the 1960s", "1960"),
        ("en", "In 1960 BCE", "1960"),
        ("en", "In 1960", "1960s"),
        ("en", "It is 15 m high.", "1.5 m"),
        ("en", "stone", "stone and wood"),
        ("pl", "W Nigerii", "Niger"),
        ("pl", "W Australii", "Austria"),
        ("pl", "Z XVIII wieku", "XVII wiek"),
        ("pl", "W 1889 r. p.n.e.", "1889 r."),
        ("ru", "В 1889 году до нашей эры или до н. э.", "1889 год"),
        ("tr", "Nijerya'da", "Nijer"),
        ("ja", "インドネシアにあります。", "インド"),
        ("ja", "1880年代です。", "1880年"),
        ("ja", "紀元前1880年です。", "1880年"),
        ("ja", "宝石です。", "石"),
        ("zh", "是宝石做的。", "石"),
        ("ko", "쌀국수입니다.", "쌀"),
        ("ko", "인도네시아에 있습니다.", "인도"),
        ("zh", "位于赤道几内亚。", "几内亚"),
        ("vi", "Ở Ha Noi.", "Hà Nội"),
        ("ar", "في غينيا الاستوائية", "غينيا"),
        ("hi", "यह कनाडा में है।", "केन्या"),
    ],
)
def test_another_value_is_not_taken_for_it(language: str, text: str, value: str) -> None:
    assert not holds(text, value, language) or tells_another(text, value, "?", language)


@pytest.mark.parametrize("language", CODES)
def test_no_country_is_taken_for_another(language: str) -> None:
    """Of those whose names begin alike: Niger and Nigeria, India and Indonesia, Guinea and Guinea-Bissau."""
    names = countries(language)
    pairs = [(one, other) for one in names for other in names if one != other and one[:3] == other[:3]]
    taken = [(one, other) for one, other in pairs[::3] if holds(other, one, language)]
    assert [(one, other) for one, other in taken if not tells_another(other, one, "?", language)] == []
    assert all(holds(name, name, language) and not tells_another(name, name, "?", language) for name in names)


@pytest.mark.parametrize("language", CODES)
@settings(max_examples=20)
@given(year=st.integers(2, 2000), precision=st.sampled_from([YEAR, DECADE, CENTURY]), data=st.data())
def test_no_date_is_taken_for_another(language: str, year: int, precision: int, data: st.DataObject) -> None:
    style = shipped_catalogue().languages[language].format
    size = {YEAR: 1, DECADE: 10, CENTURY: 100}
    value = write_date(Date(precision, year // size[precision]), style)
    assert holds(value, value, language)
    assert not tells_another(value, value, "?", language)
    other_precision = data.draw(st.sampled_from([YEAR, DECADE]))
    other_index = data.draw(st.integers(2, 2000)) // size[other_precision]
    sign = data.draw(st.sampled_from([1, -1]))
    other = write_date(Date(other_precision, sign * other_index), style)
    if precision != CENTURY and other != value:
        assert not holds(other, value, language) or tells_another(other, value, "?", language), (other, value)


@given(st.integers(0, 10**9), st.sampled_from(["0", "٠", "०", "๐", "０"]), st.sampled_from([",", ".", " ", "’", ""]))
def test_numbers_count_by_their_worth_in_any_digits_and_groups(number: int, nought: str, mark: str) -> None:
    grouped = f"{number:,}".replace(",", mark)
    written = "".join(chr(ord(nought) + int(char)) if char.isdigit() else char for char in grouped)
    assert numbers(f"x {written} y") == {str(number)}


def test_fractions_are_no_groups() -> None:
    assert numbers("1.5 and 1,25 and 0.50 and 12,34,567") == {"1.5", "1.25", "0.50", "1234567"}


def test_words_of_a_value_are_known_as_its_own() -> None:
    assert is_part_of("Łodzi", "Łódź", "pl")
    assert is_part_of("gCorcaigh", "Corcaigh", "ga")
    assert not is_part_of("Londyn", "Łódź", "pl")


@given(st.text(), st.text(), st.text(), st.sampled_from(CODES))
def test_any_texts_get_an_answer(text: str, value: str, template: str, language: str) -> None:
    assert isinstance(holds(text, value, language), bool)
    assert isinstance(tells_another(text, value, template, language), bool)


def test_the_files_of_the_languages_in_use_are_told() -> None:
    one, both = identity(["en"]), identity(["pl", "en"])
    assert list(both["words"]) == ["en", "pl"]
    assert one["words"]["en"] == both["words"]["en"] != both["words"]["pl"]
    assert one["babel"] == babel.__version__
