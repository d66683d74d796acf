"""The noun for the thing in the picture, in its forms, and what agrees with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.questions.nouns import FILE, Nouns, load_nouns
from pipeline.questions.templates import CATALOGUE, Catalogue

NOUNS = Nouns(
    ("m", "f"),
    frozenset({"gen"}),
    {"food": {"this": "това ястие", "gen": "на това ястие"}, "dance": {"this": "αυτή", "gen": "dieser x"}},
    {"food": 0, "dance": 1},
)


@pytest.mark.parametrize(
    ("text", "domain", "expected"),
    [
        ("{This} {this.gen}?", "food", "Това ястие на това ястие?"),
        ("{This.gen}: {он|она}, “{entity}” {given}", "dance", "Dieser x: она, “{entity}” {given}"),
        ("{This}", "dance", "Αυτή"),
        ("nothing", "food", "nothing"),
        ("{|s}", "food", ""),
    ],
)
def test_a_wording_is_filled_for_a_domain(text: str, domain: str, expected: str) -> None:
    assert NOUNS.fill(text, domain) == expected


def test_only_what_the_noun_decides_depends_on_it() -> None:
    assert NOUNS.depends_on_domain("{This}?")
    assert NOUNS.depends_on_domain("{он|она}?")
    assert not NOUNS.depends_on_domain("“{entity}” {given} this?")


def test_every_noun_of_every_language_fills_every_wording(catalogue: Catalogue) -> None:
    for code, language in catalogue.languages.items():
        for name, wordings in language.wordings.items():
            family = next(family for family in catalogue.families if family.name == name)
            for wording in (each for texts in wordings.by_kind.values() for each in texts):
                for domain in family.domains or vocabulary.domains():
                    question = wording.render(domain, "N", "G")
                    assert not set("{}|") & set(question), (code, name, question)
                    assert "  " not in question, (code, name, question)
                    assert question == question.strip()


def test_a_language_without_genders_or_forms_needs_neither(tmp_path: Path) -> None:
    lines = [f"  {domain}: {{this: this {domain}}}" for domain in vocabulary.domains()]
    path = tmp_path / FILE
    path.write_text("language: xx\nnouns:\n" + "\n".join(lines), encoding="utf-8")
    nouns = load_nouns(path)
    assert nouns.fill("What is {this}?", "food") == "What is this food?"
    assert nouns.fault("a|b") == "{a|b} has 2 alternatives for 0 genders"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Path]:
    """Russian nouns with one piece replaced."""

    def change(old: str, new: str) -> Path:
        path = tmp_path / FILE
        shutil.copy(CATALOGUE / "languages" / "ru" / FILE, path)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return change


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  food:\n", "  foods:\n", "nouns: food: in only one of this file and domains.yaml"),
        ("    gender: n\n", "    gender: x\n", "nouns: food: gender is one of m, f, n"),
        ("    gender: n\n", "", "nouns: food: gender is one of"),
        ('    gen: "этого блюда"\n', "", "nouns: food: has or lacks gen"),
        ('"это блюдо"', '"это блюдо "', "nouns: food: a form is empty, or has superfluous spaces or braces"),
        ('"это блюдо"', '""', "nouns: food: a form is empty"),
        ('"это блюдо"', '"{this}"', "nouns: food: a form is empty, or has superfluous spaces or braces"),
        ("forms:", "form:", "unknown field `form`"),
    ],
)
def test_a_mistake_is_named(changed: Callable[[str, str], Path], old: str, new: str, expected: str) -> None:
    path = changed(old, new)
    with pytest.raises(ConfigError) as caught:
        load_nouns(path)
    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)
