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
from pipeline.questions.templates import CATALOGUE, KINDS, MIN_WORDINGS, Catalogue, Wording, load_catalogue
from tests.questions.rows import CODES

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


def _edit(path: Path, edit: Edit) -> None:
    content = read_yaml(path)
    edit(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _wording(text: str, language: str = "sw", kind: str = "open", number: int = 0) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        content["languages"][language][kind][number]["text"] = text

    return edit


def _name_in_all(content: dict[str, Any]) -> None:
    for number, wording in enumerate(content["languages"]["sw"]["choice"]):
        wording["text"] = f"{number} {{entity}}?"


def _repeat(content: dict[str, Any]) -> None:
    wordings = content["languages"]["sw"]
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
    assert set(CODES) <= set(catalogue.formats) <= set(vocabulary.languages())
    for family in catalogue.families:
        assert set(family.languages) == set(catalogue.formats)
        for wordings in family.languages.values():
            assert set(wordings.by_kind) == set(KINDS)
            for texts in wordings.by_kind.values():
                assert len(texts) >= MIN_WORDINGS
                assert [wording.number for wording in texts] == list(range(1, len(texts) + 1))
                assert not all(wording.names_entity for wording in texts)


def test_every_wording_but_english_is_translated_back(catalogue: Catalogue) -> None:
    untranslated = [
        wording.text
        for family in catalogue.families
        for language, wordings in family.languages.items()
        for wording in sum(wordings.by_kind.values(), ())
        if language != "en" and not wording.means
    ]
    assert untranslated == []


def test_a_language_without_wordings_is_named(catalogue: Catalogue) -> None:
    catalogue.require(CODES)
    with pytest.raises(ConfigError, match=r"no question wordings in xx, yy; the catalogue has am, .*sw"):
        catalogue.require(["en", "xx", "sw", "yy"])


def test_where_country_and_origin_are_asked_alike_they_must_agree(catalogue: Catalogue) -> None:
    assert {family.must_agree for family in catalogue.families if family.name == "country"} == {True}


@pytest.mark.parametrize(
    ("file", "edit", "expected"),
    [
        ("country", _wording("{enttiy}?"), "language sw: '{enttiy}?' has the unknown slot {enttiy}"),
        ("country", _wording("{}?"), "has the unknown slot {}"),
        ("country", _wording("{entity}}?"), "has a stray brace"),
        ("country", _wording("{ entity?"), "has a stray brace"),
        ("country", _wording("{entity} {entity}?"), "names the entity twice"),
        ("country", _wording(" Hii?"), "is empty or has superfluous spaces"),
        ("country", _wording("Hii  nini?"), "is empty or has superfluous spaces"),
        ("country", _wording(""), "is empty or has superfluous spaces"),
        ("country", _put("languages", "sw", "open", value=[{"text": "Hii?"}]), "1 open wordings; at least 3 are"),
        ("country", _name_in_all, "language sw: at least one choice wording must do without {entity}"),
        ("country", _repeat, "is also a wording of country, open"),
        ("country", _wording("Picha hii inaonyesha kitu cha aina gani?"), "is also a wording of class, open"),
        ("country", _drop("languages", "sw"), "language sw: in only one of this file and languages/"),
        ("country", _put("languages", "xx", value={}), "language xx: in only one of this file and languages/"),
        ("country", _put("domains", value=["food", "foood"]), "unknown domain 'foood'; allowed: food, drink"),
        ("name", _wording("Je, hii ni {entity}?"), "family name, language sw: 'Je, hii ni {entity}?' names the entity"),
        ("name", _put("properties", value=[31]), "`answer: entity` does not go with"),
        ("country", _put("properties", value=[0]), "`answer: item` does not go with"),
        ("inception", _put("distractors", value="same_domain"), "`answer: time` does not go with"),
        ("country", _put("distractors", value="near_dates"), "`answer: item` does not go with"),
        ("country", _put("distractors", value="random"), "Invalid enum value 'random'"),
        ("country", _put("other_properties", value="may_agree"), "Invalid enum value 'may_agree'"),
        ("country", _put("properties", value=[]), "length >= 1"),
        ("country", _put("propertys", value=[17]), "unknown field `propertys`"),
        ("country", _drop("meaning"), "missing required field `meaning`"),
        ("country", _put("family", value="land"), "name the file land.yaml or mend the key `family`"),
        ("country", _put("languages", "sw", "revision", value=0), "country, language sw: Expected `int` >= 1"),
        ("country", _put("languages", "sw", "status", value="checked"), "language sw: Invalid enum value 'checked'"),
        ("country", _put("languages", "sw", "openn", value=[]), "language sw: Object contains unknown field `openn`"),
        ("country", _put("refused", value=[{"qid": 5}]), "missing required field `why`"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_file_and_place(copy: Path, file: str, edit: Edit, expected: str) -> None:
    _edit(copy / f"{file}.yaml", edit)
    with pytest.raises(ConfigError) as caught:
        load_catalogue(copy)
    assert str(caught.value).startswith(f"{copy / file}.yaml: property family ")
    assert expected in str(caught.value)


def test_a_language_needs_its_format_and_its_wordings(copy: Path) -> None:
    (copy / "languages" / "sw.yaml").unlink()
    with pytest.raises(ConfigError, match="language sw: in only one of this file and languages/"):
        load_catalogue(copy)


def test_an_empty_directory_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no catalogue of questions there"):
        load_catalogue(tmp_path)


def test_the_digest_changes_with_the_bytes_of_a_file_and_with_nothing_else(copy: Path) -> None:
    before = load_catalogue(copy).sha256
    assert before == load_catalogue().sha256
    seen = {before}
    names = ["country.yaml", "name.yaml", "languages/am.yaml", "languages/sw.yaml"]
    for path in [copy / name for name in names]:
        original = path.read_bytes()
        os.utime(path, (0, 0))
        assert load_catalogue(copy).sha256 == before
        path.write_bytes(original + b"#\n")
        seen.add(load_catalogue(copy).sha256)
        path.write_bytes(original)
    assert len(seen) == 1 + len(names)
    (copy / "README.md").write_text("changed", encoding="utf-8")
    assert load_catalogue(copy).sha256 == before


def test_a_label_is_put_in_as_it_stands() -> None:
    wording = Wording(1, "What is “{entity}”?", "", names_entity=True)
    assert wording.render(r"\1 $x %s") == r"What is “\1 $x %s”?"


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
    ],
)
def test_quotation_marks_in_a_name_collide_with_the_same_marks_around_it(text: str, label: str, collides: bool) -> None:
    assert Wording(1, text, "", names_entity=True).collides(label) is collides
