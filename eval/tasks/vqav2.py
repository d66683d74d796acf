"""VQAv2 (arXiv 1612.00837), validation, asked as lmms-eval asks it; each question has ten people's answers.

The published score of a reply is its mean over the ten of min(n / 3, 1), n of the other nine having said the same after
the challenge's normalisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.vqa import paper_vqa, strict_vqa
from eval.tasks.reading import PICTURE, TEXT, WHOLE, Columns, picture, rows
from eval.tasks.short_answer import short_answer
from eval.tasks.task import Item, Source, Task

COLUMNS: Columns = {
    "question_id": WHOLE,
    "question": TEXT,
    "answer_type": TEXT,
    "answers": ("list<struct<answer,answer_confidence,answer_id>>",),
    "image": PICTURE,
}


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files of the split `validation`."""
    for place, row in rows(folder, COLUMNS):
        shown, question = picture(row["image"], folder, place), row["question"]
        yield short_answer(
            str(row["question_id"]),
            shown,
            question,
            question,
            [each["answer"] for each in row["answers"]],
            {"answer_type": row["answer_type"]},
        )


TASKS = (
    Task(
        name="vqav2",
        title="VQAv2",
        source=Source(
            name="lmms-lab/VQAv2",
            revision=None,
            split="validation",
            num_items=214_354,
            megabytes=6900,
            licence="CC BY 4.0 as published; pictures are COCO's, under Flickr's terms",
            fetch="hf download lmms-lab/VQAv2 --repo-type dataset --include 'data/validation-*' "
            "--local-dir FOLDER/vqav2",
            languages=("en",),
        ),
        columns=COLUMNS,
        read=read,
        paper=paper_vqa,
        strict=strict_vqa,
        max_tokens=16,
    ),
)
