"""Two runs of a few entities that differ in one thing each: a diff says that thing, and all that came of it.

What came of it is found a second time by comparing the rows of all shards one by one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jobs.chain import STAGES
from jobs.cli import main
from jobs.diff import load_run
from pipeline.diff.aspects import ASPECTS, told
from pipeline.diff.compare import Comparison, compare
from pipeline.diff.run import Run
from pipeline.diff.shown import lines
from pipeline.generation import stages
from pipeline.questions import stage as questions_stage
from pipeline.questions import templates
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.generation.stub import StubEngine
from tests.kit.few_entities import JUDGED, FewEntities, is_dated, outputs_of
from tests.kit.sample_run import SampleRun

pytestmark = pytest.mark.slow

Row = dict[str, Any]


def compared(one: SampleRun, other: SampleRun, **options: Any) -> Comparison:
    return compare(run_of(one), run_of(other), **options)


def run_of(made: SampleRun) -> Run:
    return Run("a run", outputs_of(made))


def items_of(made: SampleRun) -> dict[int, tuple[Row, Row]]:
    """qa_id -> row and item of every sample."""
    output = run_of(made).outputs["assemble"]
    return {item["qa_id"]: (row, item) for row in output.read("shards").to_pylist() for item in row["items"]}


@dataclass(frozen=True)
class Plain:
    """What a comparison of all rows one by one gives."""

    came: set[int]
    went: set[int]
    changed: dict[int, set[str]]

    @classmethod
    def of(cls, one: SampleRun, other: SampleRun) -> Plain:
        was, now = items_of(one), items_of(other)
        changed = {}
        for qa_id in was.keys() & now.keys():
            before, after = told(*was[qa_id]), told(*now[qa_id])
            aspects = {
                aspect for aspect, names in ASPECTS.items() if any(before[name] != after[name] for name in names)
            }
            if aspects:
                changed[qa_id] = aspects
        return cls(now.keys() - was.keys(), was.keys() - now.keys(), changed)


def assert_as_plain(found: Comparison, one: SampleRun, other: SampleRun) -> Plain:
    """The numbers are those of the plain comparison, in all and by language and country."""
    plain, items = Plain.of(one, other), found.items
    assert items is not None
    assert (items.came.num, items.went.num, items.changed.num) == tuple(
        map(len, (plain.came, plain.went, plain.changed))
    )
    for aspect in ASPECTS:
        assert items.changed.by[aspect] == sum(aspect in aspects for aspects in plain.changed.values())
    was, now = items_of(one), items_of(other)
    for axis, names in items.by.items():
        for what, ids, rows in (
            ("before", was, was), ("after", now, now), ("came", plain.came, now), ("went", plain.went, was),
            ("changed", plain.changed, was),
        ):  # fmt: skip
            counted: dict[str, int] = {}
            for qa_id in ids:
                row, item = rows[qa_id]
                name = item[axis] if axis in item else row[axis]
                counted[name] = counted.get(name, 0) + 1
            assert {name: counts[what] for name, counts in names.items() if counts[what]} == counted
    for examples, ids in ((items.came.examples, plain.came), (items.went.examples, plain.went)):
        assert {example["qa_id"] for example in examples} <= ids
        assert bool(examples) == bool(ids)
    for example in items.changed.examples:
        was_told, now_told = told(*was[example["qa_id"]]), told(*now[example["qa_id"]])
        assert example["changed"] == {
            name: [was_told[name], now_told[name]] for name in was_told if was_told[name] != now_told[name]
        }
    return plain


@pytest.fixture(scope="module")
def world(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> FewEntities:
    return FewEntities(built_sample, commons, tmp_path_factory.mktemp("diff"))


@pytest.fixture(scope="module")
def base(world: FewEntities) -> SampleRun:
    return world.run("base")


def states(found: Comparison) -> dict[str, str]:
    return {stage.stage: stage.state for stage in found.stages}


def test_a_run_and_its_copy_elsewhere_are_the_same(
    world: FewEntities, base: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(base, base).is_none
    copy = shutil.copytree(base.output, tmp_path / "copy")
    record = (copy / "debug.json").read_text(encoding="utf-8")
    (copy / "debug.json").write_text(record.replace(base.output, "/where/it/was"), encoding="utf-8")
    assert main(["diff", f"{base.output}/debug.json", f"{copy}/debug.json"]) == 0
    number = STAGES.index("assemble") + 1
    assert f"the same: {number} stages with equal fingerprints and equal files" in capsys.readouterr().out


def test_an_altered_statement_changes_what_rests_on_it(world: FewEntities, base: SampleRun) -> None:
    altered: list[str] = []
    concepts = {f"Q{qid}" for qid in world.concepts()}

    def change(entities: list[Row]) -> None:
        entity = next(entity for entity in entities if entity["id"] in concepts and is_dated(entity))
        value = entity["claims"]["P571"][0]["mainsnak"]["datavalue"]["value"]
        value["time"] = "+1901" + value["time"][5:] if value["time"][1:5] != "1901" else "+1902" + value["time"][5:]
        altered.append(entity["id"])

    other = world.run("statement", change=change)
    found = compared(base, other)
    assert states(found)["extract"] == "differs"
    [dump] = [setting for setting in found.stages[0].settings if setting.key == "dump"]
    assert dump.before != dump.after
    assert found.first is found.stages[0]
    assert found.concepts is not None
    assert found.concepts.is_none
    plain = assert_as_plain(found, base, other)
    rest_on_it = {
        qa_id for qa_id, (_, item) in items_of(base).items() if item["property"] == 571 and f"Q{item['qid']}" in altered
    }
    assert rest_on_it
    assert rest_on_it == {qa_id for qa_id, aspects in plain.changed.items() if "statement" in aspects}
    assert all("answer" in plain.changed[qa_id] for qa_id in rest_on_it)


def test_an_entity_that_is_gone_takes_its_picture_and_its_items_with_it(world: FewEntities, base: SampleRun) -> None:
    gone = world.concepts()[1:2]

    def change(entities: list[Row]) -> None:
        entities[:] = [entity for entity in entities if entity["id"] != f"Q{gone[0]}"]

    other = world.run("gone", change=change)
    found = compared(base, other)
    assert found.concepts is not None
    assert found.pictures is not None
    assert (found.concepts.went.num, found.concepts.came.num, found.concepts.changed.num) == (1, 0, 0)
    assert found.concepts.went.examples == gone
    assert found.concepts.went.reasons == {"no candidate in the dump": 1}
    assert found.pictures.went.reasons == {"its entity is no concept": found.pictures.went.num}
    plain = assert_as_plain(found, base, other)
    of_it = {qa_id for qa_id, (row, _) in items_of(base).items() if [row["qid"]] == gone}
    assert of_it <= plain.went
    assert found.items is not None
    assert found.items.went.reasons["its entity is no concept"] == len(of_it)
    # And the other way round everything comes.
    back = compared(other, base)
    assert back.concepts is not None
    assert back.concepts.came.examples == gone
    assert_as_plain(back, other, base)


def test_a_mended_template_changes_the_wordings_of_its_family_in_its_language(
    world: FewEntities, base: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = shutil.copytree(templates.CATALOGUE, tmp_path / "catalogue")
    file = catalogue / "languages" / "sw" / "what.yaml"
    text = file.read_text(encoding="utf-8")
    start = text.index("\n  name:\n")
    block = text[start:].replace("revision: 1", "revision: 2", 1)
    file.write_text(text[:start] + block, encoding="utf-8")
    monkeypatch.setattr(questions_stage, "shipped_catalogue", lambda: templates.load_catalogue(catalogue))
    monkeypatch.setattr(
        questions_stage, "catalogue_identity", lambda languages: templates.catalogue_identity(languages, catalogue)
    )
    other = world.run("template")
    mended = run_of(other)
    monkeypatch.undo()
    found = compare(run_of(base), mended)
    assert found.first is not None
    assert found.first.stage == "questions"
    assert [setting.key for setting in found.first.settings] == ["catalogue.languages.sw"]
    assert found.first.follows == ()
    assert [states(found)[name] for name in ("extract", "select", "images")] == ["same"] * 3
    assert found.items is not None
    family = {qa_id for qa_id, (_, item) in items_of(base).items() if item["template_id"].startswith("name/sw/")}
    assert family
    assert (found.items.came.num, found.items.went.num, found.items.changed.num) == (0, 0, len(family))
    assert found.items.changed.by == {"template": len(family)}
    assert {example["qa_id"] for example in found.items.changed.examples} <= family
    assert {name for name, counts in found.items.by["language"].items() if counts["changed"]} == {"sw"}


def test_a_raised_threshold_changes_verdicts_alone(world: FewEntities, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "open_engine", lambda settings: StubEngine(revision=settings.revision))
    one = world.run("judged", *JUDGED)
    other = world.run("judged", *JUDGED, "judge.thresholds.fluent=5")
    found = compared(one, other)
    assert found.first is not None
    assert found.first.stage == "judge"
    assert [(each.key, each.before, each.after) for each in found.first.settings] == [("thresholds.fluent", 3, 5)]
    plain = assert_as_plain(found, one, other)
    scores = {qa_id: item["score_fluent"] for qa_id, (_, item) in items_of(one).items()}
    assert plain.changed == {qa_id: {"verdict"} for qa_id, score in scores.items() if score in (3, 4)}
    assert plain.changed
    newer = world.run("judged", *JUDGED[:3], "generation.revision='2'", *JUDGED[4:])
    models = compared(one, newer).models
    assert [(each.key, each.before, each.after) for each in models][:1] == [("judge en", "stub@1", "stub@2")]


@pytest.mark.parametrize("part", [40, 10**9])
def test_items_are_compared_alike_however_many_fit_in_memory(world: FewEntities, base: SampleRun, part: int) -> None:
    other = world.run("fewer", "questions.max_items_per_picture=9")
    found = compared(base, other, part=part)
    plain = assert_as_plain(found, base, other)
    assert found.items is not None
    assert found.items.went.reasons == {"not asked": len(plain.went)}
    assert "by language" in "\n".join(lines(found))


# The command.


def test_the_command_takes_configs_and_writes_json(
    world: FewEntities, base: SampleRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.run("fewer", "questions.max_items_per_picture=9")
    file = tmp_path / "run.yaml"
    settings = base.config.model_dump(mode="json")
    file.write_text(json.dumps(settings), encoding="utf-8")
    target = tmp_path / "diff.json"
    arguments = ["diff", str(file), str(file), "--set-after", "questions.max_items_per_picture=9"]
    assert main([*arguments, "--json", str(target)]) == 1
    printed = capsys.readouterr().out
    assert "questions         differs, by its own settings (the first that differs)" in printed
    assert "max_items_per_picture: absent -> 9" in printed
    said = json.loads(target.read_bytes())
    assert said["first"] == "questions"
    assert said["same"] is False
    assert said["items"]["went"]["num"] > 0


REFUSED: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "no such record": (lambda folder: [f"{folder}/a.json"] * 2, "there is no such run record"),
    "neither": (lambda folder: [str(folder)] * 2, "is no run; give a run record"),
    "not JSON": (lambda folder: [_file(folder, "b.json", "{")] * 2, "is not JSON"),
    "another JSON": (lambda folder: [_file(folder, "c.json", '{"a": 1}')] * 2, "is no run record"),
    "stages that are gone": (
        lambda folder: [_file(folder, "d.json", json.dumps({"extract": f"{folder}/extract/0123"}))] * 2,
        "for stage extract, where no complete stage is",
    ),
    "settings of a record": (
        lambda folder: [_file(folder, "e.json", "{}"), "x.json", "--set-before", "a.b=1"], "of a config only",
    ),
}  # fmt: skip


def _file(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_run_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, words = REFUSED[name]
    assert main(["diff", *arguments(tmp_path)]) == 2
    assert words in capsys.readouterr().err


def test_a_config_that_was_not_run_is_told(base: SampleRun, tmp_path: Path) -> None:
    settings: Mapping[str, Any] = base.config.model_dump(mode="json") | {"output": str(tmp_path / "empty")}
    file = _file(tmp_path, "run.yaml", json.dumps(settings))
    with pytest.raises(Exception, match="no stage of it is complete"):
        load_run(file, ())
