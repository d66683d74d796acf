"""Local copies of benchmarks in the layout and schema in which they are published, with rows of our own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

Row = dict[str, Any]


def png(red: int, width: int = 8) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, 8), (red, 90, 30)).save(file, "PNG")
    return file.getvalue()


def stored(red: int) -> Row:
    """A picture as the library `datasets` stores it in parquet."""
    return {"bytes": png(red), "path": None}


def statement(text: str, truth: str) -> list[Row]:
    asked = f"<image>\nDoes the content of the image support the given text? Text: {text}\nOptions: (a) false (b) true"
    return [{"from": "human", "value": asked}, {"from": "gpt", "value": truth}]


CVQA = {
    "image": stored(1),
    "ID": "5919991144272485961_0",
    "Subset": "('Sinhala', 'Sri_Lanka')",
    "Question": "මේ කුමක්ද?",
    "Translated Question": "What is this?",
    "Options": ["බත්", "කිරිබත්", "රොටි", "ආප්ප"],
    "Translated Options": ["Rice", "Milk rice", "Roti", "Hoppers"],
    "Label": 1,
    "Category": "Cooking and food",
    "Image Type": "Self",
    "Image Source": "self",
    "License": "CC BY-SA 4.0",
}
ALM_BENCH = {
    "file_name": stored(7),
    "ID": "008_2_01_001",
    "Language": "Hebrew",
    "Category": "Food",
    "Question_Type": "Short Question",
    "English_Question": "What dish is this?",
    "English_Answer": "Shakshuka",
    "Translated_Question": "איזו מנה זו?",
    "Translated_Answer": "שקשוקה",
    "Image_Url": "https://example.org/1.jpg",
}
MERLIN = {
    "Article Title": "東京タワー、今夜は青く光る",
    "Entity Name": "東京タワー",
    "Wikidata ID": "Q183536",
    "English Wikipedia Title": "Tokyo Tower",
    "Image Name": stored(8),
}
MAXM = {"image": stored(5), "image_id": "00a1", "question": "Qu'est-ce que c'est ?", "answers": ["pain", "du pain"]}
XGQA = {"image": stored(6), "question": "Wer trägt das Kleid?", "answer": "women"}

# task -> file below its folder -> rows.
FILES: dict[str, dict[str, list[Row]]] = {
    "cvqa": {"data/test-00000-of-00001.parquet": [CVQA]},
    "marvl": {
        "data/sw-00000-of-00001.parquet": [
            {"id": "sw-0", "image": stored(2), "conversations": statement("Kuna madawati mawili.", "(b) true")},
            {"id": "sw-1", "image": stored(2), "conversations": statement("Kuna mbwa.", "(a) false")},
        ]
    },
    "nlvr2": {
        "data/validation-00000-of-00007.parquet": [
            {"id": "dev-1", "image": stored(3), "conversations": statement("There are two dogs.", "(b) true")}
        ]
    },
    "xm100": {"data/he-00000-of-00001.parquet": [{"image": stored(4), "image_id": "00c1", "caption": "כלב על הדשא"}]},
    "maxm": {"data/fr-00000-of-00001.parquet": [MAXM], "data/fr_yesno-00000-of-00001.parquet": [MAXM]},
    "xgqa": {"data/de-00000-of-00001.parquet": [XGQA]},
    "alm_bench": {"data/test-00000-of-00025.parquet": [ALM_BENCH]},
    "merlin": {"ja/train-00000-of-00001.parquet": [MERLIN, {**MERLIN, "English Wikipedia Title": "NIL"}]},
}


def write(file: Path, rows: list[Row]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), file)


def write_copy(task: str, folder: Path, **changed: Any) -> Path:
    """A task's files with one column or more of the first row of each changed; returns the first file."""
    for name, rows in FILES[task].items():
        write(folder / name, [{**rows[0], **changed}, *rows[1:]])
    return folder / next(iter(FILES[task]))
