from __future__ import annotations

import re

import babel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import vocabulary
from pipeline.generation.answers import AnswerReason, check_answer
from pipeline.questions.dates import YEAR, Date, write_date
from pipeline.questions.templates import shipped_catalogue
from tests.generation.test_held_value import CODES, countries

WHERE = "The picture shows “Gedi”. Which country is it in?"
# Sentences that hold a country, a material or a year: language, question, answer, label.
GOOD = [
    ("en", WHERE, "It is in Kenya.", "Kenya"),
    ("en", WHERE, "“Gedi” is a place in Kenya.", "Kenya"),
    ("en", "When was it built?", "It dates from around 1850.", "around 1850"),
    ("pl", "Z jakiego kraju pochodzi to, co widać?", "Pochodzi z Kenii.", "Kenia"),
    ("pl", "W którym mieście to stoi?", "Stoi w Łodzi.", "Łódź"),
    ("pl", "Kiedy to zbudowano?", "Zbudowano to w 1889 roku.", "1889 r."),
    ("cs", "Z jaké země to pochází?", "Pochází z Indie.", "Indie"),
    ("ru", "Из какой страны эта вещь?", "Эта вещь из Кении.", "Кения"),
    ("ru", "В каком году это построено?", "Построено в 1889 году.", "1889 год"),
    ("uk", "З якої країни ця річ?", "Ця річ з Індії.", "Індія"),
    ("tr", "Bu eser hangi ülkeden?", "Bu eser Kenya'dan gelmektedir.", "Kenya"),
    ("tr", "Bu yapı neyden yapılmıştır?", "Ahşaptan yapılmıştır.", "ahşap"),
    ("mn", "Энэ ямар улсынх вэ?", "Энэ нь Монголын бүтээл юм.", "Монгол"),
    ("hi", "यह किस देश से है?", "यह केन्या से है।", "केन्या"),
    ("hi", "यह किससे बना है?", "यह चमड़े से बना है।", "चमड़ा"),
    ("ar", "من أيّ بلد هذا؟", "هذا من كينيا.", "كينيا"),
    ("ar", "ممَّ صُنع هذا؟", "صُنع من الخشب.", "خشب"),
    ("ar", "متى بُني هذا؟", "بُني عام ١٨٨٩ م.", "1889 م"),
    ("iw", "באיזו ארץ זה נמצא?", "זה נמצא בקניה.", "קניה"),
    ("fa", "این اثر از کدام کشور است؟", "این اثر از کنیا است.", "کنیا"),
    ("ur", "یہ کس ملک سے ہے؟", "یہ کینیا سے ہے۔", "کینیا"),
    ("am", "ይህ የየትኛው አገር ነው?", "ይህ የኬንያ ነው።", "ኬንያ"),
    ("bn", "এটি কোন দেশের?", "এটি কেনিয়ার।", "কেনিয়া"),
    ("ta", "இது எந்த நாட்டைச் சேர்ந்தது?", "இது கென்யாவில் உள்ளது.", "கென்யா"),
    ("te", "ఇది ఏ దేశానికి చెందినది?", "ఇది కెన్యాకు చెందినది.", "కెన్యా"),
    ("si", "මෙය කුමන රටේද?", "මෙය කෙන්යාවේ ය.", "කෙන්යාව"),
    ("ja", "これはどの国のものですか？", "ケニアのものです。", "ケニア"),
    ("ja", "「Tokyo Tower」はいつ建てられましたか？", "「Tokyo Tower」は1958年に建てられました。", "1958年"),
    ("zh", "这张图片里的东西来自哪个国家？", "它来自肯尼亚。", "肯尼亚"),
    ("ko", "이것은 어느 나라 것입니까?", "케냐의 것입니다.", "케냐"),
    ("th", "สิ่งนี้มาจากประเทศใด", "มาจากประเทศเคนยา", "เคนยา"),
    ("vi", "Vật này đến từ nước nào?", "Vật này đến từ Kenya.", "Kenya"),
    ("el", "Από ποια χώρα είναι αυτό;", "Είναι από την Κένυα.", "Κένυα"),
    ("ga", "Cén tír as a dtagann sé?", "Tagann sé as an Chéinia.", "An Chéinia"),
    ("sw", "Kitu hiki kinatoka nchi gani?", "Kinatoka nchini Kenya.", "Kenya"),
    ("de", "Aus welchem Land stammt das?", "Es stammt aus Kenia.", "Kenia"),
    ("fr", "De quel pays vient cet objet ?", "Il vient du Kenya.", "Kenya"),
    ("id", "Dari negara mana benda ini?", "Asalnya dari Kenya.", "Kenya"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "template", "answer", "label"), GOOD)
def test_a_sensible_answer_passes_in_every_script(language: str, template: str, answer: str, label: str) -> None:
    assert check_answer(answer, label, template, language) == answer


@pytest.mark.parametrize(("language", "template", "answer", "label"), GOOD)
def test_what_spoils_a_sensible_answer_is_seen(language: str, template: str, answer: str, label: str) -> None:
    """Faults put into sentences that pass: in any language, but for what its script cannot tell."""

    def refused(text: str) -> AnswerReason | str:
        return check_answer(text, label, template, language)

    if any(char.isdigit() for char in label):
        assert refused(re.sub(r"\d+", "1777", answer)) is AnswerReason.LOST_VALUE
    assert refused(f"{answer} 4321") is AnswerReason.ADDED_NUMBER
    assert refused(f"“{answer}”") in (AnswerReason.QUOTED_WHOLE, AnswerReason.LOST_VALUE)
    assert refused(f"{answer.rstrip('.。।')}?") is AnswerReason.ASKS
    assert refused(f"{template} {answer}") in (AnswerReason.REPEATS_QUESTION, AnswerReason.TOO_LONG)
    assert refused(f"{answer} As an AI, I see it.") is AnswerReason.REFUSAL
    assert refused(" ".join([answer] * 9)) is AnswerReason.TOO_LONG
    assert refused(f"{answer} \ufffd") is AnswerReason.WRONG_SCRIPT
    assert refused(f"{answer} ㅎ") is AnswerReason.WRONG_SCRIPT or language == "ko"
    assert refused(label) is AnswerReason.UNCHANGED
    assert refused(" \u200f ") is AnswerReason.EMPTY
    assert isinstance(refused(answer[: len(answer) // 4]), AnswerReason)
    if language not in ("de",) and answer.lower() != answer.upper():
        assert refused(f"{answer[:-1]}, Wrzq.") in (AnswerReason.ADDED_NAME, AnswerReason.WRONG_SCRIPT)


@pytest.mark.parametrize(
    ("language", "template", "answer", "label", "reason"),
    [
        ("en", WHERE, "It is in Uganda.", "Kenya", AnswerReason.LOST_VALUE),
        ("en", WHERE, "It is in Papua New Guinea.", "Guinea", AnswerReason.OTHER_VALUE),
        ("en", WHERE, "It is in Kenya, near Malindi.", "Kenya", AnswerReason.ADDED_NAME),
        ("en", WHERE, "Is it in Kenya?", "Kenya", AnswerReason.ASKS),
        ("en", WHERE, "Kenya, Kenya, Kenya and Kenya.", "Kenya", AnswerReason.REPETITION),
        ("en", WHERE, "Sorry, it may be in Kenya.", "Kenya", AnswerReason.REFUSAL),
        ("en", "How high is it?", "It is 15 metres high.", "1.5 metres", AnswerReason.LOST_VALUE),
        ("en", "When was it built?", "It was built in the 1880s.", "1880", AnswerReason.OTHER_VALUE),
        ("en", "When was it built?", "It was built in 1889.", "around 1889", AnswerReason.LOST_VALUE),
        ("pl", "Z jakiego kraju?", "Pochodzi z Nigerii.", "Niger", AnswerReason.LOST_VALUE),
        ("ru", "Из какой страны?", "Эта вещь из Нигерии.", "Нигер", AnswerReason.LOST_VALUE),
        ("ja", "どの国ですか？", "インドネシアです。", "インド", AnswerReason.LOST_VALUE),
        ("ko", "어느 나라입니까?", "인도네시아입니다.", "인도", AnswerReason.LOST_VALUE),
        ("zh", "哪个国家？", "在赤道几内亚。", "几内亚", AnswerReason.OTHER_VALUE),
        ("id", "Dari negara mana benda ini?", "It is from Kenya.", "Kenya", AnswerReason.WRONG_LANGUAGE),
        ("sw", "Kinatoka nchi gani?", "This was made in Kenya.", "Kenya", AnswerReason.WRONG_LANGUAGE),
        ("hi", "यह किस देश से है?", "It is in केन्या.", "केन्या", AnswerReason.WRONG_SCRIPT),
        ("hi", "यह किस देश से है?", "It is in Kenya.", "Kenya", AnswerReason.WRONG_SCRIPT),
    ],
)
def test_an_unsound_answer_is_refused_for_its_reason(
    language: str, template: str, answer: str, label: str, reason: AnswerReason
) -> None:
    assert check_answer(answer, label, template, language) is reason


def test_an_answer_must_not_tell_what_else_is_asked_about_the_picture() -> None:
    def found(text: str, others: tuple[str, ...], label: str = "केन्या", template: str = "यह किस देश से है?") -> object:
        return check_answer(text, label, template, "hi", others)

    assert found("यह लकड़ी का और केन्या से है।", ("लकड़ी",)) is AnswerReason.ADDED_VALUE
    assert found("यह लकड़ी का और केन्या से है।", ("पत्थर", "केन्या")) == "यह लकड़ी का और केन्या से है।"
    assert found("यह लकड़ी का और केन्या से है।", ("लकड़ी",), template="लकड़ी का यह किस देश से है?") != (AnswerReason.ADDED_VALUE)


def named_question(language: str, family: str) -> str:
    """A question of the catalogue about “Xyz”."""
    wordings = shipped_catalogue().languages[language].wordings[family].by_kind["open"]
    return next(text for each in wordings if "Xyz" in (text := each.render("food", "Xyz", None)))


@pytest.mark.parametrize("language", CODES)
def test_of_two_countries_in_one_frame_only_the_right_one_passes(language: str) -> None:
    """The frame is the catalogue's own question with its mark taken off, so that it is in the language."""
    names = countries(language)
    template = named_question(language, "country")
    frame = "... " if vocabulary.languages()[language].script in ("Jpan", "Hans", "Thai") else ", "
    for at, label in enumerate(names[::9]):
        answer = f"{label}{frame}“Xyz”."
        found = check_answer(answer, label, template, language)
        assert found == answer, (answer, found)
        wrong = names[(9 * at + 1) % len(names)]
        assert isinstance(check_answer(f"{wrong}{frame}“Xyz”.", label, template, language), AnswerReason) or (
            wrong in label
        )


@pytest.mark.parametrize("language", CODES)
def test_years_pass_with_the_catalogues_words_around_them_or_without(language: str) -> None:
    style = shipped_catalogue().languages[language].format
    template = named_question(language, "country")
    label, wrong = (write_date(Date(YEAR, year - 1), style) for year in (1889, 1898))
    for told in (label, style.number(1889), "1889"):
        answer = f"“Xyz” – {told}"
        assert check_answer(answer, label, template, language) == answer
    assert check_answer(f"“Xyz” – {wrong}", label, template, language) is AnswerReason.LOST_VALUE


@given(st.text(), st.text(min_size=1), st.text(min_size=1), st.sampled_from(CODES), st.lists(st.text(), max_size=2))
def test_any_text_gets_an_answer_or_a_reason(
    answer: str, label: str, template: str, language: str, others: list[str]
) -> None:
    found = check_answer(answer, label, template, language, others)
    assert isinstance(found, AnswerReason) or found.strip()


def test_place_names_come_from_the_library_that_the_fingerprint_names() -> None:
    assert babel.Locale("en").territories["KE"] == "Kenya"
