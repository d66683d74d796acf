from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commons.choice import Candidate, candidates, collections
from pipeline.commons.collection import CATEGORY, GALLERY, Collection
from pipeline.commons.picture_properties import never_photographs, photograph_properties
from pipeline.commons.urls import normalise_title
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata import plain_rows
from tests.wikidata.dumps import lines_of

QID = 7
Row = dict[str, Any]


def qualifier(prop: int, qid: int | None = None, time: str | None = None) -> Row:
    return {"property": prop, "qid": qid, "time": time}


def depicts(qid: int) -> Row:
    return qualifier(180, qid)


def dated(day: str) -> Row:
    return qualifier(585, time=f"+{day}T00:00:00Z")


def stated(title: str | None, *qualifiers: Row, prop: int = 18, rank: str = "normal", best: bool = True) -> Row:
    return {
        "statement_id": f"Q7${prop}-{title}", "property": prop, "rank": rank, "best": best, "text": title,
        "qualifiers": list(qualifiers) or None,
    }  # fmt: skip


def choose(*rows: Row, limit: int = 99, members: Mapping[Collection, Sequence[str]] | None = None) -> list[Candidate]:
    return candidates({"qid": QID, "statements": list(rows)}, limit, members)


def reasons(found: Sequence[Candidate]) -> list[tuple[str, str]]:
    return [(one.title.removesuffix(".jpg"), one.reason) for one in found]


def test_properties_decide_before_ranks_and_ranks_before_qualifiers_and_those_before_the_dump() -> None:
    found = choose(
        stated("Banner.jpg", prop=948, rank="preferred"),
        stated("Room.jpg", prop=5775),
        stated("Door.jpg", qualifier(518, 1)),
        stated("Other.jpg", depicts(8), depicts(9)),
        stated("Role.jpg", qualifier(3831, 1)),
        stated("Then.jpg", dated("1890-00-00")),
        stated("Lately.jpg", dated("2019-10-10")),
        stated("Plain.jpg"),
        stated("Plain too.jpg", qualifier(2096)),
        stated("Itself.jpg", depicts(8), depicts(QID)),
        stated("Chosen.jpg", depicts(8), rank="preferred"),
    )
    assert reasons(found) == [
        ("Chosen", "image, preferred rank, depicts Q8"),
        ("Itself", "image, depicts the entity"),
        ("Plain", "image"),
        ("Plain too", "image"),
        ("Lately", "image, dated 2019-10-10"),
        ("Then", "image, dated 1890"),
        ("Door", "image, of a part"),
        ("Other", "image, depicts Q8 Q9"),
        ("Role", "image, in a role"),
        ("Room", "image of interior"),
        ("Banner", "page banner, preferred rank"),
    ]
    assert [one.rank for one in found] == list(range(11))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (stated("A.jpg", depicts(QID), prop=8517), "view, depicts the entity"),
        (stated("A.jpg", depicts(8), prop=8517), None),
        (stated("A.jpg", prop=1801), None),
        (stated("A.jpg", rank="deprecated"), None),
        (stated("A.jpg", prop=41), None),
        (stated("A.jpg", prop=373), None),
        (stated(None), None),
        (stated("A.jpg", qualifier(180)), "image"),
        (stated("A.jpg", dated("1889-03-00")), "image, dated 1889-03"),
        (stated("A.jpg", dated("2001-01-01"), dated("2005-01-01")), "image, dated 2005-01-01"),
        (stated("A.jpg", qualifier(585)), "image"),
    ],
)
def test_what_a_statement_is_worth(row: Row, reason: str | None) -> None:
    assert [one.reason for one in choose(row)] == ([] if reason is None else [reason])


def test_a_file_that_two_statements_name_counts_once_with_the_better() -> None:
    found = choose(stated("a_door.jpg", prop=9721), stated("File:A door.jpg"), stated("A%20door.jpg"))
    assert [(one.title, one.property, one.statement_id) for one in found] == [
        ("A door.jpg", 18, "Q7$18-File:A door.jpg")
    ]


def test_a_file_that_is_a_flag_elsewhere_is_a_flag_here() -> None:
    found = choose(stated("Blue.jpg"), stated("Red.jpg"), stated("blue.jpg", prop=41))
    assert [(one.title, one.instead and one.instead.kind, one.rank) for one in found] == [
        ("Blue.jpg", "flag", 0),
        ("Red.jpg", None, 0),
    ]
    assert choose(stated("Blue.jpg"), stated("Blue.jpg", prop=41, rank="deprecated"))[0].instead is None


def test_members_come_behind_statements_and_galleries_before_categories() -> None:
    members = {
        Collection(CATEGORY, "Tea"): ["Cup.jpg", "Pot.jpg", "Stated.jpg"],
        Collection(GALLERY, "Tea time"): ["Pot.jpg", "Map of tea.jpg"],
        Collection(CATEGORY, "Coffee"): ["Bean.jpg"],
    }
    found = choose(
        stated("Category:tea", prop=373), stated("tea_time", prop=935), stated("Coffee", prop=373, best=False),
        stated("Stated.jpg", prop=948), members=members,
    )  # fmt: skip
    assert [(one.title, one.property, one.reason, one.rank) for one in found] == [
        ("Stated.jpg", 948, "page banner", 0),
        ("Pot.jpg", 935, "member of Tea time", 1),
        ("Map of tea.jpg", 935, "member of Tea time", 2),
        ("Cup.jpg", 373, "member of Category:Tea", 2),
    ]
    assert found[1].statement_id == "Q7$935-tea_time"


def test_collections_are_asked_for_where_statements_name_too_few_photographs() -> None:
    rows = [stated("Tea", prop=373), stated("Tea", prop=935), stated("A.jpg"), stated("Map.png")]
    concept = {"qid": QID, "statements": rows}
    assert collections(concept, 1) == []
    assert collections(concept, 2) == [Collection(GALLERY, "Tea"), Collection(CATEGORY, "Tea")]


TITLES = ["A.jpg", "a.jpg", "B.jpg", "B_.jpg", "C.svg", "Map of D.jpg", "E[.jpg", "F.jpg", "G.png", "H.jpg"]
QUALIFIERS = st.sampled_from(
    [depicts(QID), depicts(8), dated("2001-01-01"), dated("1999-12-31"), qualifier(518, 1), qualifier(3831, 1)]
)
STATEMENTS = st.builds(
    lambda title, qualifiers, prop, rank: stated(title, *qualifiers, prop=prop, rank=rank),
    st.sampled_from([*TITLES, None]),
    st.lists(QUALIFIERS, max_size=2),
    st.sampled_from([*photograph_properties(), 18, 18, 18, *list(never_photographs())[:2], 373, 935, 31]),
    st.sampled_from(["preferred", "normal", "normal", "deprecated"]),
)
MEMBERS = st.dictionaries(
    st.builds(Collection, st.sampled_from([CATEGORY, GALLERY]), st.sampled_from(TITLES[:4])),
    st.lists(st.sampled_from(TITLES), max_size=5),
)


@given(st.lists(STATEMENTS, max_size=12), MEMBERS, st.integers(1, 6))
def test_the_order_is_total_best_first_and_names_nothing_twice(
    rows: list[Row], members: dict[Collection, list[str]], limit: int
) -> None:
    whole = choose(*rows, members=members)
    assert whole == choose(*rows, members=dict(reversed(members.items())))
    assert len({one.title for one in whole}) == len(whole)
    assert [one.rank for one in whole] == [
        sum(other.instead is None for other in whole[:place]) for place in range(len(whole))
    ]
    cut = choose(*rows, limit=limit, members=members)
    assert cut == whole[: len(cut)]
    assert sum(one.instead is None for one in cut) == min(limit, sum(one.instead is None for one in whole))
    worth = {(row["statement_id"], row["rank"]) for row in rows}
    property_ranks = {number: prop.rank for number, prop in photograph_properties().items()} | {935: 97, 373: 98}
    for better, worse in pairwise(whole):
        ranks = property_ranks[better.property], property_ranks[worse.property]
        assert ranks[0] <= ranks[1]
        if ranks[0] == ranks[1] < 97:
            assert ("preferred rank" in better.reason) >= ("preferred rank" in worse.reason)
    for one in whole:
        assert any((one.statement_id, rank) in worth for rank in ("preferred", "normal", "deprecated"))
        assert {(one.statement_id, "preferred"), (one.statement_id, "normal")} & worth or one.property in (373, 935)


@given(st.lists(STATEMENTS, max_size=8))
def test_every_photograph_that_a_sound_statement_names_is_found(rows: list[Row]) -> None:
    named = {
        row["text"] if "[" in row["text"] else normalise_title(row["text"])
        for row in rows
        if row["property"] in photograph_properties()
        and photograph_properties()[row["property"]].of_the_entity
        and row["rank"] != "deprecated"
        and row["text"]
    }
    assert named <= {one.title for one in choose(*rows)}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_real_entities_have_their_images_first() -> None:
    found: dict[int, list[Candidate]] = {}
    for line in lines_of(DUMPS["gz"]):
        entity = plain_rows.decode(line)
        if entity.type == "item":
            rows = plain_rows.statements(entity)
            qid = int(entity.id[1:])
            found[qid] = candidates({"qid": qid, "statements": rows}, 99)
            images = {normalise_title(row["text"]) for row in rows
                      if row["property"] == 18 and row["rank"] != "deprecated" and row["text"]}  # fmt: skip
            assert {one.title for one in found[qid] if one.property == 18} == images
            assert {one.title for one in found[qid][: len(images)]} == images
    assert sum(map(len, found.values())) > 400
    assert reasons(found[11220]) == [("USS Constitution 1997", "image, depicts Q944436, dated 1997-07-21")]
    assert [one.title for one in found[42] if one.property == 18] == ["Douglas adams portrait.jpg"]
    assert reasons(found[513]) == [
        ("Mount Everest as seen from Drukair2 PLW edit", "image, preferred rank"),
        ("Mount Everest from Rongbuk may 2005.JPG", "image"),
        ("Everest kalapatthar crop", "image"),
        ("Mount everest", "image, dated 2007-06-07"),
        ("Starry night at Mount Everest", "nighttime view"),
        ("Mount Everest", "aerial view"),
        ("Everest panorama from Kala Patthar", "panoramic view"),
        ("Mount Everest banner 2", "page banner"),
    ]
    assert {one.instead.kind for one in found[193755] if one.instead} == {"flag"}
    assert {one.instead.kind for one in found[478621] if one.instead} == {"map"}
