from __future__ import annotations

import csv
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commons import not_photographs, picture_properties
from pipeline.commons.not_photographs import not_a_photograph
from pipeline.commons.picture_properties import never_photographs, photograph_properties
from pipeline.commons.urls import normalise_title
from sample.build import SOURCE
from sample.tables import load_sample
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata.dumps import lines_of


def kind(title: str, mime: str | None = None, prop: int | None = None) -> str | None:
    found = not_a_photograph(title, mime, prop)
    return None if found is None else found.kind


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Kaval.svg", "vector_drawing"), ("Muezzin.ogg", "audio"), ("Dance.webm", "video"),
        ("Tosefta.djvu", "document"), ("Vase.stl", "model"), ("Poster.xcf", "layered_drawing"), ("Hymn.MID", "audio"),
        ("Karte Gemeinde Lausanne 2008.png", "map"), ("POLSKA mapa powiaty2.png", "map"), ("日本地図.png", "map"),
        ("NCMap-doton-Oxford.PNG", "map"), ("Map of Warsaw 1831.jpg", "map"), ("Israel relief location map.jpg", "map"),
        ("Карта Киева.png", "map"), ("Harita Ankara.png", "map"), ("خريطة مصر.png", "map"), ("แผนที่กรุงเทพ.png", "map"),
        ("Flag of Lyon.png", "flag"), ("Flag of the United States.jpg", "flag"), ("Bandera de Carahue.jpg", "flag"),
        ("Drapeau des Bretons.png", "flag"), ("Флаг Перми.png", "flag"),
        ("Uetersen Wappen.png", "coat_of_arms"), ("USSR COA 1936.png", "coat_of_arms"),
        ("Wappen Gera.jpg", "coat_of_arms"),
        ("Coat of arms of New Zealand.jpg", "coat_of_arms"), ("Герб Тулы.png", "coat_of_arms"),
        ("Seal of Ohio.png", "seal"), ("Beatles logo.png", "logo"), ("Caldera logo.JPG", "logo"),
        ("Stanley Kubrick Signature.png", "signature"), ("Signature of Simón Bolívar.jpg", "signature"),
        ("Crystal user icon.png", "icon"), ("Family tree.png", "diagram"), ("Ground plan of Durham.jpg", "diagram"),
    ],
)  # fmt: skip
def test_what_is_no_photograph(title: str, expected: str) -> None:
    assert kind(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Mapuche women.png", "Flagstaff.png", "Iconostasis.png", "Logone river.png", "Icon of Saint Nicholas.png",
        "Madaba mosaic map.jpg", "Red Fort with flag.jpg", "Flag of Mexico in the Zócalo.jpg", "Raising the flag.jpg",
        "Flag of India at Wagah.jpg", "Carte de visite of Sarah.png", "Carte postale.png", "Speisekarte.jpg",
        "Ansichtskarte Bonn.jpg", "Stepan Bandera.png", "Pico da Bandeira.png", "Bandera Courthouse.jpg", "Foz Coa.png",
        "Herb garden.png", "Herb butter.jpg", "Seal of Ohio.jpg", "Leopard seal.png", "Signature dish.jpg",
        "Signature of the Treaty of Rome.jpg", "Zastava 750.png", "Go-kart.png", "Coat of arms above a gate.jpg",
        "Wappen am Rathaus Gera.jpg", "Planetarium.png", "Peta.jpg", "Graphite.png", "Biwa.png", "Kaval.gif",
        "Diagrammatic.jpg", "대한민국의 지도자.png", "デザイン.png", "No extension", ".svgz.jpg",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it(title: str) -> None:
    assert kind(title) is None


def test_the_type_that_the_api_states_outdoes_the_ending() -> None:
    assert kind("Rebab.jpg", "image/svg+xml") == "vector_drawing"
    assert kind("Rebab.svg", "image/png") is None
    assert kind("Rebab map.svg", "image/png") == "map"
    assert kind("Rebab map.png", "image/jpeg") is None
    assert kind("Rebab.png", "application/ogg") == "audio"


@pytest.mark.parametrize("prop", list(never_photographs()))
def test_a_property_that_never_names_photographs_decides_alone(prop: int) -> None:
    assert kind("Rebab.jpg", "image/jpeg", prop) == never_photographs()[prop]


@given(st.sampled_from([*photograph_properties(), None]), st.text(st.characters(codec="ascii", categories=["Nd"])))
def test_names_without_words_are_photographs(prop: int | None, number: str) -> None:
    assert kind(f"DSC{number}.JPG", prop=prop) is None


def test_no_property_is_both_and_image_is_best() -> None:
    assert not photograph_properties().keys() & never_photographs().keys()
    assert [prop.rank for prop in photograph_properties().values()] == list(range(len(photograph_properties())))
    assert next(iter(photograph_properties())) == 18


def test_kinds_are_words_to_count_by() -> None:
    rules = yaml.safe_load(not_photographs.FILE.read_text(encoding="utf-8"))
    kinds = {*rules["types"], *rules["words"], *never_photographs().values()}
    assert all(one.isidentifier() and one.islower() for one in kinds)
    assert {*rules["words"]["map"]} == {"drawn", "any"}
    properties = yaml.safe_load(picture_properties.FILE.read_text(encoding="utf-8"))
    assert all(row["name"] for section in properties.values() for row in section.values())


def test_the_drawings_of_the_sample_stand_for_photographs() -> None:
    titles = [entity.picture for entity in load_sample(SOURCE).entities.values() if entity.picture]
    assert titles
    assert [title for title in titles if kind(normalise_title(title))] == []


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_real_images_are_called_something_else_only_where_they_are() -> None:
    """Every hit was looked at: each is a drawing, a map, a flag or a seal."""
    titles = set()
    for line in lines_of(DUMPS["gz"]):
        for statement in json.loads(line).get("claims", {}).get("P18", []):
            titles.add(statement["mainsnak"].get("datavalue", {}).get("value"))
    with (SHARED / "facts" / "entities.tsv").open(encoding="utf-8", newline="") as table:
        titles |= {title for row in csv.DictReader(table, delimiter="\t") for title in row["p18"].split("|")}
    normalised = {normalise_title(title) for title in titles - {None, ""}}
    assert len(normalised) > 500
    assert {title: kind(title) for title in normalised if kind(title) not in (None, "vector_drawing")} == {
        "Flag of the United States Geological Survey.png": "flag",
        "Mapa do Brasil com a Bandeira Nacional.png": "map",
        "Poland topo.jpg": "map",
        "Seal of the United States Lighthouse Service.png": "seal",
    }
    assert all(title.endswith(".svg") for title in normalised if kind(title) == "vector_drawing")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_photographs_of_two_thousand_dishes_are_photographs() -> None:
    addresses = re.compile(r"/wikipedia/commons/(?:thumb/)?./../([^/?\"'\s]+)")
    text = (SHARED / "benchmarks" / "worldcuisines" / "food_cleaned.csv").read_text(encoding="utf-8")
    titles = {normalise_title(name) for name in addresses.findall(text)}
    assert len(titles) > 5000
    assert [title for title in titles if kind(title)] == []
