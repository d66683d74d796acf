"""WorldCuisines (arXiv 2410.12705), small test set: dishes' names and places in thirty languages and varieties.

Prompts are in the rows, their last sentence in English in all languages; options have numbers, four or five of them.
The authors ask Pangea for "the option from the given choices" instead; here every model is asked the same. Pictures are
in files of their own, the knowledge base, by address. Open questions take a name in any of the languages.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.scoring.numbered import paper_any_name, paper_number, strict_number
from eval.scoring.short import strict_short
from eval.tasks.places import language_code
from eval.tasks.reading import PICTURE, TEXT, WHOLE, Columns, cluster_of, files, picture, rows
from eval.tasks.task import Item, Source, Task
from pipeline.errors import InputError

PROMPTS, PICTURES = "hf_prompt", "food-kb"
SPLITS = ("small_eval_task1", "small_eval_task2")
COLUMNS: Columns = {
    "qa_id": TEXT,
    "lang": TEXT,
    "food_id": TEXT,
    "prompt_type": TEXT,
    "multi_choice_prompt": TEXT,
    "open_ended_prompt": TEXT,
    "image_url": TEXT,
    "answer": TEXT,
    "multi_choice_answer": WHOLE,
}
PICTURE_COLUMNS: Columns = {
    name: kinds
    for number in range(1, 9)
    for name, kinds in ((f"image{number}_url", (*TEXT, "null")), (f"image{number}", (*PICTURE, "null")))
}
_TYPES = {"1": "dish, no context", "2": "place", "3": "dish, with context", "4": "dish, adversarial context"}
_SAY = "\n\nPrint only the answer."
_OPTION = re.compile(r"^(\d)\. (.*)$", re.MULTILINE)


def read_choice(folder: Path) -> Iterator[Item]:
    """The questions with options of a folder that holds `hf_prompt` of the questions and `food-kb`."""
    for place, row, shown in _rows(folder):
        options = _options(row, place)
        index = row["multi_choice_answer"] - 1
        if not 0 <= index < len(options):
            raise InputError(f"{place}: multi_choice_answer {index + 1} is not one of {len(options)} options")
        yield Item(
            **_common(row, place, shown),
            prompt=row["multi_choice_prompt"],
            kind="choice",
            choices=options,
            answers=(options[index],),
            answer_index=index,
        )


def read_open(folder: Path) -> Iterator[Item]:
    """The same questions without options; references are the name in the question's language, then in the others."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for _, row in _prompts(folder):
        names[row["qa_id"]].append(row["answer"])
    for place, row, shown in _rows(folder):
        yield Item(
            **_common(row, place, shown),
            prompt=row["open_ended_prompt"],
            kind="open",
            choices=(),
            answers=tuple(dict.fromkeys([row["answer"], *names[row["qa_id"]]])),
            answer_index=None,
        )


def _prompts(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    files(folder)  # refuses a folder that is not there or holds nothing
    for split in SPLITS:
        yield from rows(folder / PROMPTS / split, COLUMNS)


def _rows(folder: Path) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    shown = _pictures(folder, {row["image_url"] for _, row in _prompts(folder)})
    for place, row in _prompts(folder):
        if row["image_url"] not in shown:
            raise InputError(f"{place}: the picture {row['image_url']} is not in {folder / PICTURES}")
        yield place, row, shown[row["image_url"]]


def _pictures(folder: Path, addresses: Iterable[str]) -> Mapping[str, bytes]:
    wanted, found = set(addresses), dict[str, bytes]()
    for place, row in rows(folder / PICTURES, PICTURE_COLUMNS):
        for number in range(1, 9):
            address = row[f"image{number}_url"]
            if address in wanted and address not in found:
                found[address] = picture(row[f"image{number}"], folder / PICTURES, place)
    return found


def _common(row: Mapping[str, Any], place: str, shown: bytes) -> dict[str, Any]:
    if row["prompt_type"] not in _TYPES:
        raise InputError(f"{place}: prompt_type {row['prompt_type']!r} is none of {', '.join(_TYPES)}")
    item_id = f"{row['lang']}-{row['prompt_type']}-{row['qa_id']}"
    return {
        "item_id": item_id,
        "language": language_code(row["lang"].partition("_")[0]),
        "country": None,
        "pictures": (shown,),
        "groups": {"question": _TYPES[row["prompt_type"]], "variety": row["lang"]},
        "cluster": cluster_of((shown,), item_id),
        "meta": {"question": row["open_ended_prompt"].removesuffix(_SAY), "food_id": row["food_id"]},
    }


def _options(row: Mapping[str, Any], place: str) -> tuple[str, ...]:
    found = _OPTION.findall(row["multi_choice_prompt"])
    if [number for number, _ in found] != [str(number) for number in range(1, len(found) + 1)] or len(found) < 2:
        raise InputError(f"{place}: multi_choice_prompt has no lines of options 1., 2. and so on")
    return tuple(option.strip() for _, option in found)


_SOURCE = Source(
    name="worldcuisines/vqa and worldcuisines/food-kb",
    revision=None,
    split="test_small of task1 and of task2",
    num_items=12_000,
    megabytes=1820,
    licence="CC BY-SA 4.0 as published; pictures are Wikimedia Commons', each under its own licence",
    fetch="hf download worldcuisines/vqa --repo-type dataset --include 'hf_prompt/small_eval_*' --local-dir "
    "FOLDER/world_cuisines && hf download worldcuisines/food-kb --repo-type dataset --include 'data/*' --local-dir "
    "FOLDER/world_cuisines/food-kb",
    languages=(
        *(
            "ar",
            "az",
            "bn",
            "cs",
            "en",
            "es",
            "fr",
            "hi",
            "id",
            "it",
            "ja",
            "jv",
            "ko",
            "mr",
            "nan",
            "ru",
            "sc",
            "si",
            "su",
        ),
        *("th", "tl", "yo", "yue", "zh"),
    ),
)
TASKS = (
    Task(
        name="world_cuisines",
        title="WorldCuisines (options)",
        source=_SOURCE,
        columns=COLUMNS,
        read=read_choice,
        paper=paper_number,
        strict=strict_number,
        max_tokens=50,
    ),
    Task(
        name="world_cuisines_open",
        title="WorldCuisines (open)",
        source=_SOURCE,
        columns=COLUMNS,
        read=read_open,
        paper=paper_any_name,
        strict=strict_short,
        max_tokens=50,
    ),
)
