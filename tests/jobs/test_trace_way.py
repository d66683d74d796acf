"""The whole life of an item: from the line of the dump to its shard, or to where it was left out and why."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from jobs.chain import run
from jobs.cli import main
from jobs.trace import trace
from pipeline.errors import UserError
from pipeline.generation import stages
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.generation.stub import StubEngine
from tests.kit.few_entities import JUDGED, FewEntities, outputs_of
from tests.kit.sample_run import SampleRun

pytestmark = pytest.mark.slow

Row = dict[str, Any]


def say_the_same(entities: list[Row], one: int, other: int) -> None:
    """An entity is said to be the same as another."""
    value = {"entity-type": "item", "numeric-id": other, "id": f"Q{other}"}
    snak = {"snaktype": "value", "property": "P460", "datatype": "wikibase-item",
            "datavalue": {"value": value, "type": "wikibase-entityid"}}  # fmt: skip
    said = {"mainsnak": snak, "type": "statement", "id": f"Q{one}$same", "rank": "normal"}
    next(entity for entity in entities if entity["id"] == f"Q{one}")["claims"]["P460"] = [said]


@dataclass(frozen=True)
class Made:
    """A run, its concepts in the order of the dump, and its dump's lines."""

    run: SampleRun
    qids: list[int]
    lines: list[str]
    list: Path

    def items(self, table: str = "judged", stage: str = "judge") -> list[tuple[Row, Row]]:
        rows = outputs_of(self.run)[stage].read(table, ["qid", "sha256", "items"]).to_pylist()
        return [(row, item) for row in rows for item in row["items"]]

    def told(self, qa_id: int) -> str:
        return "\n".join(trace(self.run.config, qa_id))

    def one(self, fits: Callable[[Row], bool], table: str = "judged", stage: str = "judge") -> Row:
        return next(item for _, item in self.items(table, stage) if fits(item))


@pytest.fixture(scope="module")
def made(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("traced")
    world = FewEntities(built_sample, commons, folder)
    qids = world.concepts()
    (folder / "held.jsonl").write_text(json.dumps({"qid": qids[2]}), encoding="utf-8")

    def change(entities: list[Row]) -> None:
        say_the_same(entities, *qids[:2])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "open_engine", lambda settings: StubEngine())
        kept = ("assemble.keep=passing", f"assemble.protected=[{folder}/held.jsonl]")
        found = world.run("traced", *JUDGED, *kept, change=change)
    with gzip.open(folder / "traced.json.gz", "rt", encoding="utf-8") as file:
        lines = [line for line in file if line.startswith("{")]
    return Made(found, qids, lines, folder / "held.jsonl")


def test_an_item_of_the_data_set_is_followed_to_its_shard(made: Made) -> None:
    of = made.qids[0]
    item = made.one(lambda item: item["qid"] == of, "shards", "assemble")
    told = made.told(item["qa_id"])
    number = next(at for at, line in enumerate(made.lines, 1) if f'"id": "Q{of}"' in line[:60])
    size = len(made.lines[number - 1].strip().rstrip(","))
    assert f"its line {number:,}, {size:,} bytes of text, comes of bytes " in told
    group = min(made.qids[:2])
    members = ", ".join(f"Q{qid}" for qid in sorted(made.qids[:2]))
    assert f"group       Q{group} with {members}: Q{of} is said to be the same as Q{made.qids[1]}" in told
    assert f"the hash of group Q{group} is 0." in told
    assert "test below 0.3, validation below 0.4, train above" in told
    assert "needed in en: picture_shows_entity 3, answerable 3, answer_supported 3, fluent 3" in told
    assert f"filters     none left it out: protected {made.list}, keep passing, alike" in told
    assert "the hash of its picture with seed 0; row " in told
    index = outputs_of(made.run)["assemble"].read("index").to_pylist()
    place = next(row for row in index if row["qa_id"] == item["qa_id"])
    assert f"shard       row {place['row']}, item {place['item']} of " in told
    assert f"{place['shard']}-" in told
    assert f"split {place['split']}" in told.splitlines()[0]


def test_an_entity_that_is_in_no_group_is_alone(made: Made) -> None:
    item = made.one(lambda item: item["qid"] == made.qids[3], "shards", "assemble")
    assert f"group       Q{made.qids[3]} alone" in made.told(item["qa_id"])


@pytest.mark.parametrize(
    ("place", "passes", "reason"),
    [(2, True, "protected_qid:held"), (2, False, "protected_qid:held"), (0, False, "not_passing"),
     (0, None, "not_judged")],
)  # fmt: skip
def test_an_item_that_was_left_out_is_followed_to_there_with_the_reason(
    made: Made, place: int, passes: bool | None, reason: str
) -> None:
    item = made.one(lambda item: item["qid"] == made.qids[place] and item["passes"] is passes)
    told = made.told(item["qa_id"])
    assert "not in the data set" in told.splitlines()[0]
    assert "last seen   in judge: row " in told
    found = f" (Q{item['qid']})" if reason.startswith("protected") else ""
    assert told.splitlines()[-1] == f"ended       in arrange: left out as {reason}{found}"
    assert "shard   " not in told


def test_an_item_of_a_picture_that_was_taken_down_is_told_so(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = replace(made.run, output=str(shutil.copytree(made.run.output, tmp_path / "copy")))
    item = made.one(lambda item: item["qid"] == made.qids[0], "shards", "assemble")
    settings = [argument for setting in copy.settings for argument in ("--set", setting)]
    assert main(["takedown", "--config", "configs/debug.yaml", *settings, "--qid", f"Q{made.qids[0]}"]) == 0
    capsys.readouterr()
    assert main(["trace", "--config", "configs/debug.yaml", *settings, str(item["qa_id"])]) == 0
    told = capsys.readouterr().out
    assert "ended       in assemble: its picture or entity was taken down" in told
    assert "no longer in the store" in told


def test_an_item_of_a_run_that_goes_on_is_followed_as_far_as_it_is(made: Made) -> None:
    begun = replace(made.run, overrides=(*made.run.overrides, "questions.max_items_per_picture=3"))
    with pytest.raises(UserError, match="`questions` is not complete"):
        list(trace(begun.config, 1))
    run(begun.config, last="questions", local=True)
    row = outputs_of(begun)["questions"].read("questions", ["items"]).to_pylist()[0]
    told = list(trace(begun.config, row["items"][0]["qa_id"]))
    assert told[-1] == "ended       nowhere yet: `rephrase` is not complete for this config"
    with pytest.raises(UserError, match="no item 12 in this run; ids stand in column qa_id of the items of "):
        list(trace(begun.config, 12))
