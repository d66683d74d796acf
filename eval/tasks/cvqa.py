"""CVQA: culture questions with four options, asked in the local language and, as a task of its own, in English.

The published rule takes any letter from A to D that it finds, and draws one where there is none. Before it draws, it
looks for an option like the reply, among those in the local language even where the question was asked in English.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from eval.scoring.letters import paper_letter, strict_letter
from eval.tasks.places import country_key, language_of_name
from eval.tasks.reading import PICTURE, TEXT, TEXTS, WHOLE, cluster_of, picture, rows
from eval.tasks.task import Item, Score, Source, Task
from pipeline.errors import InputError

COLUMNS = {
    "image": PICTURE,
    "ID": TEXT,
    "Subset": TEXT,
    "Question": TEXT,
    "Translated Question": TEXT,
    "Options": TEXTS,
    "Translated Options": TEXTS,
    "Label": WHOLE,
    "Category": TEXT,
    "Image Type": TEXT,
}
_LETTERS = "ABCD"
_LANGUAGES = (
    "am", "arz", "bg", "bn", "br", "es", "fil", "ga", "hi", "id", "ig", "ja", "jv", "ko", "min", "mn", "mr", "ms",
    "no", "om", "pt", "ro", "ru", "rw", "si", "su", "sw", "ta", "te", "ur", "zh",
)  # fmt: skip


def prompt(question: str, options: tuple[str, ...]) -> str:
    """As published, with the space after the line breaks."""
    listed = "\n".join(f"{letter}. {option}" for letter, option in zip(_LETTERS, options, strict=True))
    asked = "Answer with the option's letter from the given choices directly."
    return f"Question: {question} \n\n Options: {listed} \n\n {asked}"


def read(folder: Path, *, translated: bool) -> Iterator[Item]:
    """The items, in English where `translated`."""
    prefix = "Translated " if translated else ""
    for place, row in rows(folder, COLUMNS):
        language, country = _subset(row["Subset"], place)
        question, options = row[f"{prefix}Question"], tuple(row[f"{prefix}Options"])
        index = _index(row["Label"], options, place)
        pictures = (picture(row["image"], folder, place),)
        yield Item(
            item_id=row["ID"],
            language="en" if translated else language_of_name(language),
            country=country_key(country),
            pictures=pictures,
            prompt=prompt(question, options),
            kind="choice",
            choices=options,
            answers=(options[index],),
            answer_index=index,
            groups={"category": row["Category"], "subset": f"{language}, {country}", "image type": row["Image Type"]},
            cluster=cluster_of(pictures, row["ID"]),
            meta={"question": question, "local options": tuple(row["Options"])},
        )


def paper(item: Item, reply: str) -> Score:
    """`paper_letter`, which compares a reply without letters with the options in the local language."""
    return paper_letter(replace(item, choices=tuple(item.meta["local options"])), reply)


def _subset(text: str, place: str) -> tuple[str, str]:
    try:
        language, country = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError) as error:
        raise InputError(f"{place}: Subset is {text!r}; ('Language', 'Country') is wanted") from error
    return str(language), str(country)


def _index(label: Any, options: tuple[str, ...], place: str) -> int:
    if len(options) != len(_LETTERS):
        raise InputError(f"{place}: has {len(options)} options; {len(_LETTERS)} are wanted")
    if not 0 <= label < len(options):
        raise InputError(f"{place}: Label is {label}; 0 to {len(options) - 1} is wanted")
    return int(label)


def _source(*languages: str) -> Source:
    return Source(
        name="afaji/cvqa",
        revision=None,
        split="test",
        num_items=10_374,
        megabytes=4_950,
        licence="per picture, in the column License",
        fetch="hf download afaji/cvqa --repo-type dataset --local-dir FOLDER/cvqa",
        languages=languages,
    )


def _task(name: str, title: str, source: Source, *, translated: bool) -> Task:
    return Task(
        name=name,
        title=title,
        source=source,
        columns=COLUMNS,
        read=partial(read, translated=translated),
        paper=paper,
        strict=strict_letter,
        max_tokens=16,
        reference=(64.4, 57.2),
    )


TASKS = (
    _task("cvqa", "CVQA, local languages", _source(*_LANGUAGES), translated=False),
    _task("cvqa_en", "CVQA, English", _source("en"), translated=True),
)
