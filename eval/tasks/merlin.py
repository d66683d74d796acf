"""MERLIN: which entity of Wikidata a name in a headline means, with the picture of the article.

No published prompt for a model of this kind is known, so this one is ours, and so is the rule: `paper` is the strict
one. A reply is right where it is a title or another name of the entity, or its QID. Rows whose entity has no English
article (title NIL) have no answer in words and are left out; the column Image Name is the picture itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from eval.scoring.entity import strict_entity
from eval.tasks.places import language_code
from eval.tasks.reading import PICTURE, TEXT, cluster_of, file_rows, files_named, picture
from eval.tasks.task import Item, Source, Task
from pipeline.errors import InputError

COLUMNS = {
    "Article Title": TEXT,
    "Entity Name": TEXT,
    "Wikidata ID": TEXT,
    "English Wikipedia Title": TEXT,
    "Image Name": PICTURE,
}
SPLITS = ("hi", "id", "ja", "ta", "vi")
_QID = re.compile(r"Q([1-9]\d*)")


def prompt(title: str, name: str) -> str:
    """Ours."""
    return (
        f'The picture belongs to a news article with the title "{title}". What does "{name}" in this title refer to? '
        "Answer with the title of its English Wikipedia article only."
    )


def read(folder: Path) -> Iterator[Item]:
    """The items of all languages."""
    for path, split in files_named(folder, SPLITS):
        for number, (place, row) in enumerate(file_rows(path, COLUMNS), 1):
            if row["English Wikipedia Title"].strip().upper() == "NIL":
                continue
            pictures = (picture(row["Image Name"], folder, place),)
            item_id = f"{split}-{path.stem}-{number}"
            yield Item(
                item_id=item_id,
                language=language_code(split),
                country=None,
                pictures=pictures,
                prompt=prompt(row["Article Title"], row["Entity Name"]),
                kind="entity",
                choices=(),
                answers=(row["English Wikipedia Title"],),
                answer_index=None,
                groups={},
                cluster=cluster_of(pictures, item_id),
                qid=_qid(row["Wikidata ID"], place),
                meta={"mention": row["Entity Name"]},
            )


def _qid(text: str, place: str) -> int:
    match = _QID.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{place}: Wikidata ID is {text!r}; an item such as Q42 is wanted")
    return int(match[1])


TASKS = (
    Task(
        name="merlin",
        title="MERLIN",
        source=Source(
            name="neulab/merlin",
            revision=None,
            split="train",  # the only one that it has
            num_items=7_159,
            megabytes=155,
            licence="see the page",
            fetch="hf download neulab/merlin --repo-type dataset --local-dir FOLDER/merlin",
            languages=SPLITS,
        ),
        columns=COLUMNS,
        read=read,
        paper=strict_entity,
        strict=strict_entity,
        max_tokens=32,
    ),
)
