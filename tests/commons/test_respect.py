from __future__ import annotations

import csv
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline import vocabulary
from pipeline.commons import respect, sacred
from pipeline.commons.people_detector import Detection, Seen
from pipeline.commons.respect import LeftOut, Subject, by_detection, by_metadata, subject_of
from pipeline.commons.settings import Images, Respect
from pipeline.commons.urls import normalise_title
from sample.build import SOURCE
from sample.tables import load_sample
from tests.kit.concepts import chosen
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata.dumps import lines_of

DEFAULT = Respect()
STRICT = Respect(private_persons="strict", sacred="strict")
KEEP = Respect(private_persons="keep", nudity="keep", sacred="keep")


def subject(domain: str = "worship", label: str = "", qid: int = 1, class_path: tuple[int, ...] = ()) -> Subject:
    return Subject(qid, domain, class_path, label)


def kind(*categories: str, domain: str = "worship", restriction: str = "", policy: Respect = DEFAULT) -> str | None:
    found = by_metadata("DSC 1.jpg", categories, [restriction], subject(domain), policy)
    return None if found is None else found.kind


# Names of categories that public code asks Commons for, or that its API has answered with.
@pytest.mark.parametrize(
    "category",
    [
        "Portrait photographs of women", "Portrait photographs of children", "Portrait photographs of men", "Selfies",
        "Close-up photographs of human faces", "Passport photographs", "Unidentified people", "Human faces",
        "Portrait photographs of politicians of Brazil",
    ],
)  # fmt: skip
def test_who_is_the_subject_is_left_out_in_any_domain_but_of_public_people_and_of_art(category: str) -> None:
    for domain in vocabulary.domains():
        spared = domain in ("figure", "artwork", "character", "monument", "literature", "writing")
        assert kind(category, domain=domain) == (None if spared else "recognisable_person"), domain


@pytest.mark.parametrize("domain", list(vocabulary.domains()))
@pytest.mark.parametrize(
    ("category", "restriction"), [("Personality rights warning", ""), ("", "personality"), ("Girls of India", "")]
)
def test_who_is_merely_seen_is_left_out_where_the_thing_can_be_shown_without_people(
    domain: str, category: str, restriction: str
) -> None:
    done_by_people = {
        "festival", "dress", "dance", "theatre", "film", "game", "martial_art", "sport", "music", "craft", "tradition",
    }  # fmt: skip
    spared = domain in done_by_people | {"figure"}
    assert kind(category, restriction=restriction, domain=domain) == (None if spared else "recognisable_person")
    strict = kind(category, restriction=restriction, domain=domain, policy=STRICT)
    assert strict == (None if domain == "figure" else "recognisable_person")


@pytest.mark.parametrize(
    "category",
    [
        "Unidentified logos", "Unidentified aircraft", "Unidentified subjects", "Women wearing blue dresses",
        "Wrap dresses", "Kinkaku-ji", "People of Japan in art", "19th-century portrait photographs of women",
        "1890s portrait photographs", "Portraits of unidentified women in art", "Painted portrait photographs",
        "Paintings of unidentified women", "Busts of unidentified men", "Crowds in India", "Festival participants",
        "Korea University", "Buildings", "Fishermen at work", "Markets in Vietnam", "Human-powered transport",
    ],
)  # fmt: skip
def test_crowds_art_and_the_long_dead_are_no_private_persons(category: str) -> None:
    assert kind(category, policy=STRICT) is None


@pytest.mark.parametrize(
    ("category", "naked"),
    [
        ("Nude women", True), ("Nude people", True), ("Nude recumbent women (supine)", True), ("Human penis", True),
        ("Nudity in Japan", True), ("Topless women in Bali", True), ("Nude or partially nude women", True),
        ("Nude beaches", False), ("Nudibranchia", False), ("Nude art", False), ("Paintings of nude women", False),
        ("Nude women in art", False), ("Sculptures of nude women in Rome", False), ("Naked mole-rat", False),
        ("Venus of Willendorf", False), ("Hadaka matsuri", False), ("Shirtless men", False), ("Topless buses", False),
        ("Penis gourds", False), ("Kanamara Matsuri", False), ("Erotic sculptures in Khajuraho", False),
        ("Nudelsuppe", False), ("Naked juice", False), ("Phallic sculptures", False),
    ],
)  # fmt: skip
def test_nudity(category: str, naked: bool) -> None:
    assert (kind(category, domain="dress") == "nudity") is naked
    assert kind(category, domain="artwork") is None


def test_what_american_law_calls_explicit_is_left_out_of_art_too() -> None:
    assert kind(restriction="2257", domain="artwork") == "nudity"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Iroquois False Face mask", "false_face_masks"), ("Tjurunga, Museum der Kulturen", "tjurunga"),
        ("Churinga stones", "tjurunga"), ("Toi moko in a museum", "toi_moko"), ("Mokomokai", "toi_moko"),
        ("Shrunken heads", "trophy_heads"), ("Naga human skulls", "trophy_heads"),
        ("Hopi snake dance", "hopi_pueblo_ceremonies"),
        ("Snake dance at Walpi", "hopi_pueblo_ceremonies"), ("Ahayu:da", "ahayuda"), ("Zuni war god", "ahayuda"),
        ("Ethiopian tabot", "tabot"), ("ታቦት", "tabot"), ("Oro festival in Ikorodu", "oro"), ("Orò masquerade", "oro"),
        ("Flautas Jakui", "jurupari"), ("Flauta sagrada Jakui", "jurupari"), ("Jakui flutes", "jurupari"),
        ("San Juan Chamula church interior", "chamula_church"), ("Suku Baduy Dalam", "baduy_dalam"),
        ("Sky burial site", "sky_burial"), ("天葬台", "sky_burial"), ("Ratna Singhasana", "puri_sanctum"),
        ("Skulls at the Nyamata genocide memorial", "genocide_remains"),
        ("Murambi genocide memorial: bodies", "genocide_remains"),
        ("Human hair in Auschwitz", "auschwitz_victims"), ("Depictions of Muhammad", "muhammad"),
        ("Portrait of the Prophet Muhammad in a manuscript", "muhammad"), ("Ulwaluko", "initiation"),
        # What only sounds like it, or is shown openly.
        ("Timkat procession with tabot", None), ("Tabot festival in Bengkulu", None), ("El Oro festival", None),
        ("Feria de oro", None), ("Portrait of Mohammad Khatami", None), ("Portrait of Muhammad Ali", None),
        ("Muhammad Shah miniature", None), ("Relics of Muhammad", None), ("San Juan Chamula market", None),
        ("Pasta ai funghi", None), ("Pani puri inside", None), ("Puri Agung interior", None), ("Ta moko", None),
        ("Suku Baduy Luar", None), ("Auschwitz gate", None), ("Nyamata town", None),
        ("Genocide museum, somebody", None),
        ("Pueblo mágico mask", None), ("Pueblo Yaqui deer dance", None), ("Bull-roarer", None), ("Kivalina", None),
        ("Sünnet circumcision ceremony in Istanbul", None), ("Venetian mask", None), ("Kuwait flute", None),
    ],
)  # fmt: skip
def test_what_communities_ask_not_to_show(text: str, key: str | None) -> None:
    expected = None if key is None else LeftOut("sacred", key)
    for found in (
        by_metadata(f"{text}.jpg", [], [], subject(), DEFAULT),
        by_metadata("DSC 1.jpg", ["Buildings", text], [], subject(), DEFAULT),
        by_metadata("DSC 1.jpg", [], [], subject(label=text), DEFAULT),
    ):
        assert found == expected


def test_a_concept_is_recognised_by_itself_and_by_its_class_whatever_its_pictures_are_called() -> None:
    assert by_metadata("DSC 1.jpg", [], [], subject("heritage", qid=33910), STRICT) == LeftOut("sacred", "uluru_sites")
    assert by_metadata("DSC 1.jpg", [], [], subject(class_path=(43616, 7)), STRICT) == LeftOut(
        "sacred", "human_remains"
    )
    assert by_metadata("DSC 1.jpg", [], [], subject(class_path=(43616, 7)), DEFAULT) is None


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "Nude women",
                "Nude women in art",
                "Selfies",
                "Personality rights warning",
                "Sky burial",
                "Sanctum",
                "Timkat",
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=4,
)
RESTRICTIONS = st.sets(st.sampled_from(["personality", "2257", "trademarked", "aus-reserve"]))
SUBJECTS = st.builds(
    Subject, st.sampled_from([1, 33910]), st.sampled_from(sorted(vocabulary.domains())),
    st.sampled_from([(), (43616,)]), st.sampled_from(["", "Toi moko"]),
)  # fmt: skip
POLICIES = st.builds(
    Respect, private_persons=st.sampled_from(["leave_out", "strict", "keep"]),
    nudity=st.sampled_from(["leave_out", "keep"]), sacred=st.sampled_from(["leave_out", "strict", "keep"]),
)  # fmt: skip


@given(TEXTS, st.text(max_size=20), RESTRICTIONS, RESTRICTIONS, SUBJECTS, POLICIES)
def test_one_more_category_or_restriction_lets_nothing_back_in(
    categories: list[str], more: str, restrictions: set[str], others: set[str], about: Subject, policy: Respect
) -> None:
    before = by_metadata("A.jpg", categories, restrictions, about, policy)
    after = by_metadata("A.jpg", [*categories, more], restrictions | others, about, policy)
    assert before is None or after is not None


@given(TEXTS, RESTRICTIONS, SUBJECTS)
def test_a_policy_of_keep_refuses_nothing_and_strict_all_that_the_default_does(
    categories: list[str], restrictions: set[str], about: Subject
) -> None:
    assert by_metadata("Toi moko.jpg", categories, restrictions, about, KEEP) is None
    if by_metadata("A.jpg", categories, restrictions, about, DEFAULT) is not None:
        assert by_metadata("A.jpg", categories, restrictions, about, STRICT) is not None


SEEN = st.builds(
    Seen, st.sampled_from(["FACE", "FEMALE_BREAST_EXPOSED", "BUTTOCKS_EXPOSED", "BELLY_EXPOSED"]),
    st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
DETECTIONS = st.builds(
    Detection, st.just("made up"), st.lists(SEEN, max_size=3).map(tuple), st.lists(SEEN, max_size=3).map(tuple)
)


@given(DETECTIONS, SUBJECTS)
def test_a_detection_decides_by_the_policy_and_comes_back_from_json(detection: Detection, about: Subject) -> None:
    assert Detection.from_json(json.loads(json.dumps(detection.to_json()))) == detection
    assert by_detection(detection, KEEP, about) is None
    lax = Respect(face_share=1.0, face_score=1.0, exposed_score=1.0)
    if by_detection(detection, lax, about) is not None:
        assert by_detection(detection, DEFAULT, about) is not None


def test_a_face_counts_where_it_is_large_and_sure_and_a_crowd_does_not() -> None:
    def found(*faces: tuple[float, float], domain: str = "food") -> LeftOut | None:
        seen = tuple(Seen("FACE", score, share) for score, share in faces)
        return by_detection(Detection("made up", seen, ()), DEFAULT, subject(domain))

    crowd = [(0.9, 0.01)] * 30
    assert found(*crowd) is None
    portrait = found(*crowd, (0.8, 0.09))
    assert portrait is not None
    assert portrait.kind == "recognisable_person"
    assert found((0.5, 0.5)) is None
    assert found((0.8, 0.09), domain="figure") is None
    assert found((0.8, 0.09), domain="artwork") is None
    assert found((0.8, 0.09), domain="dance") is not None


def test_bare_parts_that_dress_and_sport_show_do_not_count() -> None:
    def found(label: str, score: float) -> LeftOut | None:
        return by_detection(Detection("made up", (), (Seen(label, score, 0.2),)), DEFAULT, subject("sport"))

    assert found("BUTTOCKS_EXPOSED", 0.99) is None
    assert found("MALE_BREAST_EXPOSED", 0.99) is None
    assert found("FEMALE_BREAST_EXPOSED", 0.5) is None
    assert found("FEMALE_BREAST_EXPOSED", 0.7) == LeftOut("nudity", "FEMALE_BREAST_EXPOSED 0.70")


def test_the_subject_of_a_concept() -> None:
    labels = [
        {"language": "mul", "label": "Kaaba", "aliases": []},
        {"language": "en", "label": "the Kaaba", "aliases": []},
    ]
    row = {"qid": 7, **chosen(7, "peru"), "domain": "worship", "class_path": [5, 6], "labels": labels}
    assert subject_of(row) == Subject(7, "worship", (5, 6), "the Kaaba")
    assert subject_of({**row, "labels": labels[:1]}).label == "Kaaba"
    assert subject_of({**row, "labels": []}).label == ""


def test_the_lists_name_domains_that_are_and_each_ask_once() -> None:
    people = yaml.safe_load(respect.FILE.read_text(encoding="utf-8"))["people"]
    assert {*people["done_by_people"], *people["public"], *people["made"]} <= vocabulary.domains().keys()
    asks = sacred.asks()
    assert len({ask.key for ask in asks}) == len(asks) > 25
    assert {ask.action for ask in asks} == {"leave_out", "note"}
    assert all(ask.key.isidentifier() for ask in asks)
    assert set(respect.digests()) == {"respect.yaml", "sacred.yaml"}


def test_the_policy_decides_a_result_and_the_sample_breaks_none() -> None:
    assert Images().deciding() != Images(respect=STRICT).deciding()
    named = [entity for entity in load_sample(SOURCE).entities.values() if entity.picture]
    assert len(named) > 100
    assert [entity.picture for entity in named if by_metadata(entity.picture or "", [], [], subject(), STRICT)] == []


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_real_names_are_hit_only_where_they_should_be() -> None:
    """16,000 names of dishes and their photographs, 3,400 of entities, their images and their categories."""
    folder = SHARED / "benchmarks" / "worldcuisines"
    addresses = re.compile(r"/wikipedia/commons/(?:thumb/)?./../([^/?\"'\s]+)")
    titles = {
        normalise_title(name) for name in addresses.findall((folder / "food_cleaned.csv").read_text(encoding="utf-8"))
    }
    with (folder / "food_name_multiling.csv").open(encoding="utf-8", newline="") as table:
        names = {name for row in csv.DictReader(table) for name in row.values() if name}
    categories: set[str] = set()
    for line in lines_of(DUMPS["gz"]):
        entity = json.loads(line)
        names |= {label["value"] for code, label in (entity.get("labels") or {}).items() if code in ("en", "mul")}
        for prop, found in (("P18", titles), ("P373", categories), ("P935", categories)):
            for statement in (entity.get("claims") or {}).get(prop, []):
                found.add(statement["mainsnak"].get("datavalue", {}).get("value") or "")
    with (SHARED / "facts" / "entities.tsv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            names.add(row["en_label"])
            titles |= set(row["p18"].split("|"))
    assert len(titles) > 6000
    assert len(names) > 12000
    assert len(categories) > 400
    hits = {
        (text, found.ground)
        for policy in (DEFAULT, STRICT)
        for text, found in [
            *((title, by_metadata(title, [], [], subject(), policy)) for title in titles),
            *((name, by_metadata("", [], [], subject(label=name), policy)) for name in names),
            *((category, by_metadata("", [category], [], subject(), policy)) for category in categories),
        ]
        if found is not None
    }
    assert hits == {("Sacred Island of Okinoshima and Associated Sites in the Munakata Region", "okinoshima")}
