from __future__ import annotations

import numpy as np

from pipeline.wikidata.choice.classes import class_tree
from pipeline.wikidata.choice.grounds import CultureRules, Grounds
from tests.wikidata.choice.statements import row

SOUP, FISH_SOUP, CHURCH, WRITER, NOVELIST, SCIENTIST, CHEMIST, KING, PARK_STATUS = 10, 20, 30, 40, 41, 50, 51, 60, 70
OPERA, MAST, THING = 80, 90, 1000
NONE = np.array([], np.int64)
RULES = CultureRules(
    class_tree(
        np.array([FISH_SOUP]), np.array([SOUP]), {"food": (SOUP,), "music": (OPERA,), "worship": (CHURCH,)}, 4, {MAST}
    ),
    class_tree(
        np.array([NOVELIST, CHEMIST]),
        np.array([WRITER, SCIENTIST]),
        {"figure": (KING, WRITER), "other": (SCIENTIST,)},
        4,
    ),
    frozenset({WRITER}),
    frozenset({PARK_STATUS}),
    frozenset({MAST}),
)
HUMAN = row(31, 5)


def test_a_class_is_ground_with_the_way_to_its_root() -> None:
    assert RULES.grounds(THING, [row(31, 99), row(31, FISH_SOUP)]) == Grounds("food", 31, "31$20", [FISH_SOUP, SOUP])
    assert RULES.grounds(THING, [row(31, FISH_SOUP, best=False)]) is None


def test_a_dish_and_a_kind_of_church_may_be_classes_but_a_class_of_operas_is_an_abstraction() -> None:
    assert RULES.grounds(THING, [row(279, SOUP)]) == Grounds("food", 279, "279$10", [SOUP])
    assert RULES.grounds(THING, [row(279, CHURCH)]) == Grounds("worship", 279, "279$30", [CHURCH])
    assert RULES.grounds(THING, [row(279, OPERA)]) is None
    assert RULES.grounds(THING, [row(279, OPERA), row(17, 1)]) == Grounds("music", 279, "279$80", [OPERA])


def test_a_listed_class_is_cultural_whatever_lies_above_it() -> None:
    assert RULES.grounds(CHURCH, [row(279, 99)]) == Grounds("worship", 279, "279$99", [CHURCH])
    assert RULES.grounds(CHURCH, [row(279, SOUP)]) == Grounds("worship", 279, "279$10", [CHURCH])
    assert RULES.grounds(OPERA, [row(279, 99)]) is None
    assert RULES.grounds(FISH_SOUP, [row(279, SOUP)]) == Grounds("food", 279, "279$10", [SOUP])
    # By its number alone it is none: something must say that it is a class.
    assert RULES.grounds(CHURCH, [row(31, 99)]) is None


def test_a_stop_is_not_cultural_for_what_lies_above_it_but_for_a_designation() -> None:
    assert RULES.grounds(MAST, [row(279, CHURCH)]) is None
    assert RULES.grounds(MAST, [row(279, CHURCH), row(1435, 71)]) == Grounds("heritage", 1435, "1435$71", [71])


def test_what_a_thing_is_comes_before_what_it_is_a_kind_of() -> None:
    found = RULES.grounds(THING, [row(279, SOUP), row(31, CHURCH)])
    assert found is not None
    assert found.domain == "worship"


def test_people_are_figures_by_what_they_do_and_by_nothing_else() -> None:
    assert RULES.grounds(THING, [HUMAN, row(106, NOVELIST)]) == Grounds("figure", 106, "106$41", [NOVELIST, WRITER])
    assert RULES.grounds(THING, [HUMAN, row(106, CHEMIST)]) is None
    assert RULES.grounds(THING, [HUMAN, row(31, SOUP), row(1435, 71)]) is None
    assert RULES.grounds(THING, [HUMAN, row(39, KING)]) == Grounds("figure", 39, "39$60", [KING])
    assert RULES.grounds(THING, [HUMAN, row(411, 80)]) == Grounds("figure", 411, "411$80", [80])


def test_a_scientist_who_is_also_listed_as_a_writer_is_none_but_as_a_novelist_is() -> None:
    assert RULES.grounds(THING, [HUMAN, row(106, WRITER)]) is not None
    assert RULES.grounds(THING, [HUMAN, row(106, WRITER), row(106, CHEMIST)]) is None
    assert RULES.grounds(THING, [HUMAN, row(106, NOVELIST), row(106, CHEMIST)]) is not None


def test_a_heritage_designation_is_ground_for_anything_unless_it_protects_nature() -> None:
    assert RULES.grounds(THING, [row(31, 99), row(1435, 71)]) == Grounds("heritage", 1435, "1435$71", [71])
    assert RULES.grounds(THING, [row(31, 99), row(1435, PARK_STATUS)]) is None
