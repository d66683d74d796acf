"""Every published prompt, of a known row, letter by letter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from eval.tasks.listing import TASKS
from eval.tasks.task import Item
from tests.eval.tasks.copies import FILES, XGQA, statement, stored, write, write_copy
from tests.kit.real_input import ABSENT, SHARED

PUBLISHED = {
    "cvqa": "Question: මේ කුමක්ද? \n\n Options: A. බත්\nB. කිරිබත්\nC. රොටි\nD. ආප්ප \n\n "
    "Answer with the option's letter from the given choices directly.",
    "cvqa_en": "Question: What is this? \n\n Options: A. Rice\nB. Milk rice\nC. Roti\nD. Hoppers \n\n "
    "Answer with the option's letter from the given choices directly.",
    "marvl": "Does the content of the image support the given text? Text: Kuna madawati mawili.\n"
    "Options: (a) false (b) true. Answer with the option directly.",
    "nlvr2": "Does the content of the image support the given text? Text: There are two dogs.\n"
    "Options: (a) false (b) true. Answer with the option directly.",
    "xm100": "Provide a one-sentence caption for the provided image.",
    "maxm": "Qu'est-ce que c'est ?\nAnswer the question using a single word or phrase in French.",
    "xgqa": "Wer trägt das Kleid? \nAnswer the question using a single word or phrase in English.",
    "alm_bench": "איזו מנה זו?\nPlease provide brief, clear responses in Hebrew language.",
}
ALM_CHOICE = (
    "For the given Multiple Choice Question, analyze the question and answer strictly from one of the options below. "
    "Strictly answer the choice only. No additional text.\n{question}\n{options}"
)
ALM_TRUTH = "{question}\nThe above question is a True/False question. Please provide the answer as one word in Hebrew"


@pytest.mark.parametrize(("name", "published"), PUBLISHED.items())
def test_the_published_prompt(name: str, published: str, tmp_path: Path) -> None:
    write_copy(name.removesuffix("_en"), tmp_path)
    assert next(TASKS[name].read(tmp_path)).prompt == published


@pytest.mark.parametrize(
    ("kind", "answer", "prompt", "reference"),
    [
        ("True False Question", "נכון", ALM_TRUTH, "נכון"),
        ("Long Question", "מנה.", "{question}\nAnswer the question in detail in Hebrew language.", "מנה."),
        ("Multiple Choice Questions", "ב (א, ב, ג)", ALM_CHOICE.replace("{options}", "א, ב, ג"), "ב "),
        ("Multiple Choice Questions", "米（米、面）", ALM_CHOICE.replace("{options}", "米、面"), "米"),
        ("Multiple Choice Questions", "a (x (y) z)", ALM_CHOICE.replace("{options}", "x "), "a "),
        ("Multiple Choice Questions", "none in brackets", ALM_CHOICE.replace("{options}", ""), "none in brackets"),
    ],
)  # fmt: skip
def test_alm_bench_asks_by_type(kind: str, answer: str, prompt: str, reference: str, tmp_path: Path) -> None:
    write_copy("alm_bench", tmp_path, Question_Type=kind, Translated_Answer=answer)
    (item,) = TASKS["alm_bench"].read(tmp_path)
    assert item.prompt == prompt.replace("{question}", "איזו מנה זו?")
    assert item.answers == (reference,)


def test_merlin_asks_for_the_title_and_leaves_out_what_has_none(tmp_path: Path) -> None:
    write_copy("merlin", tmp_path)
    (item,) = TASKS["merlin"].read(tmp_path)
    assert '"東京タワー、今夜は青く光る"' in item.prompt
    assert (item.qid, item.answers) == (183536, ("Tokyo Tower",))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason=ABSENT)
@pytest.mark.parametrize("language", ["id", "sw", "ta"])
def test_real_statements_of_marvl(language: str, tmp_path: Path) -> None:
    lines = (SHARED / "benchmarks" / "marvl" / f"marvl-{language}.jsonl").read_bytes().splitlines()[:40]
    real = [orjson.loads(line) for line in lines]
    rows = [
        {
            "id": row["id"],
            "image": stored(2),
            "conversations": statement(row["caption"], "(b) true" if row["label"] else "(a) false"),
        }
        for row in real
    ]
    write(tmp_path / f"data/{language}-00000-of-00001.parquet", rows)
    items = list(TASKS["marvl"].read(tmp_path))
    assert [(item.meta["question"], item.answer_index, item.language) for item in items] == [
        (row["caption"], int(row["label"]), language) for row in real
    ]
    assert all(
        item.prompt.endswith("\nOptions: (a) false (b) true. Answer with the option directly.") for item in items
    )


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason=ABSENT)
@pytest.mark.parametrize("language", ["en", "bn", "de"])
def test_real_questions_of_xgqa(language: str, tmp_path: Path) -> None:
    file = SHARED / "benchmarks" / "xgqa" / f"few_shot_{language}_dev.json"
    real = list(orjson.loads(file.read_bytes()).values())[:40]
    rows = [{**XGQA, "question": row["question"], "answer": row["answer"]} for row in real]
    write(tmp_path / f"data/{language}-00000-of-00001.parquet", rows)
    items = list(TASKS["xgqa"].read(tmp_path))
    assert [(item.meta["question"], item.answers, item.language) for item in items] == [
        (row["question"], (row["answer"],), language) for row in real
    ]


def _only(name: str, folder: Path, **changed: Any) -> Item:
    write_copy(name.removesuffix("_en"), folder, **changed)
    return next(TASKS[name].read(folder))


def test_what_an_item_tells(tmp_path: Path) -> None:
    local, english = _only("cvqa", tmp_path / "cvqa"), _only("cvqa_en", tmp_path / "cvqa")
    assert (local.language, local.country, local.answers) == ("si", "sri_lanka", ("කිරිබත්",))
    assert (english.language, english.answer_index, english.answers) == ("en", 1, ("Milk rice",))
    assert local.cluster == english.cluster
    assert _only("cvqa", tmp_path / "2", Subset="('Filipino', 'Philippines')").country == "Philippines"
    assert _only("xm100", tmp_path / "xm100").language == "iw"
    assert _only("alm_bench", tmp_path / "alm", Language="Chinese (Simplified)").language == "zh"
    assert _only("marvl", tmp_path / "marvl").answers == ("true",)
    assert [item.item_id for item in TASKS["maxm"].read(_folder("maxm", tmp_path))] == ["fr-00000-of-00001-1-00a1"]


def _folder(name: str, folder: Path) -> Path:
    write_copy(name, folder / name)
    return folder / name


@pytest.mark.parametrize("name", FILES)
def test_ids_are_unique_and_no_prompt_is_empty(name: str, tmp_path: Path) -> None:
    items = list(TASKS[name].read(_folder(name, tmp_path)))
    assert items
    assert len({item.item_id for item in items}) == len(items)
    assert all(item.prompt.strip() and item.pictures and item.answers for item in items)
