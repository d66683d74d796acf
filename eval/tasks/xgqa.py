"""xGQA: questions about scenes in eight languages, to be answered in English.

The published rule looks for the answer anywhere in the reply, so that "cat" is found in "category".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.short import strict_short
from eval.scoring.substring import paper_substring
from eval.tasks.places import language_code
from eval.tasks.reading import PICTURE, TEXT, cluster_of, file_rows, files_named, picture
from eval.tasks.task import Item, Source, Task

COLUMNS = {"image": PICTURE, "question": TEXT, "answer": TEXT}
SPLITS = ("bn", "de", "en", "id", "ko", "pt", "ru", "zh")


def prompt(question: str) -> str:
    """As published, with the space before the line break."""
    return f"{question.strip()} \nAnswer the question using a single word or phrase in English."


def read(folder: Path) -> Iterator[Item]:
    """The items of all languages. They are numbered: no column with an id is known for certain."""
    for path, split in files_named(folder, SPLITS):
        for number, (place, row) in enumerate(file_rows(path, COLUMNS), 1):
            pictures = (picture(row["image"], folder, place),)
            item_id = f"{path.stem}-{number}"
            yield Item(
                item_id=item_id,
                language=language_code(split),
                country=None,
                pictures=pictures,
                prompt=prompt(row["question"]),
                kind="open",
                choices=(),
                answers=(row["answer"],),
                answer_index=None,
                groups={},
                cluster=cluster_of(pictures, item_id),
                meta={"question": row["question"], "answer language": "en"},
            )


TASKS = (
    Task(
        name="xgqa",
        title="xGQA",
        source=Source(
            name="neulab/PangeaBench-xgqa",
            revision=None,
            split=", ".join(SPLITS),
            num_items=77_328,
            megabytes=2_700,
            licence="CC BY 4.0 (questions)",
            fetch="hf download neulab/PangeaBench-xgqa --repo-type dataset --local-dir FOLDER/xgqa",
            languages=tuple(map(language_code, SPLITS)),
        ),
        columns=COLUMNS,
        read=read,
        paper=paper_substring,
        strict=strict_short,
        max_tokens=16,
        reference=(64.7, 60.2),
    ),
)
