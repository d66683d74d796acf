from __future__ import annotations

import numpy as np

from pipeline.wikidata.choice.countries import CountryRules, Tie
from pipeline.wikidata.choice.places import Places
from tests.wikidata.choice.statements import row

COUNTRY_OF = {1: "kenya", 2: "japan", 3: "france"}
# 50 is a museum in a city, 40, of Japan.
PLACES = Places(np.array([40, 50]), np.array([2, 40]), COUNTRY_OF, 5)
RULES = CountryRules({"kenya", "japan"}, (495, 17, 131, 276), COUNTRY_OF, PLACES)


def test_countries_come_in_the_order_of_trust_once_each() -> None:
    statements = [row(17, 2), row(495, 1), row(17, 1), row(495, 9), row(17, 2, best=False), row(495, None)]
    assert RULES.ties(statements) == [Tie("kenya", 495, "495$1", [1]), Tie("japan", 17, "17$2", [2])]


def test_a_place_gives_its_country_by_the_way_up() -> None:
    assert RULES.ties([row(276, 50)]) == [Tie("japan", 276, "276$50", [50, 40, 2])]
    assert RULES.ties([row(276, 51)]) == []


def test_where_the_country_is_stated_the_place_is_not_asked() -> None:
    """A painting of Kenya that hangs in Japan is not of Japan."""
    assert [tie.country for tie in RULES.ties([row(276, 50), row(495, 1)])] == ["kenya"]


def test_a_country_that_is_not_chosen_is_no_tie() -> None:
    assert RULES.ties([row(495, 3)]) == []
    assert [tie.country for tie in RULES.ties([row(495, 3), row(17, 2)])] == ["japan"]
