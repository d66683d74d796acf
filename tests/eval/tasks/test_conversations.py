from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval.tasks import cultural_vqa, m_llava, xchat
from eval.tasks.judging import Judging
from eval.tasks.listing import TASKS
from eval.tasks.task import Score
from pipeline.errors import InputError
from tests.eval.tasks.copies import png
from tests.eval.tasks.published_rows import write_published
from tests.kit.real_input import ABSENT, SHARED

REAL = SHARED / "benchmarks" / "xchat"


def judging(meta: object) -> Judging:
    assert isinstance(meta, Judging)
    return meta


def read(task: str, judgement: str) -> Score:
    """What our rule makes of a judge's words."""
    readings = TASKS[task].judged
    assert readings is not None
    return readings[1](judgement)


WORDS = {
    "xchat": {
        "system": "Be fair.",
        "before": "Asked: {instruction}\nSaid: ",
        "after": "\nBest: {reference}\n{rubric}\n!",
    },
    "m_llava": {"system": "Be fair.", "before": "{context}\n{question}\nOne: {reference}\nTwo: ", "after": "\nMarks?"},
}


def copy_of(name: str, folder: Path, changes: dict[str, Any] | None = None) -> Path:
    """A copy with one row, and words of a judge that are ours."""
    (folder / "judge.yaml").write_text(yaml.safe_dump(WORDS[name]), encoding="utf-8")
    return write_published(name, folder, changes) if changes else write_published(name, folder)


@pytest.mark.parametrize("name", list(WORDS))
def test_without_a_judges_words_an_item_waits(tmp_path: Path, name: str) -> None:
    copy_of(name, tmp_path)
    (tmp_path / "judge.yaml").unlink()
    (item,) = TASKS[name].read(tmp_path)
    assert "judge" not in item.meta
    assert TASKS[name].strict(item, "x").state == "unjudged"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("system: a\nbefore: b\n", "must have three texts, system, before, after"),
        ("system: a\nbefore: '{whom}'\nafter: c\n", "in braces may stand only {.*whom"),
    ],
)
@pytest.mark.parametrize("name", list(WORDS))
def test_words_of_a_judge_that_cannot_be_used_are_refused(tmp_path: Path, name: str, words: str, said: str) -> None:
    copy_of(name, tmp_path)
    (tmp_path / "judge.yaml").write_text(words, encoding="utf-8")
    with pytest.raises(InputError, match=rf"judge\.yaml: {said}"):
        list(TASKS[name].read(tmp_path))


def test_xchat_asks_the_judge_with_rubric_and_reference(tmp_path: Path) -> None:
    copy_of("xchat", tmp_path)
    (item,) = xchat.read(tmp_path)
    asked = judging(item.meta["judge"]).prompt("¿{reply}?")
    grades = "\n".join(f"Score {n}: grade {n}" for n in range(1, 6))
    assert asked == (
        "Asked: You are helpful visual-language assistant.\n\n¿Qué {color} domina?\nSaid: ¿{reply}?\n"
        f"Best: El azul {{oscuro}}.\n[Is it right?]\n{grades}\n!"
    )
    assert read("xchat", "Good. [RESULT] 4").value == 0.75


def test_xchat_finds_pictures_by_the_number_of_the_row(tmp_path: Path) -> None:
    file = write_published("xchat", tmp_path)
    (row,) = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps([row, {**row, "instance_idx": 0}]), encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2: names the picture 1\.jpg"):
        list(xchat.read(tmp_path))
    (file.parent / "1.jpg").write_bytes(png(19))
    assert [item.pictures for item in xchat.read(tmp_path)] == [(png(18),), (png(19),)]


def test_xchat_passes_by_what_is_no_language(tmp_path: Path) -> None:
    file = write_published("xchat", tmp_path)
    for name in ("cultural_understanding/data.json", "responses/art/data.json", "Japanese/ocr/new_data.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(file.read_bytes())
    assert [item.language for item in xchat.read(tmp_path)] == ["es"]


@pytest.mark.skipif(not REAL.exists(), reason=ABSENT)
@pytest.mark.shared
def test_xchat_reads_real_rows() -> None:
    found = list(xchat.read(REAL))
    assert [item.language for item in found] == ["hi"] * 5 + ["es"] * 5
    assert len({item.cluster for item in found}) == 5  # the same pictures in both languages


def test_m_llava_asks_the_judge_for_two_marks(tmp_path: Path) -> None:
    copy_of("m_llava", tmp_path)
    (item,) = m_llava.read(tmp_path)
    asked = judging(item.meta["judge"]).prompt("おでん")
    assert (
        asked
        == "A pot of oden.\nSteam rises.\nこの写真の料理は何ですか。\nOne: これはおでんです。\nTwo: おでん\nMarks?"
    )
    assert read("m_llava", "8 6\nBoth are right.").parsed == "8 6"


def test_m_llava_takes_one_caption_as_well(tmp_path: Path) -> None:
    copy_of("m_llava", tmp_path, {"caption": "A pot."})
    assert judging(next(m_llava.read(tmp_path)).meta["judge"]).before.startswith("A pot.\n")


def test_cultural_vqa_without_answers_is_unjudged(tmp_path: Path) -> None:
    write_published("cultural_vqa", tmp_path)
    (item,) = cultural_vqa.read(tmp_path)
    assert (item.answers, item.country, cultural_vqa.strict(item, "kente").state) == ((), None, "unjudged")


def test_cultural_vqa_reads_what_its_authors_give(tmp_path: Path) -> None:
    write_published("cultural_vqa", tmp_path, {"answers": ["Kente", "kente cloth"], "country": "Nigeria"})
    (item,) = cultural_vqa.read(tmp_path)
    assert (item.answers, item.country) == (("Kente", "kente cloth"), "nigeria")
    assert cultural_vqa.strict(item, "kente").value == 1
    assert cultural_vqa.TASKS[0].paper(item, "kente").state == "unjudged"
