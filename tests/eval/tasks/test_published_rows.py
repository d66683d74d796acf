from __future__ import annotations

from pathlib import Path

import pytest

from eval.tasks import (
    cultural_vqa,
    listing,
    m3exam,
    m_llava,
    mmmu,
    ocrbench,
    textvqa,
    vqav2,
    world_cuisines,
    xchat,
    xmmmu,
)
from eval.tasks.marks import MARK
from eval.tasks.task import Item
from pipeline.errors import InputError
from tests.eval.tasks.published_rows import FILES, write_published

MODULES = (cultural_vqa, m3exam, m_llava, mmmu, ocrbench, textvqa, vqav2, world_cuisines, xchat, xmmmu)
TASKS = {task.name: task for module in MODULES for task in module.TASKS}

PROMPTS = {
    "mmmu": "What does <image 2> take from <image 1>?\nA. The pose\nB. The painter's colours\nC. The frame <image 1>\n"
    "\nAnswer with the option's letter from the given choices directly.",
    "xmmmu": "What does <image> take from <image>?\nA. The pose\nB. The painter's colours\nC. The frame <image>\n"
    "Answer with the option letter from the given choices directly.",
    "m3exam": "ต่อไปนี้เป็นคำถามแบบปรนัย วิชาสังคมศึกษา โปรดตอบเพียงตัวอักษร (A, B, C หรือ D) ที่ตรงกับคำตอบที่ถูกต้อง "
    "โดยไม่ต้องมีคำอธิบายเพิ่มเติม\n\n\nอ่านข้อความนี้\n<image> แผนที่นี้แสดงอะไร \n(A) แม่น้ำ\n(B) ภูเขา\n(C) ทะเล\n(D) เมือง\nคำตอบ:",
    "vqav2": "What color is the Kite?\nAnswer the question using a single word or phrase.",
    "textvqa": "What does the sign on main st. say?\nAnswer the question using a single word or phrase.",
    "ocrbench": "Please write out the expression of the formula in the image using LaTeX format.",
    "m_llava": "この写真の料理は何ですか。",
    "cultural_vqa": "What is this garment called?",
    "xchat": "You are helpful visual-language assistant.\n\n¿Qué {color} domina?",
    "world_cuisines": "Apa nama hidangan ini?\n1. Soto\n2. Rawon\n3. Gulai\n4. Sop buntut\n\n"
    "Print only the answer with a single answer id (1,2,3,4,5).",
    "world_cuisines_open": "Apa nama hidangan ini?\n\nPrint only the answer.",
}
LANGUAGES = {
    "mmmu": {"en"}, "xmmmu": {"en", "fr"}, "m3exam": {"th"}, "vqav2": {"en"}, "textvqa": {"en"}, "ocrbench": {"en"},
    "m_llava": {"ja"}, "cultural_vqa": {"en"}, "xchat": {"es"}, "world_cuisines": {"id", "ja"},
    "world_cuisines_open": {"id", "ja"},
}  # fmt: skip


def items(task: str, folder: Path) -> list[Item]:
    return list(TASKS[task].read(folder))


@pytest.mark.parametrize("task", TASKS)
def test_the_published_prompt_is_reproduced(task: str, tmp_path: Path) -> None:
    write_published(task, tmp_path)
    assert PROMPTS[task] in [item.prompt for item in items(task, tmp_path)]


@pytest.mark.parametrize("task", TASKS)
def test_items_keep_their_contract(task: str, tmp_path: Path) -> None:
    write_published(task, tmp_path)
    found = items(task, tmp_path)
    assert len({item.item_id for item in found}) == len(found) == _num_rows(task)
    assert {item.language for item in found} == LANGUAGES[task]
    for item in found:
        assert item.prompt.count(MARK) in (0, len(item.pictures))
        assert item.pictures
        assert item.meta["question"].strip()
        assert (item.kind == "choice") == bool(item.choices) == (item.answer_index is not None)
        if item.answer_index is not None:
            assert item.answers == (item.choices[item.answer_index],)


@pytest.mark.parametrize("task", TASKS)
def test_a_right_answer_is_right_under_both_rules(task: str, tmp_path: Path) -> None:
    write_published(task, tmp_path)
    for item in items(task, tmp_path):
        for score in (TASKS[task].paper(item, _right(item)), TASKS[task].strict(item, _right(item))):
            assert (score.value, score.state) in [(1.0, "scored"), (None, "unjudged")]
            assert not score.guessed


@pytest.mark.parametrize(("task", "column"), [(task, column) for task in TASKS for column in TASKS[task].columns])
def test_a_missing_column_is_told_with_its_file(task: str, column: str, tmp_path: Path) -> None:
    file = write_published(task, tmp_path, {column: ...})
    with pytest.raises(InputError, match=f"{file.name}.*has no column {column}"):
        items(task, tmp_path)


@pytest.mark.parametrize("task", TASKS)
def test_a_column_of_another_type_is_told(task: str, tmp_path: Path) -> None:
    column = list(TASKS[task].columns)[-1]
    file = write_published(task, tmp_path, {column: 1.5})
    with pytest.raises(InputError, match=f"{file.name}.*column {column} is double"):
        items(task, tmp_path)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_says_how_it_is_had(task: str) -> None:
    source = TASKS[task].source
    assert source.num_items
    assert source.licence
    assert f"FOLDER/{listing.folder_of(task, Path()).name}" in source.fetch
    assert LANGUAGES[task] <= set(source.languages)


def test_all_of_them_are_listed() -> None:
    assert len(TASKS) == sum(len(module.TASKS) for module in MODULES)
    assert all(listing.TASKS[name] is task for name, task in TASKS.items())


def _num_rows(task: str) -> int:
    return sum(len(rows) for name, rows in FILES[task].items() if not name.startswith("food-kb"))


def _right(item: Item) -> str:
    if item.answer_index is None:
        return item.answers[0] if item.answers else "x"
    return str(item.answer_index + 1) if "answer id" in item.prompt else "ABCDEFGH"[item.answer_index]
