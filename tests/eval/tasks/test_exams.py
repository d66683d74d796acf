from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eval.tasks import m3exam, mmmu, xmmmu
from eval.tasks.task import Item
from pipeline.errors import InputError
from tests.eval.tasks.copies import png
from tests.eval.tasks.published_rows import EMPTY, write_published


def first(module: Any, task: str, folder: Path, changed: dict[str, Any]) -> Item:
    write_published(task, folder, changed)
    return next(iter(module.TASKS[0].read(folder)))


def test_mmmu_shows_each_picture_once_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    assert first(mmmu, "mmmu", tmp_path, {}).pictures == (png(1), png(2))


def test_mmmu_tells_of_a_picture_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 1: the prompt names picture 2, but image_2 is empty"):
        first(mmmu, "mmmu", tmp_path, {"image_2": EMPTY})


def test_xmmmu_shows_a_picture_where_it_is_named_and_again(tmp_path: Path) -> None:
    item = _french(tmp_path, {})
    assert item.pictures == (png(2), png(1), png(1))


def test_xmmmu_leaves_out_the_mark_of_a_picture_that_is_not_there(tmp_path: Path) -> None:
    item = _french(tmp_path, {"image_1": EMPTY})
    assert item.pictures == (png(2),)
    assert item.prompt.startswith("What does <image> take from ?\n")


def test_xmmmu_reads_options_that_a_translation_broke_over_lines(tmp_path: Path) -> None:
    assert _french(tmp_path, {"options": "['un\n deux', 'trois']"}).choices == ("un  deux", "trois")


def test_xmmmu_knows_the_languages_of_its_first_file_names(tmp_path: Path) -> None:
    file = write_published("xmmmu", tmp_path)
    file.rename(file.with_name("translated_MMMU_val_300_with_image_Hindi.parquet"))
    assert {item.language for item in xmmmu.read(tmp_path)} == {"en", "hi"}


def test_an_open_answer_may_be_one_of_several(tmp_path: Path) -> None:
    write_published("mmmu", tmp_path)
    opened = [item for item in mmmu.read(tmp_path) if item.kind == "open"]
    assert [(item.answers, item.groups) for item in opened] == [(("2.5", "5/2"), {"subject": "Math"})]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"options": "None of it"}, "is not the text of a list of strings"),
        ({"options": "[1, 2]"}, "is not the text of a list of strings"),
        ({"answer": "D", "question_type": "multiple-choice", "options": "['a']"}, "not the letter of one of 1 options"),
        ({"id": "Art 3"}, "is not of the form SPLIT_SUBJECT_NUMBER"),
        ({"image_1": {"bytes": b"no picture", "path": None}}, "its picture cannot be decoded"),
    ],
)
def test_mmmu_tells_what_is_wrong_with_a_row(changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"row 1: .*{told}"):
        first(mmmu, "mmmu", tmp_path, changed)


def test_m3exam_shows_the_first_picture_of_a_question_with_a_place(tmp_path: Path) -> None:
    assert first(m3exam, "m3exam", tmp_path, {}).pictures == (png(10),)


def test_m3exam_shows_all_pictures_where_options_have_them_or_nothing_has(tmp_path: Path) -> None:
    options = ["(A) (image)[a.png]", "(B) (image)[b.png]"]
    item = first(m3exam, "m3exam", tmp_path, {"question_text": "แผนที่ใด", "options": options})
    assert item.pictures == (png(10), png(11))
    assert item.prompt.endswith("แผนที่ใด\n\nคำตอบ:")


@pytest.mark.parametrize(("answer", "index"), [("B", 1), ("2", 1), ("(4)", 3), ("E", None), ("9", None), ("", None)])
def test_m3exam_reads_answers_as_letters_and_numbers(answer: str, index: int | None, tmp_path: Path) -> None:
    item = first(m3exam, "m3exam", tmp_path, {"answer_text": answer})
    assert item.answer_index == index
    if index is None:
        assert m3exam.paper(item, "A").value == m3exam.strict(item, "A").value == 0


def test_m3exam_options_lose_a_number_of_their_own(tmp_path: Path) -> None:
    options = ["3 cm", "A. five", "（2） หก", "Dog"]
    assert first(m3exam, "m3exam", tmp_path, {"options": options}).choices == ("cm", "five", "หก", "Dog")


def test_m3exam_draws_where_the_published_parser_draws(tmp_path: Path) -> None:
    item = first(m3exam, "m3exam", tmp_path, {})
    assert m3exam.paper(item, "ไม่รู้").guessed
    assert m3exam.strict(item, "ไม่รู้").state == "unparsed"
    assert m3exam.paper(item, "ภูเขา").value == 0 or m3exam.paper(item, "2. ภูเขา").value == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"language": "klingon"}, "language 'klingon' is none of"),
        ({"subject_category": "art"}, "subject_category 'art' is none of"),
        ({"image_0": "%%"}, "image_0 is no base64"),
        ({"image_1": "aGVsbG8="}, "its picture cannot be decoded"),
    ],
)
def test_m3exam_tells_what_is_wrong_with_a_row(changed: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"row 1: {told}"):
        first(m3exam, "m3exam", tmp_path, changed)


def _french(folder: Path, changed: dict[str, Any]) -> Item:
    write_published("xmmmu", folder, changed)
    return next(item for item in xmmmu.read(folder) if item.language == "fr")
