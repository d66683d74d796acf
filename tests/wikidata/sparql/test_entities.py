from __future__ import annotations

import pytest

from pipeline.wikidata.sparql.entities import dump_time, entities_of, guid_of

WD, ONTOLOGY = "http://www.wikidata.org/entity/", "http://wikiba.se/ontology#"


@pytest.mark.parametrize(
    ("xsd", "precision", "written"),
    [
        ("1889-03-31T00:00:00Z", 11, "+1889-03-31T00:00:00Z"),
        ("1889-03-01T00:00:00Z", 10, "+1889-03-00T00:00:00Z"),
        ("1889-01-01T00:00:00Z", 9, "+1889-00-00T00:00:00Z"),
        ("0000-01-01T00:00:00Z", 9, "-0001-00-00T00:00:00Z"),
        ("-0469-01-01T00:00:00Z", 9, "-0470-00-00T00:00:00Z"),
        ("-12000-01-01T00:00:00Z", 6, "-12001-00-00T00:00:00Z"),
        ("unknown", 9, "unknown"),
    ],
)
def test_times_are_written_as_the_dump_writes_them(xsd: str, precision: int, written: str) -> None:
    assert dump_time(xsd, precision) == written


def test_only_the_first_hyphen_of_a_statement_is_a_dollar() -> None:
    assert guid_of(f"{WD}statement/q42-F078E5B3-F9A8-480E") == "q42$F078E5B3-F9A8-480E"


def test_an_item_that_only_points_somewhere_unknown_is_kept_with_somevalue() -> None:
    row = {
        "item": {"type": "uri", "value": f"{WD}Q7"},
        "statement": {"type": "uri", "value": f"{WD}statement/Q7-a-b"},
        "property": {"type": "uri", "value": f"{WD}P50"},
        "type": {"type": "uri", "value": f"{ONTOLOGY}WikibaseItem"},
        "rank": {"type": "uri", "value": f"{ONTOLOGY}PreferredRank"},
        "value": {"type": "bnode", "value": "t1"},
    }
    [(qid, entity)] = entities_of([7, 8], [row]).items()
    assert qid == 7
    [claim] = entity["claims"]["P50"]
    assert (claim["id"], claim["rank"], claim["mainsnak"]["snaktype"]) == ("Q7$a-b", "preferred", "somevalue")
