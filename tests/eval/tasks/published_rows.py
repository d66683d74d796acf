"""Copies of exams, VQA sets, judged conversations and WorldCuisines: published layout and schema, rows of our own."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.eval.tasks.copies import Row, png, stored, write

EMPTY = {"bytes": None, "path": None}
EXAM = {
    "id": "validation_Art_Theory_3",
    "question": "What does <image 2> take from <image 1>?",
    "options": "['The pose', \"The painter's colours\", 'The frame <image 1>']",
    "explanation": "",
    **{f"image_{number}": stored(number) if number < 3 else EMPTY for number in range(1, 8)},
    "img_type": "['Paintings']",
    "answer": "B",
    "topic_difficulty": "Easy",
    "question_type": "multiple-choice",
    "subfield": "Art Theory",
}
OPEN_EXAM = {
    **EXAM,
    "id": "validation_Math_7",
    "question": "How long is the side x in <image 1>?",
    "options": "[]",
    "answer": "['2.5', '5/2']",
    "question_type": "open",
}
SCHOOL = {
    "question_text": "(image)[a.png] แผนที่นี้แสดงอะไร (image)[b.png]",
    "background_description": ["อ่านข้อความนี้"],
    "options": ["1. แม่น้ำ", "2. ภูเขา", "3. ทะเล", "4. เมือง"],
    "answer_text": "(2)",
    "language": "thai",
    "level": "mid",
    "subject_category": "social-science",
    **{f"image_{number}": "None" for number in range(10)},
    "image_0": base64.b64encode(png(10)).decode(),
    "image_1": base64.b64encode(png(11)).decode(),
}
PEOPLE = ["red", "red", "red", "red", "dark red", "maroon", "red", "red", "red", "red"]
VQA = {
    "question_type": "what color is the",
    "multiple_choice_answer": "red",
    "answers": [
        {"answer": said, "answer_confidence": "yes", "answer_id": number} for number, said in enumerate(PEOPLE, 1)
    ],
    "image_id": 262148,
    "answer_type": "other",
    "question_id": 262148000,
    "question": "What color is the Kite?",
    "image": stored(12),
}
TEXT_VQA = {
    "image_id": "003a8ae2ef43b901",
    "question_id": 34602,
    "question": "What does the sign on Main St. say?",
    "answers": PEOPLE,
    "image": stored(13),
    "ocr_tokens": ["STOP"],
}
OCR = {
    "dataset": "HME100k",
    "question": " Please write out the expression of the formula in the image using LaTeX format. ",
    "question_type": "Handwritten Mathematical Expression Recognition",
    "answer": ["x ^ 2 = 4"],
    "image": stored(14),
}
LLAVA = {
    "question": "この写真の料理は何ですか。",
    "gpt_answer": "これはおでんです。",
    "caption": ["A pot of oden.", "Steam rises."],
    "category": "conv",
    "question_id": 0,
    "image": stored(15),
}
CULTURAL = {"u_id": "17", "question": "What is this garment called?", "image": stored(16)}
CHAT = {
    "capability": "vision",
    "task": "art_explanation",
    "instance_idx": 0,
    "system_prompt": "You are helpful visual-language assistant.",
    "input": "¿Qué {color} domina?",
    "reference_answer": "El azul {oscuro}.",
    "score_rubric": {"criteria": "Is it right?"}
    | {f"score{grade}_description": f"grade {grade}" for grade in range(1, 6)},
    "atomic_checklist": [],
}
ADDRESS = "https://upload.wikimedia.org/wikipedia/commons/2/20/Nasi_Rawon_A.JPG?download"
_SAY = "Print only the answer with a single answer id (1,2,3,4,5)."
DISH = {
    "qa_id": "287",
    "lang": "id_formal",
    "food_id": "0",
    "prompt_id": "81",
    "prompt_type": "4",
    "multi_choice_prompt": f"Apa nama hidangan ini?\n1. Soto\n2. Rawon\n3. Gulai\n4. Sop buntut\n\n{_SAY}",
    "open_ended_prompt": "Apa nama hidangan ini?\n\nPrint only the answer.",
    "image_url": ADDRESS,
    "answer": "Rawon",
    "multi_choice_answer": 2,
    "task": "small_task1",
    "lang_status": "mixed",
}
DISH_IN_JAPANESE = {
    **DISH,
    "lang": "ja_casual",
    "multi_choice_prompt": f"これは何？\n1. ソト\n2. ラウォン\n3. グライ\n4. ブントゥット\n\n{_SAY}",
    "open_ended_prompt": "これは何？\n\nPrint only the answer.",
    "answer": "ラウォン",
}
PLACE = {**DISH, "qa_id": "3", "prompt_type": "2", "answer": "Soto", "multi_choice_answer": 1}
KNOWN_DISH = {"name": "Rawon"} | {
    name: value
    for number in range(1, 9)
    for name, value in (
        (f"image{number}_url", ADDRESS if number == 2 else None),
        (f"image{number}", stored(17) if number == 2 else EMPTY),
    )
}

_CUISINES: dict[str, list[Row]] = {
    "hf_prompt/small_eval_task1/id_formal_small_eval_task1.jsonl": [DISH],
    "hf_prompt/small_eval_task1/ja_casual_small_eval_task1.jsonl": [DISH_IN_JAPANESE],
    "hf_prompt/small_eval_task2/id_formal_small_eval_task2.jsonl": [PLACE],
    "food-kb/data/train-00000-of-00004.parquet": [KNOWN_DISH],
}
# task -> file below its folder -> rows; the first file is the one that tests change.
FILES: dict[str, dict[str, list[Row]]] = {
    "mmmu": {"data/validation-00000-of-00001.parquet": [EXAM, OPEN_EXAM]},
    "xmmmu": {"data/fr-00000-of-00001.parquet": [EXAM, OPEN_EXAM], "data/en-00000-of-00001.parquet": [EXAM]},
    "m3exam": {"data/thai-00000-of-00001.parquet": [SCHOOL]},
    "vqav2": {"data/validation-00000-of-00068.parquet": [VQA]},
    "textvqa": {"data/validation-00000-of-00003.parquet": [TEXT_VQA]},
    "ocrbench": {"data/test-00000-of-00001.parquet": [OCR]},
    "m_llava": {"data/ja.parquet": [LLAVA]},
    "cultural_vqa": {"data/test-00000-of-00002.parquet": [CULTURAL]},
    "xchat": {"Spanish/art_explanation/data.json": [CHAT]},
    "world_cuisines": _CUISINES,
    "world_cuisines_open": _CUISINES,
}


def write_published(task: str, folder: Path, changed: Mapping[str, Any] | None = None) -> Path:
    """A task's files with columns of the first file changed, those changed to `...` left out; returns that file."""
    first = next(iter(FILES[task]))
    for name, rows in FILES[task].items():
        if name == first:
            rows = [
                {key: value for key, value in {**row, **(changed or {})}.items() if value is not ...} for row in rows
            ]
        _write(folder / name, rows)
    if task == "xchat":
        (folder / first).with_name("0.jpg").write_bytes(png(18))
    return folder / first


def _write(file: Path, rows: list[Row]) -> None:
    if file.suffix == ".parquet":
        write(file, rows)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    texts = [json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text(f"[{','.join(texts)}]" if file.suffix == ".json" else "\n".join(texts), encoding="utf-8")
