"""CulturalVQA (arXiv 2407.10920): 2,378 English questions from annotators of eleven countries.

prompt_known = False: the authors' prompt is not at hand, the question is asked as it is. Answers are not public, and
neither is the country on the hub: without the column `answers`, which its authors give, items have none, and are read
for `benchmark_keys` and for replies to hand in. The published score, LAVE with GPT-4 as judge, is not reproduced: under
`paper` an item is unjudged; `strict` compares with the answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from eval.scoring.judged import awaiting_judge
from eval.scoring.short import strict_short
from eval.tasks.places import country_key
from eval.tasks.reading import PICTURE, TEXT, TEXTS, Columns, cluster_of, file_rows, files, picture
from eval.tasks.task import Item, Score, Source, Task

COLUMNS: Columns = {"u_id": (*TEXT, "int64"), "question": TEXT, "image": PICTURE}
_FROM_AUTHORS: Columns = {"answers": (*TEXTS, "null"), "country": (*TEXT, "null")}


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files of the split `test`, with `answers` and `country` where they are there."""
    for path in files(folder):
        there = pq.read_schema(path).names if path.suffix == ".parquet" else ()
        optional = {name: kinds for name, kinds in _FROM_AUTHORS.items() if name in there}
        for place, row in file_rows(path, {**COLUMNS, **optional}):
            pictures = (picture(row["image"], folder, place),)
            item_id = str(row["u_id"])
            country = row.get("country")
            yield Item(
                item_id=item_id,
                language="en",
                country=None if country is None else country_key(country),
                pictures=pictures,
                prompt=row["question"],
                kind="open",
                choices=(),
                answers=tuple(row.get("answers") or ()),
                answer_index=None,
                groups={},
                cluster=cluster_of(pictures, item_id),
                meta={"question": row["question"]},
            )


def strict(item: Item, reply: str) -> Score:
    """`strict_short`; an item without answers is unjudged."""
    return strict_short(item, reply) if item.answers else Score(None, "unjudged", "")


TASKS = (
    Task(
        name="cultural_vqa",
        title="CulturalVQA",
        source=Source(
            name="mair-lab/CulturalVQA",
            revision=None,
            split="test",
            num_items=2378,
            megabytes=580,
            licence="none on its card; answers are not public: ask its authors",
            fetch="hf download mair-lab/CulturalVQA --repo-type dataset --local-dir FOLDER/cultural_vqa; add the "
            "column answers from its authors, and check the prompt at culturalvqa.org: it is not known here",
            languages=("en",),
        ),
        columns=COLUMNS,
        read=read,
        paper=awaiting_judge,
        strict=strict,
        max_tokens=64,
    ),
)
