"""xChat of PangeaBench (arXiv 2410.16153): fifty tasks in each of eight languages, each with a rubric of its own.

The published replies were sampled (temperature 1, top-p 0.9); here they are greedy. They were judged by GPT-4o
(2024-08-06) with prometheus-eval's prompt; the published figures are (grade - 1) / 4. A model that gave no reply got a
grade of 1 there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.scoring.graded import grade
from eval.scoring.judged import awaiting_judge
from eval.tasks.judging import FILE, Judging, filled, wording
from eval.tasks.places import language_of_name
from eval.tasks.reading import TEXT, WHOLE, Columns, cluster_of, file_rows, files, picture
from eval.tasks.task import Item, Source, Task
from pipeline.errors import InputError

LANGUAGES = ("Chinese", "English", "Hindi", "Indonesian", "Japanese", "Kinyarwanda", "Korean", "Spanish")
_GRADES = [f"score{grade}_description" for grade in range(1, 6)]
COLUMNS: Columns = {
    "task": TEXT,
    "instance_idx": WHOLE,
    "system_prompt": TEXT,
    "input": TEXT,
    "reference_answer": TEXT,
    "score_rubric": (f"struct<{','.join(['criteria', *_GRADES])}>",),
}


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder as in the repository: LANGUAGE/TASK/data.json, the picture of row N, from 0, as N.jpg."""
    files(folder)  # refuses a folder that is not there or holds nothing
    found = [path for path in sorted(folder.glob("*/*/data.json")) if path.parts[-3] in LANGUAGES]
    if not found:
        raise InputError(f"{folder}: holds no LANGUAGE/TASK/data.json; languages are {', '.join(LANGUAGES)}")
    words = wording(folder)
    for path in found:
        for number, (place, row) in enumerate(file_rows(path, COLUMNS)):
            item = _item(row, path.parts[-3], picture(f"{number}.jpg", path.parent, place), number)
            judge = {} if words is None else {"judge": _judge(folder / FILE, words, row, item.prompt)}
            yield replace(item, meta={**item.meta, **judge})


def _judge(file: Path, words: Mapping[str, str], row: Mapping[str, Any], prompt: str) -> Judging:
    rubric = row["score_rubric"]
    grades = [f"Score {number}: {rubric[name]}" for number, name in enumerate(_GRADES, 1)]
    told = {
        "instruction": prompt,
        "reference": row["reference_answer"],
        "rubric": "\n".join([f"[{rubric['criteria']}]", *grades]),
    }
    return Judging(words["system"], filled(file, words["before"], **told), filled(file, words["after"], **told))


def _item(row: Mapping[str, Any], language: str, shown: bytes, number: int) -> Item:
    prompt = f"{row['system_prompt']}\n\n{row['input']}"
    item_id = f"{language}/{row['task']}/{number}"
    return Item(
        item_id=item_id,
        language=language_of_name(language),
        country=None,
        pictures=(shown,),
        prompt=prompt,
        kind="judged",
        choices=(),
        answers=(row["reference_answer"],),
        answer_index=None,
        groups={"task": row["task"]},
        cluster=cluster_of((shown,), item_id),
        meta={"question": row["input"]},
    )


TASKS = (
    Task(
        name="xchat",
        title="xChat",
        source=Source(
            name="github.com/neulab/Pangea, evaluation/lmms-eval/lmms_eval/tasks/xchat",
            revision=None,
            split="one folder a language",
            num_items=400,
            megabytes=107,
            licence="Apache-2.0 as the repository",
            fetch="git clone --depth 1 https://github.com/neulab/Pangea && "
            "cp -r Pangea/evaluation/lmms-eval/lmms_eval/tasks/xchat FOLDER/xchat; the judge's words (prometheus-eval, "
            "absolute grading with a reference) as FOLDER/xchat/judge.yaml",
            languages=("en", "es", "hi", "id", "ja", "ko", "rw", "zh"),
        ),
        columns=COLUMNS,
        read=read,
        paper=awaiting_judge,
        strict=awaiting_judge,
        judged=(grade, grade),
        max_tokens=1024,
        reference=(46.0, 35.6),
    ),
)
