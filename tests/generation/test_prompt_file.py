from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipeline.errors import ConfigError
from pipeline.generation import judge, necessity, rephrase
from pipeline.generation.prompt_file import PROMPTS, load_prompt

OWN = {
    "rephrase.yaml": (rephrase.SLOTS, rephrase.KEYS),
    "judge.yaml": (judge.SLOTS, judge.KEYS),
    "judge_picture.yaml": (judge.PICTURE_SLOTS, judge.PICTURE_KEYS),
    "judge_blind.yaml": (necessity.OPEN_SLOTS, necessity.OPEN_KEYS),
    "judge_blind_choice.yaml": (necessity.CHOICE_SLOTS, necessity.CHOICE_KEYS),
}
GOOD = {
    "version": 1,
    "system": "Be brief.",
    "user": "Reword {items} in {language}{examples}.",
    "schema": {
        "type": "object",
        "properties": {"question": {"type": "string"}, "reply": {"type": "string"}},
        "required": ["question", "reply"],
    },
    "max_tokens": 32,
    "temperature": 0.5,
}


def written(folder: Path, **changes: object) -> Path:
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump({**GOOD, **changes}, allow_unicode=True), encoding="utf-8")
    return path


def test_the_projects_prompts_are_all_sound_and_no_file_is_left_over() -> None:
    assert {path.name for path in PROMPTS.iterdir()} == {*OWN, "retry.yaml"}
    for name, (slots, keys) in OWN.items():
        prompt = load_prompt(PROMPTS / name, slots, keys)
        assert set(prompt.schema["properties"]) == keys
        assert prompt.schema["additionalProperties"] is False


def test_what_varies_stands_last_so_that_requests_share_their_beginning() -> None:
    for name, (slots, keys) in OWN.items():
        user = load_prompt(PROMPTS / name, slots, keys).user
        assert min(user.index(f"{{{slot}}}") for slot in slots) > len(user) / 2


def test_slots_are_filled_once_and_braces_in_names_stay(tmp_path: Path) -> None:
    prompt = load_prompt(written(tmp_path), rephrase.SLOTS, rephrase.KEYS)
    rendered = prompt.render({"items": "What is {language} or \\1?", "language": "English", "examples": ": {items}"})
    assert rendered == "Reword What is {language} or \\1? in English: {items}."


def test_another_text_is_another_prompt(tmp_path: Path) -> None:
    digests = {
        load_prompt(written(tmp_path, **change), rephrase.SLOTS, rephrase.KEYS).sha256
        for change in ({}, {"system": "Be long."}, {"temperature": 0.6}, {"user": "{language}: {examples}{items}"})
    }
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user": "Reword {items}."}, r"slots \{items\}, but must have \{examples\}, \{items\}, \{language\}"),
        ({"user": "{items} in {language}, {answer}."}, r"slots \{answer\}, \{items\}, \{language\}, but"),
        ({"version": 0}, r"`\$\.version`"),
        ({"temperature": "warm"}, r"`\$\.temperature`"),
        ({"maxtokens": 3}, "unknown field `maxtokens`"),
        ({"schema": {"type": "object"}}, "must list under `required`: question, reply"),
    ],
)
def test_an_unsound_prompt_is_refused_with_file_and_place(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(ConfigError, match=message) as caught:
        load_prompt(path, rephrase.SLOTS, rephrase.KEYS)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("data", "message"), [(b"a: [", "is not YAML"), (b"\xff", "cannot be read"), (b"1", "own")])
def test_a_file_that_is_no_prompt_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        load_prompt(path, rephrase.SLOTS, rephrase.KEYS)


def test_a_prompt_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read"):
        load_prompt(tmp_path / "absent.yaml", rephrase.SLOTS, rephrase.KEYS)
