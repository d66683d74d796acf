"""MaXM: short questions in seven languages with several right answers each.

The question with the sentence about its answer's language stands in the prompt; what is between them is not told by
what is known of the published settings, and a line break is taken, as in the other tasks of the suite. Of the published
measures (exact, relaxed, ROUGE-L, CIDEr) the relaxed one is `paper` here; it takes an empty reply for right. The splits
that end in _yesno are not part of the benchmark.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.captions import caption_scores
from eval.scoring.short import paper_relaxed, strict_short
from eval.tasks.places import language_code
from eval.tasks.reading import PICTURE, TEXT, TEXTS, cluster_of, file_rows, files_named, picture
from eval.tasks.task import Item, Source, Task

COLUMNS = {"image": PICTURE, "image_id": TEXT, "question": TEXT, "answers": TEXTS}
NAMES = {
    "en": "English",
    "fr": "French",
    "hi": "Hindi",
    "iw": "Hebrew",
    "ro": "Romanian",
    "th": "Thai",
    "zh": "Chinese",
}


def prompt(question: str, language: str) -> str:
    """The question and which language its answer is wanted in."""
    return f"{question.strip()}\nAnswer the question using a single word or phrase in {NAMES[language]}."


def read(folder: Path) -> Iterator[Item]:
    """The items of the seven languages."""
    for path, split in files_named(folder, NAMES):
        for number, (place, row) in enumerate(file_rows(path, COLUMNS), 1):
            pictures = (picture(row["image"], folder, place),)
            item_id = f"{path.stem}-{number}-{row['image_id']}"  # a picture has several questions
            yield Item(
                item_id=item_id,
                language=language_code(split),
                country=None,
                pictures=pictures,
                prompt=prompt(row["question"], split),
                kind="open",
                choices=(),
                answers=tuple(row["answers"]),
                answer_index=None,
                groups={},
                cluster=cluster_of(pictures, item_id),
                meta={"question": row["question"]},
            )


TASKS = (
    Task(
        name="maxm",
        title="MaXM",
        source=Source(
            name="neulab/PangeaBench-maxm",
            revision=None,
            split=", ".join(NAMES),
            num_items=1_890,
            megabytes=122,
            licence="see the page",
            fetch="hf download neulab/PangeaBench-maxm --repo-type dataset --local-dir FOLDER/maxm",
            languages=tuple(map(language_code, NAMES)),
        ),
        columns=COLUMNS,
        read=read,
        paper=paper_relaxed,
        strict=strict_short,
        max_tokens=16,
        corpus={"strict": caption_scores},
        reference=(55.3, 53.2),
    ),
)
