"""MMMU (arXiv 2311.16502): English questions of college exams, asked as lmms-eval asks them.

The pictures that a prompt names come before it, each once, in the order of their numbers; `<image 1>` stays in its
text. The published parser draws an option at random where it reads none, and takes an open answer for right where the
reference stands anywhere in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.mmmu import paper_mmmu, strict_mmmu
from eval.tasks import exam
from eval.tasks.reading import cluster_of, rows
from eval.tasks.task import Item, Source, Task
from pipeline.errors import InputError

CHOICE_PROMPT = "Answer with the option's letter from the given choices directly."
OPEN_PROMPT = "Answer the question using a single word or phrase."


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files of the split `validation`."""
    for place, row in rows(folder, exam.COLUMNS):
        options = exam.options_of(row, place)
        asked = f"\n{exam.lettered(options)}\n\n{CHOICE_PROMPT}" if options else f"\n\n{OPEN_PROMPT}"
        prompt = row["question"] + asked
        pictures = []
        for number in sorted({int(number) for number in exam.NUMBERED.findall(prompt)}):
            found = exam.numbered_picture(row, number, folder, place)
            if found is None:
                raise InputError(f"{place}: the prompt names picture {number}, but image_{number} is empty")
            pictures.append(found)
        index = exam.right_option(row, options, place)
        yield Item(
            item_id=row["id"],
            language="en",
            country=None,
            pictures=tuple(pictures),
            prompt=prompt,
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
        name="mmmu",
        title="MMMU",
        source=Source(
            name="lmms-lab/MMMU",
            revision=None,
            split="validation",
            num_items=900,
            megabytes=350,
            licence="Apache-2.0 as published with MMMU/MMMU; exam material of many sources",
            fetch="hf download lmms-lab/MMMU --repo-type dataset --include 'data/validation-*' --local-dir FOLDER/mmmu",
            languages=("en",),
        ),
        columns=exam.COLUMNS,
        read=read,
        paper=paper_mmmu,
        strict=strict_mmmu,
        max_tokens=128,
    ),
)
