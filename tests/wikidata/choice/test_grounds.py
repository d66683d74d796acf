from __future__ import annotations

import numpy as np

from pipeline.wikidata.choice.classes import class_tree
from pipeline.wikidata.choice.grounds import CultureRules, Grounds
from tests.wikidata.choice.statements import row

SOUP, FISH_SOUP, CHURCH, WRITER, NOVELIST, SCIENTIST, CHEMIST, KING, PARK_STATUS = 10, 20, 30, 40, 41, 50, 51, 60, 70
NONE = np.array([], np.int64)
RULES = CultureRules(
    class_tree(np.array([FISH_SOUP]), np.array([SOUP]), {"food": (SOUP,), "worship": (CHURCH,)}, 4),
    class_tree(
        np.array([NOVELIST, CHEMIST]),
        np.array([WRITER, SCIENTIST]),
        {"figure": (KING, WRITER), "other": (SCIENTIST,)},
        4,
    ),
    frozenset({WRITER}),
    frozenset({PARK_STATUS}),
)
HUMAN = row(31, 5)


def test_a_class_is_ground_with_the_way_to_its_root() -> None:
    assert RULES.grounds([row(31, 99), row(31, FISH_SOUP)]) == Grounds("food", 31, "31$20", [FISH_SOUP, SOUP])
    assert RULES.grounds([row(31, FISH_SOUP, best=False)]) is None


def test_a_dish_may_be_a_class_itself_but_a_class_of_churches_is_an_abstraction() -> None:
    assert RULES.grounds([row(279, SOUP)]) == Grounds("food", 279, "279$10", [SOUP])
    assert RULES.grounds([row(279, CHURCH)]) is None
    assert RULES.grounds([row(279, CHURCH), row(17, 1)]) == Grounds("worship", 279, "279$30", [CHURCH])


def test_what_a_thing_is_comes_before_what_it_is_a_kind_of() -> None:
    found = RULES.grounds([row(279, SOUP), row(31, CHURCH)])
    assert found is not None
    assert found.domain == "worship"


def test_people_are_figures_by_what_they_do_and_by_nothing_else() -> None:
    assert RULES.grounds([HUMAN, row(106, NOVELIST)]) == Grounds("figure", 106, "106$41", [NOVELIST, WRITER])
    assert RULES.grounds([HUMAN, row(106, CHEMIST)]) is None
    assert RULES.grounds([HUMAN, row(31, SOUP), row(1435, 71)]) is None
    assert RULES.grounds([HUMAN, row(39, KING)]) == Grounds("figure", 39, "39$60", [KING])
    assert RULES.grounds([HUMAN, row(411, 80)]) == Grounds("figure", 411, "411$80", [80])


def test_a_scientist_who_is_also_listed_as_a_writer_is_none_but_as_a_novelist_is() -> None:
    assert RULES.grounds([HUMAN, row(106, WRITER)]) is not None
    assert RULES.grounds([HUMAN, row(106, WRITER), row(106, CHEMIST)]) is None
    assert RULES.grounds([HUMAN, row(106, NOVELIST), row(106, CHEMIST)]) is not None


def test_a_heritage_designation_is_ground_for_anything_unless_it_protects_nature() -> None:
    assert RULES.grounds([row(31, 99), row(1435, 71)]) == Grounds("heritage", 1435, "1435$71", [71])
    assert RULES.grounds([row(31, 99), row(1435, PARK_STATUS)]) is None
