from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.budget import SpendGuard
from pipeline.commit import CommitRecord, Counts, Manifest, Spend
from pipeline.commons.settings import Images
from pipeline.config import Budget
from pipeline.errors import ConfigError
from pipeline.local_executor import execute_locally
from pipeline.questions.kinship import Kinship
from pipeline.questions.settings import Questions
from pipeline.questions.stage import QuestionsStage, kinship
from pipeline.questions.templates import shipped_catalogue
from pipeline.runner import run_stage
from pipeline.schema import CONCEPTS, EDGES, IMAGES, TABLES
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import write_table
from tests.questions.rows import concept, full_concept, item, world

Row = dict[str, Any]
LANGUAGES = ("sw", "en")
# Whatever the state of the catalogue, its wordings are tried.
asking = partial(Questions, status="draft")
CONFIG = asking(languages=LANGUAGES)
ROWS_PER_PARTITION = 4
FAMILIES = len(shipped_catalogue().families)


def asked_of(row: Row) -> int:
    """Families that a full concept can be asked of."""
    return sum(not family.domains or row["domain"] in family.domains for family in shipped_catalogue().families)


def _output(root: Path, stage: str, table: str, partitions: Mapping[str, Sequence[Row]]) -> StageOutput:
    directory = open_storage(str(root / stage))
    commits = []
    for partition, rows in partitions.items():
        file = write_table(directory, table, partition, pa.Table.from_pylist(list(rows), schema=TABLES[table]))
        commits.append(CommitRecord(stage, partition, None, Counts("rows", len(rows), len(rows)), (file,)))
    return StageOutput(directory, Manifest(stage, "test", tuple(commits)))


def _picture(concept_row: Row, sha256: str, **fields: Any) -> Row:
    qid = concept_row["qid"]
    empty: Row = {
        field.name: {"string": "x", "bool": True}.get(str(field.type), 1) for field in IMAGES if not field.nullable
    }
    return {**empty, "qid": qid, "statement_id": f"Q{qid}$picture", "property": 18, "sha256": sha256, **fields}


def _inputs(root: Path, concepts: Sequence[Row], pictures: Sequence[Sequence[Row]], edges: Sequence[Row] = ()) -> dict[
    str, StageOutput
]:  # fmt: skip
    half = len(concepts) // 2
    return {
        "extract": _output(root, "extract", "edges", {"0": edges[::2], "1": edges[1::2]}),
        "select": _output(root, "select", "concepts", {"0": concepts[:half], "1": concepts[half:]}),
        "images": _output(root, "images", "images", {f"{number:06d}": rows for number, rows in enumerate(pictures)}),
    }


def _run(stage: QuestionsStage, inputs: Mapping[str, StageOutput], output: Storage) -> StageOutput:
    return run_stage(stage, inputs, output, execute_locally, SpendGuard(Budget(), Spend()), 60.0)


def _stage(config: Questions = CONFIG) -> QuestionsStage:
    return QuestionsStage(config, Images(rows_per_partition=ROWS_PER_PARTITION))


def _pictures(concepts: Sequence[Row]) -> list[list[Row]]:
    """One picture an entity, in the partitions that the stage `images` would have made."""
    pictures = [_picture(row, f"{row['qid']:064x}") for row in concepts]
    return [pictures[start : start + ROWS_PER_PARTITION] for start in range(0, len(pictures), ROWS_PER_PARTITION)]


def _edges(pairs: Sequence[tuple[int, int]], prop: int = 279) -> list[Row]:
    return [{"subject": one, "property": prop, "object": other, "rank": "normal"} for one, other in pairs]


def test_every_picture_has_its_row_and_its_questions(tmp_path: Path) -> None:
    concepts = world(10)
    inputs = _inputs(tmp_path, concepts, _pictures(concepts))
    output = _run(_stage(), inputs, open_storage(str(tmp_path / "out")))
    rows = output.read("questions").to_pylist()
    assert [(row["qid"], row["sha256"], row["domain"], row["country"], row["num_sitelinks"]) for row in rows] == [
        (row["qid"], f"{row['qid']:064x}", row["domain"], "peru", 5) for row in concepts
    ]
    assert [commit.partition for commit in output.manifest.commits] == ["000000", "000001", "000002"]
    assert [commit.input_rows for commit in output.manifest.commits] == [4, 4, 2]
    made = sum(len(row["items"]) for row in rows)
    counts = output.manifest.counts
    assert (counts.unit, counts.rows_in, counts.ok) == ("pictures", 10, 10)
    assert made == sum(map(asked_of, concepts)) * len(LANGUAGES) * 2
    assert counts.details == {"items": made, "not_for_domain": 10 * FAMILIES * len(LANGUAGES) * 2 - made}
    assert len({item["qa_id"] for row in rows for item in row["items"]}) == made


def test_several_pictures_of_an_entity_and_entities_without_one(tmp_path: Path) -> None:
    concepts = world(6)
    first = [_picture(concepts[1], "aa", picture_rank=0), _picture(concepts[1], "bb", picture_rank=1)]
    inputs = _inputs(tmp_path, concepts, [first, []])
    output = _run(_stage(), inputs, open_storage(str(tmp_path / "out")))
    rows = output.read("questions").to_pylist()
    assert [(row["qid"], row["sha256"]) for row in rows] == [(2, "aa"), (2, "bb")]
    ids = [[item["qa_id"] for item in row["items"]] for row in rows]
    assert len(ids[0]) == len(ids[1]) > 0
    assert not set(ids[0]) & set(ids[1])


def test_one_file_under_two_titles_is_asked_about_once(tmp_path: Path) -> None:
    concepts = world(10)
    twice = [_picture(concepts[0], "aa", title="A.jpg"), _picture(concepts[0], "aa", title="B.jpg")]
    other = [_picture(concepts[1], "aa", title="A.jpg")]
    output = _run(
        _stage(), _inputs(tmp_path, concepts, [[*twice, *other], [], []]), open_storage(str(tmp_path / "out"))
    )
    rows = output.read("questions").to_pylist()
    asked = [asked_of(row) * len(LANGUAGES) * 2 for row in concepts[:2]]
    assert [(row["qid"], len(row["items"])) for row in rows] == [(1, asked[0]), (1, 0), (2, asked[1])]
    all_families = FAMILIES * len(LANGUAGES) * 2
    assert output.manifest.counts.details == {
        "items": sum(asked), "same_picture": all_families, "not_for_domain": 2 * all_families - sum(asked),
    }  # fmt: skip
    assert output.manifest.counts.ok == 3


def test_what_is_not_asked_is_counted_by_reason(tmp_path: Path) -> None:
    concepts = [*world(7), concept(8, [item("a", 17, 2001)])]
    output = _run(_stage(), _inputs(tmp_path, concepts, _pictures(concepts)), open_storage(str(tmp_path / "out")))
    counts = output.manifest.counts
    # Of the last one only the name and the country are known, which `religion_country` asks too, but for the religion.
    assert counts.details["no_statement"] == (asked_of(concepts[-1]) - 3) * len(LANGUAGES) * 2
    assert counts.details["nothing_given"] == len(LANGUAGES) * 2
    assert sum(counts.details.values()) == 8 * FAMILIES * len(LANGUAGES) * 2


def test_settings_reach_the_items(tmp_path: Path) -> None:
    concepts = world(8)
    config = asking(languages=("sw",), kinds=("choice",), num_choices=3, max_items_per_picture=2)
    output = _run(_stage(config), _inputs(tmp_path, concepts, _pictures(concepts)), open_storage(str(tmp_path / "out")))
    for row in output.read("questions").to_pylist():
        assert len(row["items"]) == 2
        assert {(item["language"], item["kind"], len(item["choices"])) for item in row["items"]} == {
            ("sw", "choice", 3)
        }


def test_wrong_options_come_from_the_whole_table_and_heed_the_edges(tmp_path: Path) -> None:
    concepts = world(20)
    wanted = asking(languages=("en",), kinds=("choice",), num_choices=7)

    def offered(name: str, edges: Sequence[Row]) -> set[int]:
        pictures = [[_picture(concepts[0], f"{number:064x}") for number in range(3)], [], [], [], []]
        inputs = _inputs(tmp_path / name, concepts, pictures, edges)
        rows = _run(_stage(wanted), inputs, open_storage(str(tmp_path / name / "out"))).read("questions").to_pylist()
        found = [made for row in rows for made in row["items"] if made["property"] == 17]
        assert {len(made["choice_qids"]) for made in found} == {7}
        return {qid for made in found for qid in made["choice_qids"]} - {2001}

    free = offered("free", [])
    # Values of things of the same domain and of other countries, wherever in the table they stand.
    assert free == {2003, 2005, 2009, 2011, 2015, 2017}
    above_and_below = _edges([(2003, 9001), (9001, 2001), (2001, 9003), (9003, 2005)], prop=131)
    without_kin = offered("kin", above_and_below)
    # In the place of the two come values of things of the same domain that were seen in its own country too.
    assert len(without_kin) == 6
    assert free - without_kin == {2003, 2005}
    assert without_kin - free < {2007, 2013, 2019}


def test_ancestors_are_followed_to_a_depth_over_all_files(tmp_path: Path) -> None:
    chain = [(number, number + 1) for number in range(1, 9)]
    extract = _output(tmp_path, "extract", "edges", {"0": _edges(chain[::2]), "1": _edges(chain[1::2])})
    assert kinship(extract, {1, 50}, depth=3) == Kinship.of({1: {2}, 2: {3}, 3: {4}})
    assert kinship(extract, {1, 3}, depth=2) == Kinship.of({1: {2}, 2: {3}, 3: {4}, 4: {5}})
    assert kinship(extract, {50}) == Kinship.of({})
    assert kinship(extract, set()) == Kinship.of({})


def test_a_circle_of_classes_ends(tmp_path: Path) -> None:
    extract = _output(tmp_path, "extract", "edges", {"0": _edges([(1, 2), (2, 1), (2, 2)])})
    found = kinship(extract, {1})
    assert found == Kinship.of({1: {2}, 2: {1, 2}})
    assert found.related(1, 2)


def test_how_pictures_are_cut_into_partitions_changes_no_item(tmp_path: Path) -> None:
    concepts = world(9)
    found = []
    for size in (2, 9):
        stage = QuestionsStage(CONFIG, Images(rows_per_partition=size))
        pictures = [_picture(row, f"{row['qid']:064x}") for row in concepts]
        cut = [pictures[start : start + size] for start in range(0, len(pictures), size)]
        inputs = _inputs(tmp_path / str(size), concepts, cut)
        found.append(_run(stage, inputs, open_storage(str(tmp_path / str(size) / "out"))).read("questions"))
    assert found[0].equals(found[1])


def test_the_fingerprint_is_of_what_decides_the_items(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, world(4), _pictures(world(4)))
    same = [
        asking(languages=LANGUAGES, max_quarantined=0.5),
        asking(languages=LANGUAGES),
    ]
    others = [
        asking(languages=("sw",)), asking(languages=LANGUAGES, kinds=("open",)),
        asking(languages=LANGUAGES, num_choices=3), asking(languages=LANGUAGES, max_items_per_picture=3),
    ]  # fmt: skip
    prints = [_stage(config).fingerprint(inputs) for config in (CONFIG, *same, *others)]
    assert prints[0] == prints[1] == prints[2]
    assert len(set(prints)) == 1 + len(others)


def test_a_language_without_wordings_stops_the_stage_before_it_starts(tmp_path: Path) -> None:
    stage = _stage()
    stage.config = Questions.model_construct(languages=("sw", "xx"))
    inputs = _inputs(tmp_path, world(4), _pictures(world(4)))
    with pytest.raises(ConfigError, match="no question wordings in xx"):
        _run(stage, inputs, open_storage(str(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_rows_of_the_tests_fit_the_tables() -> None:
    pa.Table.from_pylist([full_concept(1)], schema=CONCEPTS).validate(full=True)
    pa.Table.from_pylist([_picture(full_concept(1), "aa")], schema=IMAGES).validate(full=True)
    pa.Table.from_pylist(_edges([(1, 2)]), schema=EDGES).validate(full=True)
