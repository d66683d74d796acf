from __future__ import annotations

from pipeline import vocabulary


def test_the_lists_have_the_papers_lengths_and_agree_with_one_another() -> None:
    assert len(vocabulary.countries()) == 42
    assert len(vocabulary.languages()) == 39
    assert len({country.qid for country in vocabulary.countries().values()}) == 42
    spoken = {code for country in vocabulary.countries().values() for code in country.languages}
    assert spoken == set(vocabulary.languages()), "each language is spoken in some country, and no other is"


def test_nearness_is_mutual_and_everyone_has_a_neighbour() -> None:
    near = {key: set(country.near) for key, country in vocabulary.countries().items()}
    assert all(key in near[other] and key != other for key, others in near.items() for other in others)
    assert all(near.values())


def test_two_codes_differ_from_wikidatas() -> None:
    assert vocabulary.languages()["iw"].wikidata == ("he",)
    assert vocabulary.languages()["no"].wikidata[0] == "nb"
    assert {"mul", "he", "nb", "zh-hant"} <= vocabulary.label_languages()


def test_right_to_left_languages() -> None:
    rtl = {code for code, language in vocabulary.languages().items() if language.direction == "rtl"}
    assert rtl == {"ar", "fa", "iw", "ur"}
