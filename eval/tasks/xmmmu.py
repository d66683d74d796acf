"""xMMMU of PangeaBench (arXiv 2410.16153): MMMU's validation questions in English, and 300 of them in six languages.

Each mark `<image 1>` of the prompt becomes `<image>`, where its picture stands, a second time if it is named twice. A
mark whose picture a row does not have is left out. The published parser is MMMU's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from eval.scoring.mmmu import paper_mmmu, strict_mmmu
from eval.tasks import exam
from eval.tasks.marks import MARK
from eval.tasks.places import language_code
from eval.tasks.reading import cluster_of, file_rows, files, split_of
from eval.tasks.task import Item, Source, Task

CHOICE_PROMPT = "Answer with the option letter from the given choices directly."
OPEN_PROMPT = "Answer the question using a single word or phrase."
# Splits, and the names that files had in the first versions: translated_MMMU_val_300_with_image_Arabic.parquet.
_LANGUAGES = {"Arabic": "ar", "French": "fr", "Hindi": "hi", "Indonesian": "id", "Japanese": "ja", "Portuguese": "pt"}


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files, one split a language; the English one may be named `validation`."""
    for path in files(folder):
        split = split_of(path)
        language = language_code(_LANGUAGES.get(split.rpartition("_")[2], "en" if split == "validation" else split))
        for place, row in file_rows(path, exam.COLUMNS):
            yield _item(row, folder, place, language)


def _item(row: dict[str, str], folder: Path, place: str, language: str) -> Item:
    options = exam.options_of(row, place)
    asked = f"\n{exam.lettered(options)}\n{CHOICE_PROMPT}" if options else f"\n{OPEN_PROMPT}"
    pictures: list[bytes] = []

    def placed(mark: re.Match[str]) -> str:
        found = exam.numbered_picture(row, int(mark[1]), folder, place)
        if found is None:
            return ""
        pictures.append(found)
        return MARK

    item_id = f"{language}-{row['id']}"
    index = exam.right_option(row, options, place)
    return Item(
        item_id=item_id,
        language=language,
        country=None,
        prompt=exam.NUMBERED.sub(placed, row["question"] + asked),
        pictures=tuple(pictures),
        kind="choice" if options else "open",
        choices=options,
        answers=exam.open_answers(row) if index is None else (options[index],),
        answer_index=index,
        groups={"subject": exam.subject_of(row, place)},
        cluster=cluster_of(pictures, row["id"]),
        meta={"question": row["question"]},
    )


TASKS = (
    Task(
        name="xmmmu",
        title="xMMMU",
        source=Source(
            name="neulab/PangeaBench-xmmmu",
            revision=None,
            split="ar, en, fr, hi, id, ja, pt",
            num_items=2650,
            megabytes=None,
            licence="MIT as published; questions and pictures are MMMU's",
            fetch="hf download neulab/PangeaBench-xmmmu --repo-type dataset --local-dir FOLDER/xmmmu",
            languages=("ar", "en", "fr", "hi", "id", "ja", "pt"),
        ),
        columns=exam.COLUMNS,
        read=read,
        paper=paper_mmmu,
        strict=strict_mmmu,
        max_tokens=16,
        reference=(45.7, 43.7),
    ),
)
