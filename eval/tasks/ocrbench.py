"""OCRBench (arXiv 2305.07895): a thousand questions on text in pictures, of 29 data sets, asked as they are.

The published score counts a reply that holds one of the answers, in small letters and with line ends as spaces; of
formulas (HME100k) in a reply without spaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.substring import paper_ocr, strict_ocr
from eval.tasks.reading import PICTURE, TEXT, TEXTS, Columns, cluster_of, picture, rows
from eval.tasks.task import Item, Source, Task

COLUMNS: Columns = {"dataset": TEXT, "question": TEXT, "question_type": TEXT, "answer": TEXTS, "image": PICTURE}


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files of the split `test`; rows have no id, so theirs is their number."""
    for number, (place, row) in enumerate(rows(folder, COLUMNS), 1):
        pictures = (picture(row["image"], folder, place),)
        item_id = str(number)
        yield Item(
            item_id=item_id,
            language="en",
            country=None,
            pictures=pictures,
            prompt=row["question"].strip(),
            kind="open",
            choices=(),
            answers=tuple(row["answer"]),
            answer_index=None,
            groups={"question_type": row["question_type"]},
            cluster=cluster_of(pictures, item_id),
            meta={"question": row["question"], "dataset": row["dataset"]},
        )


TASKS = (
    Task(
        name="ocrbench",
        title="OCRBench",
        source=Source(
            name="echo840/OCRBench",
            revision=None,
            split="test",
            num_items=1000,
            megabytes=68,
            licence="none on its card; parts are under the terms of their 29 data sets, some for research only",
            fetch="hf download echo840/OCRBench --repo-type dataset --include 'data/test-*' "
            "--local-dir FOLDER/ocrbench",
            languages=("en",),
        ),
        columns=COLUMNS,
        read=read,
        paper=paper_ocr,
        strict=strict_ocr,
        max_tokens=128,
    ),
)
