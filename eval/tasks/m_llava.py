"""M-LLaVA of PangeaBench: LLaVA-Bench in the Wild, sixty questions, in ten languages; asked as they are.

A judge, GPT-4 (0613), marks a reply and GPT-4's own from 1 to 10; the published figure is the sum of the former in per
cent of the sum of the latter, see `graded.relative`. The published code also takes a mark away from a reply whose
language `langdetect` finds to be neither the question's nor the reference's; that is not done here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.scoring.graded import paper_relative, paper_second_mark, second_mark, strict_relative
from eval.scoring.judged import awaiting_judge
from eval.tasks.judging import FILE, Judging, filled, wording
from eval.tasks.places import language_code
from eval.tasks.reading import PICTURE, TEXT, TEXTS, Columns, cluster_of, file_rows, files, picture, split_of
from eval.tasks.task import Item, Source, Task

COLUMNS: Columns = {
    "question": TEXT,
    "gpt_answer": TEXT,
    "caption": (*TEXT, *TEXTS),
    "category": TEXT,
    "image": PICTURE,
}


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files, one a language; rows are told apart by their number."""
    words = wording(folder)
    for path in files(folder):
        language = language_code(split_of(path))
        for number, (place, row) in enumerate(file_rows(path, COLUMNS), 1):
            item = _item(row, language, picture(row["image"], folder, place), number)
            judge = {} if words is None else {"judge": _judge(folder / FILE, words, row)}
            yield replace(item, meta={**item.meta, **judge})


def _judge(file: Path, words: Mapping[str, str], row: Mapping[str, Any]) -> Judging:
    captions = [row["caption"]] if isinstance(row["caption"], str) else row["caption"]
    told = {"context": "\n".join(captions), "question": row["question"], "reference": row["gpt_answer"]}
    before, after = (filled(file, words[name], **told) for name in ("before", "after"))
    return Judging(words["system"], before, after)


def _item(row: Mapping[str, Any], language: str, shown: bytes, number: int) -> Item:
    item_id = f"{language}-{number}"
    return Item(
        item_id=item_id,
        language=language,
        country=None,
        pictures=(shown,),
        prompt=row["question"],
        kind="judged",
        choices=(),
        answers=(row["gpt_answer"],),
        answer_index=None,
        groups={"category": row["category"]},
        cluster=cluster_of((shown,), item_id),
        meta={"question": row["question"]},
    )


TASKS = (
    Task(
        name="m_llava",
        title="M-LLaVA (multilingual LLaVA-Bench in the Wild)",
        source=Source(
            name="neulab/PangeaBench-multilingual-llava-bench",
            revision=None,
            split="ar, bn, en, es, fr, hi, ja, ru, ur, zh",
            num_items=600,
            megabytes=98,
            licence="none on its card: look up LLaVA-Bench in the Wild before other use than evaluation",
            fetch="hf download neulab/PangeaBench-multilingual-llava-bench --repo-type dataset "
            "--local-dir FOLDER/m_llava; the judge's words (LLaVA-Bench in the Wild) as FOLDER/m_llava/judge.yaml",
            languages=("ar", "bn", "en", "es", "fr", "hi", "ja", "ru", "ur", "zh"),
        ),
        columns=COLUMNS,
        read=read,
        paper=awaiting_judge,
        strict=awaiting_judge,
        judged=(paper_second_mark, second_mark),
        max_tokens=1024,
        corpus={"paper": paper_relative, "strict": strict_relative},
        reference=(84.2, 89.5),
    ),
)
