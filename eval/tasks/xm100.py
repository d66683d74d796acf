"""XM100: captions of 100 pictures in 36 languages, one reference each.

The request is in English whatever language the reference is in. Which of the published measures its table has is not
told; it is probably ROUGE-L, which is what the rules give for each reply. The others are scores of all replies.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.scoring.captions import caption_scores, paper_caption, strict_caption
from eval.tasks.places import language_code
from eval.tasks.reading import PICTURE, TEXT, cluster_of, file_rows, files_named, picture
from eval.tasks.task import Item, Source, Task

COLUMNS = {"image": PICTURE, "image_id": TEXT, "caption": TEXT}
PROMPT = "Provide a one-sentence caption for the provided image."
SPLITS = (
    "ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fil", "fr", "he", "hi", "hr", "hu", "id", "it", "ja",
    "ko", "mi", "nl", "no", "pl", "pt", "quz", "ro", "ru", "sv", "sw", "te", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip


def read(folder: Path) -> Iterator[Item]:
    """The items of all languages that are there."""
    for path, split in files_named(folder, (*SPLITS, "iw")):
        for place, row in file_rows(path, COLUMNS):
            pictures = (picture(row["image"], folder, place),)
            item_id = f"{split}-{row['image_id']}"
            yield Item(
                item_id=item_id,
                language=language_code(split),
                country=None,
                pictures=pictures,
                prompt=PROMPT,
                kind="caption",
                choices=(),
                answers=(row["caption"],),
                answer_index=None,
                groups={},
                cluster=cluster_of(pictures, item_id),
            )


TASKS = (
    Task(
        name="xm100",
        title="XM100",
        source=Source(
            name="neulab/PangeaBench-xm100",
            revision=None,
            split="36 languages",
            num_items=3_600,
            megabytes=None,
            licence="see the page",
            fetch="hf download neulab/PangeaBench-xm100 --repo-type dataset --local-dir FOLDER/xm100",
            languages=tuple(map(language_code, SPLITS)),
        ),
        columns=COLUMNS,
        read=read,
        paper=paper_caption,
        strict=strict_caption,
        max_tokens=64,
        corpus={"strict": caption_scores},
        reference=(30.4, 14.2),
    ),
)
