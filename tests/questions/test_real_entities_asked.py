"""Questions about real entities, checked by brute force against all that is stated of them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import Any

import pytest

from pipeline import vocabulary
from pipeline.questions.distractors import DistractorPool, pool_rows
from pipeline.questions.kinship import Kinship
from pipeline.questions.settings import QuestionSettings
from pipeline.questions.templates import Catalogue
from pipeline.reading import comparable
from pipeline.wikidata.columns import EntityColumns
from pipeline.wikidata.decode import decode
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata.dumps import lines_of

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)]

CODES = ("am", "ar", "bn", "de", "en", "fa", "ja", "ru", "sw", "tr")
LANGUAGES = {code: vocabulary.languages()[code].wikidata for code in CODES}
Row = dict[str, Any]


def domain_of(row: Row) -> str:
    """A domain in which much can be asked of it: here the rules are tested, not what it is."""
    stated = {statement["property"] for statement in row["statements"]}
    if 50 in stated:
        return "literature"
    if stated & {86, 175}:
        return "music"
    return "artwork" if stated & {170, 195} else "architecture"


@pytest.fixture(scope="module")
def concepts() -> list[Row]:
    """Real entities with a picture, as rows of `concepts`; labels of values where the value is among them."""
    rows: list[Row] = []
    labels: dict[int, list[Row]] = {}
    for line in lines_of(DUMPS["gz"]):
        raw = json.loads(line)
        aliases = raw.get("aliases") or {}
        if raw["id"].startswith("Q"):
            labels[int(raw["id"][1:])] = [
                {"language": code, "label": each["value"], "aliases": [one["value"] for one in aliases.get(code, ())]}
                for code, each in (raw.get("labels") or {}).items()
            ]
        columns = EntityColumns("2026-01-05")
        columns.add(decode(line))
        rows += columns.table().to_pylist()
    shown = [row for row in rows if any(statement["property"] == 18 for statement in row["statements"])]
    for row in shown:
        for statement in row["statements"]:
            statement["value_labels"] = labels.get(statement["qid"], []) if statement["qid"] else []
        row |= {
            "country": "germany", "countries": ["germany"], "domain": domain_of(row), "class_path": [],
            "labels": labels[row["qid"]],
        }  # fmt: skip
    return shown


@pytest.fixture(scope="module")
def asked(concepts: list[Row], catalogue: Catalogue) -> list[tuple[Row, list[Row]]]:
    parents: dict[int, set[int]] = defaultdict(set)
    for row in concepts:
        for statement in row["statements"]:
            if statement["property"] in (31, 279, 131, 361) and statement["qid"]:
                parents[row["qid"]].add(statement["qid"])
    pool = DistractorPool([each for row in concepts for each in pool_rows(row, catalogue)], LANGUAGES, {"native_name"})
    found = []
    for row in concepts:
        guid = next(each["statement_id"] for each in row["statements"] if each["property"] == 18)
        picture = {"qid": row["qid"], "statement_id": guid, "sha256": f"{row['qid']:064x}"}
        items, _ = questions_of(row, picture, catalogue, LANGUAGES, pool, Kinship(parents), QuestionSettings(CODES))
        found.append((row, items))
    return found


def test_many_families_ask_something_of_real_entities(asked: list[tuple[Row, list[Row]]]) -> None:
    families = Counter(item["template_id"].split("/")[0] for _, items in asked for item in items)
    assert sum(families.values()) > 5_000
    assert len(families) >= 12


def test_no_question_holds_its_answer(asked: list[tuple[Row, list[Row]]]) -> None:
    for _, items in asked:
        for item in items:
            assert comparable(item["answer"]) not in comparable(item["question"]), item["template_id"]
            assert set(item["question"]).isdisjoint("{}"), item["question"]


def test_no_wrong_option_is_true_by_any_statement(asked: list[tuple[Row, list[Row]]], catalogue: Catalogue) -> None:
    families = {family.name: family for family in catalogue.families}
    checked = 0
    for row, items in asked:
        for item in items:
            if item["choices"] is None:
                continue
            family = families[item["template_id"].split("/")[0]]
            true = [each for each in row["statements"] if each["property"] in family.true_properties]
            qids = {each["qid"] for each in true} - {None}
            names = {
                comparable(name)
                for each in true
                for label in each["value_labels"]
                if label["language"] in (*LANGUAGES[item["language"]], "mul")
                for name in (label["label"], *label["aliases"])
            }
            assert len({comparable(choice) for choice in item["choices"]}) == len(item["choices"])
            for place, choice in enumerate(item["choices"]):
                if place == item["answer_index"]:
                    assert choice == item["answer"]
                    continue
                assert comparable(choice) not in names, (item["template_id"], choice)
                assert item["choice_qids"] is None or item["choice_qids"][place] not in qids
                checked += 1
    assert checked > 5_000


def test_the_right_option_is_anywhere(asked: list[tuple[Row, list[Row]]]) -> None:
    places = Counter(item["answer_index"] for _, items in asked for item in items if item["choices"])
    even = sum(places.values()) / 4
    # Chi-square with 3 degrees of freedom; the ids are fixed.
    assert sum((places[place] - even) ** 2 / even for place in range(4)) < 16.27
