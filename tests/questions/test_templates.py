from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.catalogue_file import read_yaml
from pipeline.questions.templates import CATALOGUE, Catalogue, catalogue_identity, load_catalogue
from pipeline.questions.wordings import GIVEN, KINDS, MIN_WORDINGS, Wording
from tests.questions.rows import CODES

SWAHILI = Path("languages") / "sw" / "where.yaml"
Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


def _edit(path: Path, edit: Edit) -> None:
    content = read_yaml(path)
    edit(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _wording(text: str, family: str = "country", kind: str = "open", number: int = 0) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        content["questions"][family][kind][number]["text"] = text

    return edit


def _name_in_all(content: dict[str, Any]) -> None:
    for number, wording in enumerate(content["questions"]["country"]["choice"]):
        wording["text"] = f"{number} {{entity}}?"


def _repeat(content: dict[str, Any]) -> None:
    wordings = content["questions"]["country"]
    wordings["choice"][1]["text"] = wordings["open"][0]["text"]


def _put(*path: str, value: Any) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return edit


def _drop(*path: str) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        for key in path[:-1]:
            content = content[key]
        del content[path[-1]]

    return edit


def test_every_family_is_complete_in_every_language(catalogue: Catalogue) -> None:
    assert set(CODES) <= set(catalogue.languages) <= set(vocabulary.languages())
    for language in catalogue.languages.values():
        assert set(language.wordings) == {family.name for family in catalogue.families}
        for wordings in language.wordings.values():
            assert set(wordings.by_kind) == set(KINDS)
            for texts in wordings.by_kind.values():
                assert len(texts) >= MIN_WORDINGS
                assert [wording.number for wording in texts] == list(range(1, len(texts) + 1))
                assert not all(wording.names_entity for wording in texts)


def test_every_wording_but_english_is_translated_back(catalogue: Catalogue) -> None:
    untranslated = [
        wording.text
        for code, language in catalogue.languages.items()
        for wordings in language.wordings.values()
        for wording in sum(wordings.by_kind.values(), ())
        if code != "en" and wordings.status != "draft" and not wording.means
    ]
    assert untranslated == []


def test_a_language_without_wordings_is_named(catalogue: Catalogue) -> None:
    catalogue.require(CODES)
    for refuse in (catalogue.require, catalogue_identity):
        with pytest.raises(ConfigError, match=r"no question wordings in xx, yy; the catalogue has am, .*sw"):
            refuse(["en", "xx", "sw", "yy"])


def test_where_country_and_origin_are_asked_alike_they_must_agree(catalogue: Catalogue) -> None:
    assert {family.must_agree for family in catalogue.families if family.name == "country"} == {True}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (_wording("{enttiy}?"), "family country: '{enttiy}?': unknown slot {enttiy}"),
        (_wording("{}?"), "unknown slot {}"),
        (_wording("{entity}}?"), "has a stray brace"),
        (_wording("{ entity?"), "has a stray brace"),
        (_wording("{this.gen}?"), "{this.gen} asks for a form that nouns.yaml does not have"),
        (_wording("{a|b}?"), "{a|b} has 2 alternatives for"),
        (_wording("“{given}”: “{entity}”?"), "{given} belongs into all wordings of a family that tells a second fact"),
        (_wording(" Hii?"), "is empty or has superfluous spaces"),
        (_wording("Hii  nini?"), "is empty or has superfluous spaces"),
        (_wording(""), "is empty or has superfluous spaces"),
        (_put("questions", "country", "open", value=[{"text": "Hii?"}]), "1 open wordings; at least 3 are"),
        (_name_in_all, "family country: at least one choice wording must do without {entity}"),
        (_repeat, "is also a wording of country, open"),
        (_wording("Kinachoonekana kwenye picha hii kiko wapi?"), "is also a wording of "),
        (_put("questions", "country", "revision", value=0), "family country: Expected `int` >= 1"),
        (_put("questions", "country", "status", value="checked"), "family country: Invalid enum value 'checked'"),
        (_put("questions", "country", "openn", value=[]), "family country: Object contains unknown field `openn`"),
    ],
)
def test_a_mistake_in_a_language_is_refused_with_file_and_place(copy: Path, edit: Edit, expected: str) -> None:
    _edit(copy / SWAHILI, edit)
    with pytest.raises(ConfigError) as caught:
        load_catalogue(copy)
    assert str(caught.value).startswith(f"{copy / SWAHILI}: language sw, ")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("file", "edit", "expected"),
    [
        ("where.yaml", _put("country", "domains", value=["food", "foood"]), "unknown domain 'foood'; allowed: food, "),
        ("what.yaml", _put("name", "properties", value=[31]), "`answer: entity` does not go with"),
        ("where.yaml", _put("country", "properties", value=[0]), "`answer: item` does not go with"),
        ("when.yaml", _put("inception", "distractors", value="same_domain"), "`answer: time` does not go with"),
        ("where.yaml", _put("country", "distractors", value="near_dates"), "`answer: item` does not go with"),
        ("numbers.yaml", _put("height", "distractors", value="near_dates"), "`answer: quantity` does not go with"),
        ("where.yaml", _put("country", "distractors", value="random"), "Invalid enum value 'random'"),
        ("where.yaml", _put("country", "other_properties", value="may_agree"), "Invalid enum value 'may_agree'"),
        ("where.yaml", _put("country", "properties", value=[]), "length >= 1"),
        ("where.yaml", _put("country", "propertys", value=[17]), "unknown field `propertys`"),
        ("where.yaml", _drop("country", "meaning"), "missing required field `meaning`"),
        ("where.yaml", _put("country", "refused", value=[{"qid": 5}]), "missing required field `why`"),
        ("two.yaml", _put("religion_country", "given", value=[17]), "`given` tells what is asked for"),
        ("who.yaml", _put("country", value={}), "is in where.yaml too"),
    ],
)
def test_a_mistake_in_a_family_is_refused_with_its_name(copy: Path, file: str, edit: Edit, expected: str) -> None:
    _edit(copy / "families" / file, edit)
    with pytest.raises(ConfigError) as caught:
        load_catalogue(copy)
    assert str(caught.value).startswith(f"{copy / 'families' / file}: property family ")
    assert expected in str(caught.value)


@pytest.mark.parametrize("edit", [_drop("questions", "country"), _put("questions", "land", value={})])
def test_a_language_asks_exactly_the_families_there_are(copy: Path, edit: Edit) -> None:
    _edit(copy / SWAHILI, edit)
    with pytest.raises(ConfigError, match=r"where.yaml: family (country|land): in only one of this file and families"):
        load_catalogue(copy)


def test_an_empty_directory_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no catalogue of questions there"):
        load_catalogue(tmp_path)


def test_the_identity_changes_with_the_bytes_of_what_is_used_and_with_nothing_else(copy: Path) -> None:
    used = ["en", "sw"]
    before = catalogue_identity(used, copy)
    assert before == catalogue_identity(used)
    decided = {"families/who.yaml": True, str(SWAHILI): True, "languages/en/nouns.yaml": True}
    for name, decides in (decided | {"languages/am/where.yaml": False}).items():
        path = copy / name
        original = path.read_bytes()
        os.utime(path, (0, 0))
        assert catalogue_identity(used, copy) == before
        path.write_bytes(original + b"#\n")
        assert (catalogue_identity(used, copy) != before) == decides, name
        path.write_bytes(original)


def test_a_label_is_put_in_as_it_stands() -> None:
    wording = Wording(1, "What is “{entity}”?", "", names_entity=True, by_domain={})
    assert wording.render("food", r"\1 $x %s") == r"What is “\1 $x %s”?"


@pytest.mark.parametrize(
    ("text", "label", "collides"),
    [
        ("Что это: «{entity}»?", "Памятник «Тысячелетие России»", True),
        ("Что это: «{entity}»?", "Памятник “Победа”", False),
        ("「{entity}」は何ですか？", "名曲「荒城の月」の碑", True),
        ("What is “{entity}”?", 'The "Old" Bell', False),
        ("What is “{entity}”?", "The “Old” Bell", True),
        ("What is {entity} ?", "two words", False),
        ("{entity}", "anything", False),
        ("Here is {entity}. What is “{entity}”?", "The “Old” Bell", True),
    ],
)
def test_quotation_marks_in_a_name_collide_with_the_same_marks_around_it(text: str, label: str, collides: bool) -> None:
    assert Wording(1, text, "", names_entity=True, by_domain={}).collides(label) is collides
    told = Wording(1, text.replace("{entity}", GIVEN), "", names_entity=False, by_domain={})
    assert told.collides(label, GIVEN) is collides
