"""The shipped sample keeps its promises, and the loader names file and row of every mistake."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import sample
from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.dates import CENTURY, DECADE, YEAR, date_of
from pipeline.questions.quantities import quantity_of
from pipeline.wikidata.choice.classes import ClassTree
from sample.drawings.motifs import MOTIFS
from sample.snaks import (
    DATATYPES,
    QUANTITY,
    TEXT,
    UNITS,
    Quantity,
    Text,
    Time,
    parse_quantity,
    parse_text,
    parse_time,
)
from sample.tables import CONCEPTS, Entity, Sample, load_sample
from tests.sample.domains import class_tree_of, domain_of

SAMPLE = Path(sample.__file__).parent
SCRIPTS = {
    "am": "ETHIOPIC", "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "he": "HEBREW", "hi": "DEVANAGARI",
    "bn": "BENGALI", "ta": "TAMIL", "te": "TELUGU", "si": "SINHALA", "th": "THAI", "el": "GREEK", "bg": "CYRILLIC",
    "ru": "CYRILLIC", "uk": "CYRILLIC", "mn": "CYRILLIC", "ko": "HANGUL", "zh": "CJK",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Sample:
    return load_sample(SAMPLE)


@pytest.fixture(scope="module")
def tree(shipped: Sample) -> ClassTree:
    return class_tree_of(shipped)


def _values(entity: Entity, *properties: str) -> set[str]:
    return {item for prop, item in entity.items() if prop in properties}


def test_each_of_the_42_countries_has_two_cultural_entities_that_are_its_own(shipped: Sample) -> None:
    concepts = shipped.group(CONCEPTS)
    numbers = Counter(entity.country for entity in concepts)
    assert {country: number for country in vocabulary.countries() if (number := numbers[country]) < 2} == {}
    for entity in concepts:
        assert entity.country is not None
        assert f"Q{vocabulary.countries()[entity.country].qid}" in _values(entity, "P17", "P495"), entity.id


def test_no_country_is_shown_by_buildings_alone(shipped: Sample, tree: ClassTree) -> None:
    others = {
        entity.country
        for entity in shipped.group(CONCEPTS)
        if domain_of(entity, tree) not in ("worship", "museum", "monument")
    }
    assert others == set(vocabulary.countries())


def test_every_cultural_entity_reaches_a_domain_and_all_other_things_reach_none(
    shipped: Sample, tree: ClassTree
) -> None:
    domains = {domain_of(entity, tree) for entity in shipped.group(CONCEPTS)}
    assert None not in domains
    assert len(domains) >= 12
    things = shipped.group("others")
    assert len(things) >= 12
    assert {entity.id for entity in things if domain_of(entity, tree) is not None} == set()


def test_some_things_must_be_refused_for_their_kind_and_some_for_their_country(shipped: Sample) -> None:
    ours = {f"Q{country.qid}" for country in vocabulary.countries().values()}
    pictured = [entity for entity in shipped.group("others") if entity.picture]
    assert sum(bool(_values(entity, "P17") & ours) for entity in pictured) >= 3
    assert any(_values(entity, "P17") - ours for entity in pictured)
    assert any(entity.picture is None for entity in shipped.group("others"))


def test_every_cultural_entity_is_named_in_english_and_in_a_language_of_its_country(shipped: Sample) -> None:
    languages = vocabulary.languages()
    for entity in shipped.group(CONCEPTS):
        assert {"en", "mul"} & set(entity.labels), entity.id
        own = vocabulary.countries()[entity.country or ""].languages
        assert any(code in entity.labels for language in own for code in languages[language].wikidata), entity.id


def test_each_of_the_39_languages_names_at_least_five_cultural_entities(shipped: Sample) -> None:
    concepts = shipped.group(CONCEPTS)
    numbers = {
        code: sum(any(wanted in entity.labels for wanted in language.wikidata) for entity in concepts)
        for code, language in vocabulary.languages().items()
    }
    assert {code: number for code, number in numbers.items() if number < 5} == {}


# What two families ask of: property, domains, and how many values a language must be able to name.
INGREDIENT = ("P527", ("food", "drink"), 4)
RELIGION = ("P140", ("worship", "festival", "tradition", "literature", "artwork", "monument", "heritage"), 5)


def _asked(shipped: Sample, tree: ClassTree, prop: str, domains: tuple[str, ...]) -> dict[str, set[str]]:
    """Entity -> its values of best rank, for the cultural entities of these domains that have any."""
    found = {}
    for entity in shipped.group(CONCEPTS):
        ranked = [(row.rank, str(row.snak.value)) for row in entity.statements if row.snak.property == prop]
        ranks = {rank for rank, _ in ranked} - {"deprecated"}
        best = "preferred" if "preferred" in ranks else "normal"
        if ranks and domain_of(entity, tree) in domains:
            found[entity.id] = {value for rank, value in ranked if rank == best}
    return found


def _kin(shipped: Sample, item: str) -> set[str]:
    """The item and everything that it is a kind, an instance or a part of."""
    above = _values(shipped.entities[item], "P31", "P279", "P361")
    return {item}.union(*(_kin(shipped, parent) for parent in above))


def test_enough_dishes_state_their_ingredients_and_enough_things_their_religion(
    shipped: Sample, tree: ClassTree
) -> None:
    dishes = _asked(shipped, tree, *INGREDIENT[:2])
    sacred = _asked(shipped, tree, *RELIGION[:2])
    assert len(dishes) >= 25
    assert {dish: best for dish, best in dishes.items() if len(best) > 3} == {}
    assert len(sacred) >= 15
    assert len(set().union(*sacred.values())) >= 6


def test_a_denomination_is_part_of_its_religion(shipped: Sample) -> None:
    christianity, islam = "Q5043", "Q432"
    catholic, sunni, shia = "Q9592", "Q483654", "Q9585"
    assert christianity in _kin(shipped, catholic)
    assert islam in _kin(shipped, sunni) & _kin(shipped, shia)


def test_what_food_is_made_from_is_no_material(shipped: Sample, tree: ClassTree) -> None:
    eaten = [entity for entity in shipped.group(CONCEPTS) if domain_of(entity, tree) in INGREDIENT[1]]
    assert [entity.id for entity in eaten if _values(entity, "P186")] == []


@pytest.mark.parametrize(("prop", "domains", "needed"), [INGREDIENT, RELIGION])
def test_each_of_the_39_languages_names_enough_values_for_three_wrong_options(
    shipped: Sample, tree: ClassTree, prop: str, domains: tuple[str, ...], needed: int
) -> None:
    asked = _asked(shipped, tree, prop, domains)
    kin = {item: _kin(shipped, item) for item in set().union(*asked.values())}
    for code, language in vocabulary.languages().items():
        labels = {
            item: next((shipped.entities[item].labels[wanted] for wanted in language.wikidata
                        if wanted in shipped.entities[item].labels), None)
            for item in kin
        }  # fmt: skip
        named = {item: label.casefold() for item, label in labels.items() if label}
        assert len(set(named.values())) == len(named) >= needed, (code, named)
        for entity, best in asked.items():
            true = _values(shipped.entities[entity], prop)
            wrong = {
                item
                for item in named
                if item not in true and not any(item in kin[one] or one in kin[item] for one in best)
            }
            assert not best <= set(named) or len(wrong) >= 3, (code, entity)


def test_labels_are_nfc_and_in_the_script_of_their_language(shipped: Sample) -> None:
    wrong = []
    for entity in shipped.entities.values():
        for code, label in entity.labels.items():
            assert unicodedata.is_normalized("NFC", label), (entity.id, code)
            letters = [
                unicodedata.name(letter) for letter in label if unicodedata.category(letter) in ("Lu", "Ll", "Lo")
            ]
            script = SCRIPTS.get(code, "LATIN")
            if code in ("ja", "mul") or entity.group == "others":  # Brands and clubs keep Latin letters.
                continue
            if not all(name.startswith(script) for name in letters):
                wrong.append((entity.id, code, label))
    assert wrong == []


def test_no_label_carries_the_bracket_that_tells_pages_of_one_name_apart(shipped: Sample) -> None:
    concepts = shipped.group(CONCEPTS)
    assert [(entity.id, label) for entity in concepts for label in entity.labels.values() if "(" in label] == []


def test_every_id_in_the_files_has_a_row_and_a_source(shipped: Sample) -> None:
    mentioned: set[str] = set()
    for path in [*SAMPLE.glob("*.yaml"), *SAMPLE.glob("concepts/*.yaml")]:
        for row in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            mentioned |= set(re.findall(r"\bQ\d+\b", str([row.get("statements"), row.get("known_statements")])))
    assert mentioned - set(shipped.entities) == set()
    assert [entity.id for entity in shipped.entities.values() if not entity.sources] == []


def test_a_source_is_no_place_of_ours(shipped: Sample) -> None:
    sources = {source for entity in shipped.entities.values() for source in entity.sources}
    assert [source for source in sources if re.search(r"\bshared\b|: /", source)] == []


def test_the_readme_lists_the_languages_with_labels_written_from_knowledge(shipped: Sample) -> None:
    known = {code for entity in shipped.entities.values() for code in entity.known} - {"mul"}
    section = (SAMPLE / "README.md").read_text(encoding="utf-8").partition("## For native speakers")[2]
    assert set(re.findall(r"\(`([a-z-]+)`\)", section)) == known


def test_pictures_and_drawings_are_the_kind_that_the_pipeline_finds_hard(shipped: Sample) -> None:
    titles = [entity.picture for entity in shipped.entities.values() if entity.picture]
    assert len(titles) == len(set(titles))
    assert any(not title.isascii() for title in titles)
    assert any("'" in title for title in titles)
    assert any("," in title for title in titles)
    drawings = [entity.drawing for entity in shipped.group(CONCEPTS) if entity.drawing]
    assert {drawing.motif for drawing in drawings} - set(MOTIFS) == set()


def test_the_oddities_of_real_statements_are_there(shipped: Sample) -> None:
    statements = [statement for entity in shipped.entities.values() for statement in entity.statements]
    assert {statement.rank for statement in statements} == {"preferred", "normal", "deprecated"}
    assert any(statement.snak.snaktype != "value" for statement in statements)
    qualifiers = {snak.property for statement in statements for snak in statement.qualifiers}
    assert {"P580", "P582", "P1319", "P1480"} <= qualifiers
    precisions = {statement.snak.value.precision for statement in statements if isinstance(statement.snak.value, Time)}
    assert {YEAR, DECADE, CENTURY} <= precisions
    assert {QUANTITY, TEXT} <= {statement.snak.datatype for statement in statements}
    assert any("mul" in entity.labels and "en" not in entity.labels for entity in shipped.group(CONCEPTS))
    assert any(entity.aliases for entity in shipped.group(CONCEPTS))
    assert any(entity.id.startswith("P") for entity in shipped.entities.values())


# ---- dates


def _date(text: str) -> tuple[int, int, str] | None:
    time = parse_time(text)
    statement = {"time": time.time, "time_precision": time.precision, "calendar": int(time.calendar[1:])}
    found = date_of({**statement, "qualifiers": []})
    return None if found is None else (found.precision, found.index, time.calendar)


@given(st.integers(1, 9999), st.booleans())
def test_a_year_is_read_as_the_pipeline_reads_it(year: int, before_era: bool) -> None:
    index = -year if before_era else year - 1
    calendar = "Q1985786" if before_era or year < 1583 else "Q1985727"
    assert _date(f"{year}{' BCE' if before_era else ''}") == (YEAR, index, calendar)


@given(st.integers(1, 99), st.booleans(), st.sampled_from(["st", "nd", "rd", "th"]))
def test_a_century_is_read_as_the_pipeline_reads_it(number: int, before_era: bool, ending: str) -> None:
    found = _date(f"{number}{ending} century{' BCE' if before_era else ''}")
    assert found is not None
    assert found[:2] == (CENTURY, -number if before_era else number - 1)


@given(st.integers(1, 202), st.booleans())
def test_a_decade_is_read_as_the_pipeline_reads_it(tens: int, before_era: bool) -> None:
    found = _date(f"{tens}0s{' BCE' if before_era else ''}")
    assert found is not None
    assert found[:2] == (DECADE, -tens - 1 if before_era else tens)


@given(st.dates())
def test_a_day_keeps_its_month(day: Any) -> None:
    text = f"{day.year}-{day.month:02d}-{day.day:02d}"
    time = parse_time(text)
    assert time.precision == 11
    assert time.time == f"+{day.year:04d}-{day.month:02d}-{day.day:02d}T00:00:00Z"


@pytest.mark.parametrize(
    "text", ["", "0", "0044", "12345", "1889-3-1", "1889-03", "1889-02-29", "1885s", "century", "0th century", "44 CE"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|day"):
        parse_time(text)


# ---- quantities and texts


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [("40000", "40000", None), ("330 m", "330", 11573), ("54.5 cm", "54.5", 174728), ("361 ft", "361", 3710)],
)
def test_a_quantity_is_read_as_the_pipeline_reads_it(text: str, amount: str, unit: int | None) -> None:
    quantity = parse_quantity(text)
    read = quantity_of({"amount": f"+{quantity.amount}", "unit": quantity.unit and int(quantity.unit[1:])})
    assert read is not None
    assert (read.amount, read.unit) == (Decimal(amount), unit)


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_a_unit_of_the_sample_is_one_that_questions_are_asked_in(unit: str) -> None:
    quantity = parse_quantity(f"2 {unit}")
    assert quantity == Quantity("2", UNITS[unit])
    assert quantity_of({"amount": "2", "unit": int(UNITS[unit][1:])}) is not None


@pytest.mark.parametrize("text", ["", "m", "0", "0 m", "-3 m", "+3", "3m", "3  m", "3 miles", "1,200", "1e3", "330 m "])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="quantity"):
        parse_quantity(text)


def test_a_text_keeps_its_language_and_every_colon_after_the_first() -> None:
    assert parse_text("ja: 姫路城") == Text("姫路城", "ja")
    assert parse_text("en: Kyiv: a city") == Text("Kyiv: a city", "en")


@pytest.mark.parametrize("text", ["", "姫路城", "ja:姫路城", "ja: ", "ja:  姫路城", "iw: מצדה", "xx: a"])
def test_what_is_no_text_of_a_language_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="label code"):
        parse_text(text)


def test_a_native_name_is_a_label_of_the_entity(shipped: Sample) -> None:
    for entity in shipped.group(CONCEPTS):
        for statement in entity.statements:
            if isinstance(text := statement.snak.value, Text):
                assert entity.labels[text.language] == text.text, entity.id


def test_every_property_of_the_sample_is_used(shipped: Sample) -> None:
    statements = [statement for entity in shipped.entities.values() for statement in entity.statements]
    used = {snak.property for statement in statements for snak in (statement.snak, *statement.qualifiers)}
    assert set(DATATYPES) - used == set()


# ---- mistakes

Row = dict[str, Any]
KRAR: Row = {
    "labels": {"en": "krar", "am": "ክራር"},
    "aliases": {"es": ["krar etíope"]},
    "known": ["am", "es"],
    "statements": {"P495": ["Q115"]},
    "known_statements": {"P571": [{"value": "1889", "rank": "preferred", "qualifiers": {"P580": ["1880s"]}}]},
    "picture": "Krar (sample drawing).png",
    "drawing": {"motif": "lyre", "colours": ["#a34f2b"], "count": 5},
    "source": ["owner/repository: file.csv"],
}
COUNTRY: Row = {"labels": {"en": "Ethiopia"}, "source": ["owner/repository: file.csv"]}


def _write(folder: Path, rows: dict[str, Row], file: str = "concepts/ethiopia.yaml") -> Path:
    (folder / "concepts").mkdir(exist_ok=True)
    (folder / "countries.yaml").write_text(yaml.safe_dump({"Q115": COUNTRY}), encoding="utf-8")
    (folder / file).write_text(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def test_a_row_is_read_whole(tmp_path: Path) -> None:
    entity = load_sample(_write(tmp_path, {"Q1786674": KRAR})).entities["Q1786674"]
    assert (entity.group, entity.country, entity.picture) == (CONCEPTS, "ethiopia", "Krar (sample drawing).png")
    assert entity.labels == KRAR["labels"]
    assert entity.aliases == {"es": ("krar etíope",)}
    assert entity.known == {"am", "es"}
    assert entity.sources == ("owner/repository: file.csv",)
    assert entity.drawing is not None
    assert (entity.drawing.motif, entity.drawing.colours, entity.drawing.count) == ("lyre", ("#a34f2b",), 5)
    origin, inception, picture = entity.statements
    assert (origin.snak.property, origin.snak.value, origin.rank, origin.known) == ("P495", "Q115", "normal", False)
    assert (inception.rank, inception.known) == ("preferred", True)
    assert inception.snak.value == Time("+1889-00-00T00:00:00Z", YEAR, "Q1985727")
    assert [(snak.property, snak.value) for snak in inception.qualifiers] == [
        ("P580", Time("+1880-00-00T00:00:00Z", DECADE, "Q1985727"))
    ]
    assert (picture.snak.property, picture.snak.datatype) == ("P18", "commonsMedia")


def test_an_unknown_value_and_no_value_are_not_ids(tmp_path: Path) -> None:
    row = {**KRAR, "statements": {"P186": ["somevalue"], "P131": ["novalue"]}}
    statements = load_sample(_write(tmp_path, {"Q1786674": row})).entities["Q1786674"].statements
    assert [(statement.snak.snaktype, statement.snak.value) for statement in statements[:2]] == [
        ("somevalue", None), ("novalue", None),
    ]  # fmt: skip


def _with(**changes: Any) -> Row:
    return {**KRAR, **changes}


def _without(key: str) -> Row:
    return {name: value for name, value in KRAR.items() if name != key}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (_with(label="krar"), "unknown field `label`"),
        (_without("source"), "`source`"),
        (_without("labels"), "`labels`"),
        (_without("picture"), "`picture`"),
        (_without("drawing"), "`drawing`"),
        (_with(source=[]), "`source` is empty"),
        (_with(source=["somewhere"]), "owner/repository: file"),
        (_with(labels={}), "no label"),
        (_with(labels={"he_IL": "x"}), "he_IL"),
        (_with(labels={"iw": "x"}), "iw"),
        (_with(labels={"en": " krar"}), "blanks"),
        (_with(aliases={"es": [""]}), "blanks"),
        (_with(known=["fr"]), "`known` lists 'fr'"),
        (_with(picture="Krar.png"), "sample drawing"),
        (_with(picture="Krar_a (sample drawing).png"), "sample drawing"),
        (_with(picture="Krar (sample drawing).svg"), "sample drawing"),
        (_with(drawing={"motif": "lyre", "colours": ["red"]}), "colours"),
        (_with(drawing={"motif": "lyre", "colours": []}), "colours"),
        (_with(drawing={"motif": "lyre", "colours": ["#a34f2b"], "count": 0}), "count"),
        (_with(drawing={"motif": "lyre", "colors": ["#a34f2b"]}), "colors"),
        (_with(statements={"P999": ["Q115"]}), "P999"),
        (_with(statements={"P18": ["Krar.png"]}), "goes under `picture`"),
        (_with(statements={"P495": ["Ethiopia"]}), "'Ethiopia'"),
        (_with(statements={"P495": ["P17"]}), "'P17'"),
        (_with(statements={"P495": ["Q7"]}), "P495 points to Q7, which has no row"),
        (_with(statements={"P31": [{"value": "Q115", "qualifiers": {"P361": ["Q7"]}}]}), "P361 points to Q7"),
        (_with(statements={"P571": ["about 1889"]}), "P571: 'about 1889' is not a date"),
        (_with(statements={"P571": [1889]}), "got `int` - at `$.statements"),
        (_with(statements={"P2048": ["high"]}), "P2048: 'high' is not a quantity"),
        (_with(statements={"P2048": ["Q115"]}), "P2048: 'Q115' is not a quantity"),
        (_with(statements={"P1705": ["ክራር"]}), "P1705: 'ክራር' is not a text"),
        (_with(statements={"P495": [{"value": "Q115", "rank": "best"}]}), "best"),
        (_with(statements={"P495": [{"value": "Q115", "known": True}]}), "known"),
        (_with(statements={"P495": ["Q115"]}, known_statements={"P495": ["Q115"]}), "same value twice"),
    ],
)
def test_a_wrong_row_is_refused_by_file_and_id(tmp_path: Path, row: Row, says: str) -> None:
    _write(tmp_path, {"Q1786674": row})
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        load_sample(tmp_path)
    assert f"{tmp_path / 'concepts' / 'ethiopia.yaml'}, Q1786674" in str(caught.value)


@pytest.mark.parametrize("key", ["krar", "q1786674", "Q01", "L1", 1786674])
def test_a_key_that_is_no_id_is_refused(tmp_path: Path, key: object) -> None:
    with pytest.raises(ConfigError, match=f"{key}: the key of a row is an id"):
        load_sample(_write(tmp_path, {key: KRAR}))  # type: ignore[dict-item]


def test_an_id_in_two_files_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, {"Q1786674": KRAR})
    _write(tmp_path, {"Q1786674": {**KRAR, "picture": "Another (sample drawing).png"}}, "concepts/kenya.yaml")
    with pytest.raises(ConfigError, match=r"kenya\.yaml, Q1786674: has a row in .*ethiopia\.yaml already"):
        load_sample(tmp_path)


def test_an_id_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, {})
    row = "Q1: {labels: {en: a}, source: ['a/b: c']}\n"
    (tmp_path / "others.yaml").write_text(row + row, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"others\.yaml, line 2: 'Q1' is written twice"):
        load_sample(tmp_path)


def test_two_entities_cannot_share_a_picture(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Q2: Q1 has the same picture"):
        load_sample(_write(tmp_path, {"Q1": KRAR, "Q2": KRAR}))


def test_a_file_of_no_country_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"atlantis\.yaml: 'atlantis' is no country"):
        load_sample(_write(tmp_path, {"Q1": KRAR}, "concepts/atlantis.yaml"))


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no tables of the sample there"):
        load_sample(tmp_path)


def test_items_come_in_the_order_of_their_numbers_then_properties(tmp_path: Path) -> None:
    rows = {"Q20": COUNTRY, "P17": COUNTRY, "Q3": COUNTRY}
    loaded = load_sample(_write(tmp_path, rows, "others.yaml"))
    assert list(loaded.entities) == ["Q3", "Q20", "Q115", "P17"]
