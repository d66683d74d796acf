from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from eval.tasks import world_cuisines
from eval.tasks.task import Item
from pipeline.errors import InputError
from tests.eval.tasks.copies import stored, write
from tests.eval.tasks.published_rows import DISH, EMPTY, KNOWN_DISH, write_published
from tests.kit.real_input import ABSENT, SHARED

REAL = SHARED / "benchmarks" / "worldcuisines" / "food_cleaned.csv"


def test_references_of_an_open_question_are_the_names_in_all_languages(tmp_path: Path) -> None:
    write_published("world_cuisines", tmp_path)
    answers = {(item.language, item.groups["question"]): item.answers for item in world_cuisines.read_open(tmp_path)}
    assert answers == {
        ("id", "dish, adversarial context"): ("Rawon", "ラウォン"),
        ("ja", "dish, adversarial context"): ("ラウォン", "Rawon"),
        ("id", "place"): ("Soto",),
    }


def test_the_question_of_all_languages_is_one_cluster(tmp_path: Path) -> None:
    write_published("world_cuisines", tmp_path)
    assert len({item.cluster for item in world_cuisines.read_choice(tmp_path)}) == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"multi_choice_answer": 5}, r"multi_choice_answer 5 is not one of 4 options"),
        ({"multi_choice_prompt": "1. a\n3. b"}, r"multi_choice_prompt has no lines of options 1\., 2\. and so on"),
        ({"prompt_type": "5"}, r"prompt_type '5' is none of"),
        ({"image_url": "https://example.org/a.jpg"}, r"the picture https://example\.org/a\.jpg is not in .*food-kb"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    write_published("world_cuisines", tmp_path, changed)
    with pytest.raises(InputError, match=f"row 1: {told}"):
        list(world_cuisines.read_choice(tmp_path))


def test_a_missing_knowledge_base_is_told(tmp_path: Path) -> None:
    write_published("world_cuisines", tmp_path)
    for file in (tmp_path / "food-kb" / "data").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="food-kb"):
        list(world_cuisines.read_choice(tmp_path))


@pytest.mark.skipif(not REAL.exists(), reason=ABSENT)
@pytest.mark.shared
def test_real_dishes_and_addresses_of_their_pictures(tmp_path: Path) -> None:
    """The prompts are not at hand; names in many scripts and addresses with odd characters are real."""
    with REAL.open(encoding="utf-8", newline="") as file:
        dishes = [row for row in csv.DictReader(file) if row["ImageUrls"] != "[]"][:200]
    addresses = [row["ImageUrls"].strip("[]'").split("', '")[0] for row in dishes]
    names = [row["Name"] for row in dishes]
    lines = [_question(number, names, address) for number, address in enumerate(addresses)]
    prompts = tmp_path / "hf_prompt"
    for split in world_cuisines.SPLITS:
        (prompts / split).mkdir(parents=True)
        (prompts / split / "en.jsonl").write_text(
            "\n".join(lines if split.endswith("1") else lines[:1]), encoding="utf-8"
        )
    known = [
        {**KNOWN_DISH, "image2_url": None, "image2": EMPTY, "image1_url": address, "image1": stored(n)}
        for n, address in enumerate(addresses)
    ]
    write(tmp_path / "food-kb" / "data" / "train.parquet", known)
    found: list[Item] = list(world_cuisines.read_choice(tmp_path))[:-1]
    assert [item.answers[0] for item in found] == [name.strip() for name in names]
    assert all(item.pictures == (stored(n % 256)["bytes"],) for n, item in enumerate(found[:5]))


def _question(number: int, names: list[str], address: str) -> str:
    options = [names[number], *(names[(number + step) % len(names)] for step in (1, 2, 3, 4))]
    listed = "\n".join(f"{place}. {name}" for place, name in enumerate(options, 1))
    row = {
        **DISH,
        "qa_id": str(number),
        "lang": "en",
        "image_url": address,
        "multi_choice_answer": 1,
        "answer": names[number],
    }
    return json.dumps(
        {**row, "multi_choice_prompt": f"What is it?\n{listed}\n\nPrint only the answer."}, ensure_ascii=False
    )
