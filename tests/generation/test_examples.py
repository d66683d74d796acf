from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import vocabulary
from pipeline.errors import ConfigError
from pipeline.generation.examples import FOLDER, deciding, load_examples, shown

FILES: dict[str, dict[str, Any]] = {
    "en": {
        "template": "The picture shows “Gedi”. Which country is it in?",
        "answer": "Kenya",
        "question": "In which country would you find “Gedi”, shown here?",
        "reply": "It is in Kenya.",
    },
    "pl": {
        "template": "Z jakiego materiału wykonano ten budynek?",
        "answer": "drewno",
        "question": "Jaki materiał posłużył do budowy tego budynku?",
        "reply": "Zbudowano go z drewna.",
    },
    "hi": {
        "template": "इस चित्र में दिख रही चीज़ किस देश से है?",
        "answer": "भारत",
        "question": "चित्र में दिखाई गई चीज़ कौन से देश की है?",
        "reply": "यह भारत की है।",
    },
    "ja": {
        "template": "写真に写っているのは「Tokyo Tower」です。いつ建てられましたか？",
        "answer": "1958年",
        "question": "写真の「Tokyo Tower」が建てられたのはいつですか？",
        "reply": "1958年に建てられました。",
    },
}


def write(folder: Path, language: str, **changes: Any) -> Path:
    """A file with one example, three times over."""
    example = {**FILES[language], "means": "what it means", **changes}
    path = folder / f"{language}.yaml"
    content = {"status": "machine_checked", "examples": [example] * 3, "to_check": []}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_of_the_package_is_sound(path: Path) -> None:
    assert path.stem in vocabulary.languages()
    [found] = load_examples([path.stem]).values()
    assert len(found.examples) == 3


def test_languages_without_a_file_have_no_examples(tmp_path: Path) -> None:
    for language in FILES:
        write(tmp_path, language)
    found = load_examples(["sw", *FILES], tmp_path)
    assert list(found) == sorted(FILES)
    assert [example.answer for each in found.values() for example in each.examples[:1]] == [
        "Kenya", "भारत", "1958年", "drewno",
    ]  # fmt: skip
    before = deciding(found)
    write(tmp_path, "pl", means="it means something else")
    changed = deciding(load_examples(FILES, tmp_path))
    assert {language for language in FILES if before[language] != changed[language]} == {"pl"}


@pytest.mark.parametrize(
    ("language", "changes", "message"),
    [
        ("en", {"reply": ""}, r"en\.yaml: .*length >= 1.*reply"),
        ("en", {"note": "x"}, r"en\.yaml: .*unknown field `note`"),
        ("en", {"question": "Which country is it in?"}, r"en\.yaml: example 1: `question` .*: lost_entity; mend it"),
        ("en", {"question": "Is “Gedi” in Kenya, or which country?"}, "`question` .*: names_answer"),
        ("en", {"reply": "It is in Uganda."}, "`reply` .*: lost_value"),
        ("en", {"reply": "Kenya"}, "`reply` .*: unchanged"),
        ("hi", {"reply": "yah Bharat kee hai."}, "`reply` has no letter of the language's script"),
        ("hi", {"template": "What is it?"}, "`template` has no letter of the language's script"),
        ("pl", {"reply": "Zbudowano go z kamienia."}, "`reply` .*: lost_value"),
    ],
)
def test_an_unsound_example_is_named(tmp_path: Path, language: str, changes: dict[str, Any], message: str) -> None:
    write(tmp_path, language, **changes)
    with pytest.raises(ConfigError, match=message):
        load_examples([language], tmp_path)


def test_a_file_without_examples_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "en").write_text("status: x\nexamples: []\n")
    with pytest.raises(ConfigError, match=r"en\.yaml"):
        load_examples(["en"], tmp_path)


@pytest.mark.parametrize("answers", [False, True])
def test_examples_are_shown_as_they_should_be_answered(tmp_path: Path, answers: bool) -> None:
    write(tmp_path, "hi")
    examples = load_examples(["hi"], tmp_path)["hi"].examples
    text = shown(examples[:2], "hi", answers)
    lines = text.splitlines()
    assert text.endswith("\n")
    assert lines[0] == "Examples in Hindi:"
    reworded = [json.loads(line.removeprefix("Reworded: ")) for line in lines if line.startswith("Reworded: ")]
    wanted = {"question": FILES["hi"]["question"], "reply": FILES["hi"]["reply"]}
    assert reworded == [wanted if answers else {"question": wanted["question"]}] * 2
    assert (FILES["hi"]["answer"] in text) == answers
    assert "what it means" not in text
    assert shown((), "hi", answers) == ""
