"""M3Exam (arXiv 2306.05179) as PangeaBench asks it: the questions with pictures, of school exams in seven languages.

Of a question with a place for a picture the model is shown the first picture only; without one all of them, before the
prompt. Options that are pictures are not listed. Options lose what looks like a letter or number before them, so "3 cm"
its number too. The published parser takes the first of the letters A to D that it meets, which is the A of "Answer",
draws one where there is none, and can never read a fifth option.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from eval.scoring.letters import paper_letter, strict_letter
from eval.tasks.marks import MARK, fitted
from eval.tasks.reading import TEXT, TEXTS, Columns, cluster_of, picture, rows
from eval.tasks.task import Item, Rule, Score, Source, Task
from pipeline.errors import InputError

_NUM_PICTURES = 10
COLUMNS: Columns = {
    "question_text": TEXT,
    "background_description": (*TEXTS, "null"),
    "options": TEXTS,
    "answer_text": TEXT,
    "language": TEXT,
    "subject_category": TEXT,
    **{f"image_{number}": (*TEXT, "null") for number in range(_NUM_PICTURES)},  # base64, or the word None
}
_PLACE = re.compile(r"\(image\)\[[^\]]+\]")
_LABEL = re.compile(r"^[\(（]?[A-Da-d\d][\)）\.\s]+\s*")
_NUMBER = re.compile(r"\(?(\d)\)?")
_LETTERS = "ABCDEFGH"


def read(folder: Path) -> Iterator[Item]:
    """The items of a folder of parquet files, one a language; rows have no id, so theirs is their number."""
    seen: Counter[str] = Counter()
    for place, row in rows(folder, COLUMNS):
        if row["language"] not in _wording():
            raise InputError(f"{place}: language {row['language']!r} is none of {', '.join(_wording())}")
        seen[row["language"]] += 1
        yield _item(row, folder, place, seen[row["language"]])


def paper(item: Item, reply: str) -> Score:
    """`paper_letter`, which compares replies without letters with the options as they are in the file."""
    return _keyed(paper_letter, replace(item, choices=tuple(item.meta["options"])), reply)


def strict(item: Item, reply: str) -> Score:
    """`strict_letter`."""
    return _keyed(strict_letter, item, reply)


def _keyed(rule: Rule, item: Item, reply: str) -> Score:
    """What a rule decides; where the published answer names none of the options, no reply is right."""
    return Score(0.0, "scored", "") if item.answer_index is None else rule(item, reply)


def _item(row: Mapping[str, Any], folder: Path, place: str, number: int) -> Item:
    wording = _wording()[row["language"]]
    options = tuple(_LABEL.sub("", option).strip() for option in row["options"])
    prompt, pictures = fitted(_prompt(row, options, place), _pictures(row, folder, place))
    item_id = f"{wording['code']}-{number}"
    index = _right_option(row["answer_text"], len(options))
    return Item(
        item_id=item_id,
        language=wording["code"],
        country=None,
        pictures=pictures,
        prompt=prompt,
        kind="choice",
        choices=options,
        answers=(row["answer_text"] if index is None else options[index],),
        answer_index=index,
        groups={"subject": row["subject_category"]},
        cluster=cluster_of(pictures, item_id),
        meta={"question": _PLACE.sub("", row["question_text"]), "options": tuple(row["options"])},
    )


def _prompt(row: Mapping[str, Any], options: tuple[str, ...], place: str) -> str:
    wording = _wording()[row["language"]]
    if row["subject_category"] not in wording["subjects"]:
        raise InputError(
            f"{place}: subject_category {row['subject_category']!r} is none of {list(wording['subjects'])}"
        )
    hint = wording["hint"].format(subject=wording["subjects"][row["subject_category"]])
    background = "".join(f"\n{text}" for text in row["background_description"] or ())
    question = _PLACE.sub("", _PLACE.sub(MARK, row["question_text"], count=1))
    listed = "\n".join(f"({_LETTERS[index]}) {option}" for index, option in enumerate(options))
    shown = "" if _PLACE.search(listed) else listed
    return f"{hint}\n\n{background}\n{question}\n{shown}\n{wording['answer']}"


def _pictures(row: Mapping[str, Any], folder: Path, place: str) -> list[bytes]:
    found = []
    for number in range(_NUM_PICTURES):
        coded = row[f"image_{number}"]
        if coded in (None, "None"):
            continue
        try:
            data = base64.b64decode(coded, validate=True)
        except ValueError as error:
            raise InputError(f"{place}: image_{number} is no base64: {error}") from error
        found.append(picture(data, folder, place))
    return found


def _right_option(answer: str, num_options: int) -> int | None:
    """The index that a published answer names, by letter or by number; None where it names no option: none is right."""
    match = _NUMBER.match(answer)
    index = int(match[1]) - 1 if match else _LETTERS.find(answer) if len(answer) == 1 else -1
    return index if 0 <= index < num_options else None


@cache
def _wording() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return loaded


TASKS = (
    Task(
        name="m3exam",
        title="M3Exam (questions with pictures)",
        source=Source(
            name="neulab/PangeaBench-m3exam",
            revision=None,
            split="afrikaans, chinese, english, italian, portuguese, thai, vietnamese",
            num_items=2753,
            megabytes=210,
            licence="none on its card; exam papers of seven countries: look up DAMO-NLP-SG/M3Exam before other use",
            fetch="hf download neulab/PangeaBench-m3exam --repo-type dataset --local-dir FOLDER/m3exam",
            languages=("af", "en", "it", "pt", "th", "vi", "zh"),
        ),
        columns=COLUMNS,
        read=read,
        paper=paper,
        strict=strict,
        max_tokens=32,
        reference=(61.4, 42.1),
    ),
)
