"""A benchmark of VQAv2's schema for `evaluation.py`: drawings of the embedded sample, asked `asked/questions.tsv`.

Pictures are JPEGs of 640 px, COCO's size. Being flat, they are written as PNG in half the time of photographs.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.commons.normalise import normalise
from sample.build import build

QUESTIONS = Path(__file__).with_name("asked") / "questions.tsv"
SIDE_PX = 640
_TITLE_ENDS = "_(sample_drawing)"
_TEXTS = ("question_type", "multiple_choice_answer", "question", "answer_type")
_ANSWER = pa.struct({"answer": pa.string(), "answer_confidence": pa.string(), "answer_id": pa.int64()})
_SCHEMA = pa.schema(
    [
        ("question_type", pa.string()),
        ("multiple_choice_answer", pa.string()),
        ("answers", pa.list_(_ANSWER)),
        ("image_id", pa.int64()),
        ("answer_type", pa.string()),
        ("question_id", pa.int64()),
        ("question", pa.string()),
        ("image", pa.struct({"bytes": pa.binary(), "path": pa.string()})),
    ]
)

Row = dict[str, Any]


def write_vqav2(folder: Path, num_pictures: int) -> Path:
    """Write the split `validation` of so many pictures, at most 184, in parquet as the hub has it.

    Args:
        folder: of all benchmarks; this one is in its folder `vqav2`.
        num_pictures: each with the five questions, which stand together as in VQAv2.

    Returns:
        The file.
    """
    drawings = sorted((build(folder / "sample").commons / "files").iterdir())
    rows = list(_rows(drawings[:num_pictures], [_title(drawing) for drawing in drawings]))
    file = folder / "vqav2" / "data" / "validation-00000-of-00001.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA.with_metadata(_features())), file)
    return file


def _rows(drawings: list[Path], titles: list[str]) -> Iterator[Row]:
    for number, drawing in enumerate(drawings, 1):
        shown = normalise(drawing.read_bytes(), max_pixels=100_000_000, max_side_px=SIDE_PX).data
        named = {"title": titles[number - 1], "other": titles[number % len(titles)]}
        column = "answers_of_every_other" if number % 2 else "answers"
        for at, question in enumerate(_questions()):
            answers = list(_answers(question[column]))
            yield {
                "question_type": " ".join(question["question"].split()[:2]).lower(),
                "multiple_choice_answer": Counter(answers).most_common(1)[0][0],
                "answers": [
                    {"answer": answer, "answer_confidence": "yes", "answer_id": person}
                    for person, answer in enumerate(answers, 1)
                ],
                "image_id": number,
                "answer_type": question["answer_type"],
                "question_id": number * 1000 + at,
                "question": question["question"].format(**named),
                "image": {"bytes": shown, "path": None},
            }


def _questions() -> list[dict[str, str]]:
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _answers(given: str) -> Iterator[str]:
    for each in given.split("|"):
        answer, number = each.rsplit(":", 1)
        yield from [answer] * int(number)


def _title(drawing: Path) -> str:
    return drawing.stem.removesuffix(_TITLE_ENDS).replace("_", " ")


def _features() -> dict[str, str]:
    """What the library `datasets` keeps in a file to know that a struct is a picture."""

    def value(dtype: str) -> Row:
        return {"dtype": dtype, "_type": "Value"}

    answer = {"answer": value("string"), "answer_confidence": value("string"), "answer_id": value("int64")}
    features = {
        **{name: value("string") for name in _TEXTS},
        **{name: value("int64") for name in ("image_id", "question_id")},
        "answers": [answer],
        "image": {"_type": "Image"},
    }
    return {"huggingface": json.dumps({"info": {"features": features}})}
