"""TextVQA (arXiv 1904.08920), validation, asked as lmms-eval asks it: without the words that an OCR system found.

The published prompt writes the question in small letters but for its first, names and abbreviations too. Its score is
that of VQAv2, of texts that were split into words before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.vqa import paper_textvqa, strict_vqa
from eval.tasks.reading import PICTURE, TEXT, TEXTS, WHOLE, Columns, picture, rows
from eval.tasks.short_answer import short_answer
from eval.tasks.task import Item, Source, Task

COLUMNS: Columns = {"question_id": WHOLE, "question": TEXT, "answers": TEXTS, "image": PICTURE}


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files of the split `validation`."""
    for place, row in rows(folder, COLUMNS):
        shown, question = picture(row["image"], folder, place), row["question"]
        yield short_answer(str(row["question_id"]), shown, question, question.capitalize(), row["answers"], {})


TASKS = (
    Task(
        name="textvqa",
        title="TextVQA",
        source=Source(
            name="lmms-lab/textvqa",
            revision=None,
            split="validation",
            num_items=5000,
            megabytes=1440,
            licence="CC BY 4.0 as published with facebook/textvqa; pictures are Open Images', CC BY 2.0",
            fetch="hf download lmms-lab/textvqa --repo-type dataset --include 'data/validation-*' "
            "--local-dir FOLDER/textvqa",
            languages=("en",),
        ),
        columns=COLUMNS,
        read=read,
        paper=paper_textvqa,
        strict=strict_vqa,
        max_tokens=1024,
    ),
)
