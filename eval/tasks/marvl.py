"""MaRVL: does a statement hold of two photographs, joined side by side into one picture.

The published rule takes "no" for false wherever the letters stand, in "not" and "know" too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from eval.scoring.substring import paper_true_false, strict_true_false
from eval.tasks.places import language_code
from eval.tasks.reading import PICTURE, TEXT, TURNS, cluster_of, file_rows, files_named, picture
from eval.tasks.task import Item, Source, Task
from pipeline.errors import InputError

COLUMNS = {"id": TEXT, "image": PICTURE, "conversations": TURNS}
LANGUAGES = ("id", "sw", "ta", "tr", "zh")
CHOICES = ("false", "true")  # (a) and (b) of the published question
_STATEMENT = re.compile(r"Text: (.*?)\s*Options: \(a\)", re.DOTALL)


def prompt(turn: str) -> str:
    """As published: the first turn, which has statement and options, and one sentence more."""
    return turn.replace("<image>\n", "").strip() + ". Answer with the option directly."


def read(folder: Path) -> Iterator[Item]:
    """The items of all five languages."""
    yield from read_splits(folder, dict(zip(LANGUAGES, LANGUAGES, strict=True)))


def read_splits(folder: Path, languages: Mapping[str, str]) -> Iterator[Item]:
    """The items of some splits.

    Args:
        folder: of the benchmark.
        languages: of each split.
    """
    for path, split in files_named(folder, languages):
        language = language_code(languages[split])
        for place, row in file_rows(path, COLUMNS):
            turn, answer = _turns(row["conversations"], place)
            pictures = (picture(row["image"], folder, place),)
            index = CHOICES.index(_truth(answer, place))
            statement = _STATEMENT.search(turn)
            yield Item(
                item_id=row["id"],
                language=language,
                country=None,
                pictures=pictures,
                prompt=prompt(turn),
                kind="choice",
                choices=CHOICES,
                answers=(CHOICES[index],),
                answer_index=index,
                groups={},
                cluster=cluster_of(pictures, row["id"]),
                meta={"question": statement[1] if statement else turn, "joined": 2},
            )


def _turns(conversations: Sequence[Mapping[str, str]], place: str) -> tuple[str, str]:
    texts = [turn["value"] for turn in conversations]
    if len(texts) < 2 or not all(isinstance(text, str) for text in texts):
        raise InputError(f"{place}: conversations has {len(texts)} turns; a question and its answer are wanted")
    return texts[0], texts[1]


def _truth(answer: str, place: str) -> str:
    # In this order, as the published code looks for it.
    for truth in ("true", "false"):
        if truth in answer.lower():
            return truth
    raise InputError(f"{place}: the second turn is {answer!r}; true or false is wanted")


def source(num_items: int, megabytes: float, pattern: str, name: str, languages: Collection[str]) -> Source:
    """Where the files of a pattern are had from; both tasks are in one data set."""
    repository = "neulab/PangeaBench-marvl"
    return Source(
        name=repository,
        revision=None,
        split=", ".join(languages),
        num_items=num_items,
        megabytes=megabytes,
        licence="CC BY 4.0 (statements); photographs as their pages tell",
        fetch=f"hf download {repository} --repo-type dataset {pattern} --local-dir FOLDER/{name}",
        languages=tuple(languages),
    )


TASKS = (
    Task(
        name="marvl",
        title="MaRVL",
        source=source(5_670, 1_382, "--exclude 'data/validation-*'", "marvl", LANGUAGES),
        columns=COLUMNS,
        read=read,
        paper=paper_true_false,
        strict=strict_true_false,
        max_tokens=16,
        reference=(87.0, 79.0),
    ),
)
