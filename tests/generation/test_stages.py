"""The two stages through the runner, in process, with an engine that has no model."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.budget import SpendGuard
from pipeline.commit import CommitRecord, Counts, Manifest, Spend
from pipeline.config import Budget
from pipeline.errors import ConfigError, StorageError, UserError
from pipeline.generation import held_value, signs, stages
from pipeline.generation.examples import load_examples
from pipeline.generation.on_demand import EngineOnDemand
from pipeline.generation.prompt_file import PROMPTS
from pipeline.generation.request import Engine, EngineDied, Reply, Request
from pipeline.generation.settings import Generation, Judge, Rephrase, Thresholds
from pipeline.generation.stages import GenerationStage, JudgeStage, RephraseStage
from pipeline.local_executor import execute_locally
from pipeline.runner import run_stage
from pipeline.schema import QUESTIONS, TABLES
from pipeline.stage import Inputs, Outcome, Partition, StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import write_table
from tests.generation.rows import group, item, picture_of
from tests.generation.stub import StubEngine, good, is_retry, template_of
from tests.generation.test_examples import write as write_examples
from tests.kit.stored_pictures import store

Row = dict[str, Any]
# The stub is opened in place of an endpoint, whose model needs no file to be known.
MODEL = {"engine": "endpoint", "endpoint_url": "http://localhost/v1", "model": "stub", "revision": "1"}
LANGUAGES = ("en", "ar", "ja")
OTHERS = [{"languages": ["sw"], "model": "other", "revision": "2"}]
GENERATION = Generation(**MODEL, languages=LANGUAGES)
GROUPS = [[group(1), group(2), group(3)], [group(4)], []]


class StubbedRephrase(RephraseStage):
    """Opens a stub; keeps what each partition reported."""

    engine: StubEngine = StubEngine()
    logs: list[dict[str, int]]

    def start(self) -> Engine:
        return self.engine

    async def process_with(self, partition: Partition, inputs: Inputs, shared: Any, kept: EngineOnDemand) -> Outcome:
        outcome = await super().process_with(partition, inputs, shared, kept)
        self.logs.append(dict(outcome.log))
        return outcome


class StubbedJudge(JudgeStage):
    engine: StubEngine = StubEngine()

    def start(self) -> Engine:
        return self.engine


def judge(output: Storage, engine: StubEngine | None = None, **config: Any) -> StubbedJudge:
    stage = StubbedJudge(Judge(**config), GENERATION, output)
    stage.engine = engine or StubEngine()
    return stage


def rephrase(
    output: Storage, engine: StubEngine | None = None, generation: Generation = GENERATION, **config: Any
) -> StubbedRephrase:
    """A request for each item, unless told: then what was asked can be counted."""
    stage = StubbedRephrase(Rephrase(**{"items_per_request": 1, **config}), generation, output)
    stage.engine, stage.logs = engine or StubEngine(), []
    return stage


def questions(output: Storage, partitions: Sequence[Sequence[Row]] = GROUPS, *, pictures: bool = True) -> StageOutput:
    """A complete stage `questions`; the name of its directory is of no matter here."""
    directory = output.child("questions/hand-made")
    commits = []
    for number, rows in enumerate(partitions):
        table = pa.Table.from_pylist(list(rows), schema=QUESTIONS)
        file = write_table(directory, "questions", f"{number:06d}", table)
        commits.append(
            CommitRecord("questions", f"{number:06d}", None, Counts("pictures", len(rows), len(rows)), (file,))
        )
        for row in rows if pictures else ():
            store(output, picture_of(row["qid"]))
    return StageOutput(directory, Manifest("questions", "hand-made", tuple(commits)))


def run(stage: GenerationStage, before: StageOutput) -> StageOutput:
    return run_stage(
        stage, {stage.after[0]: before}, stage.output, execute_locally, SpendGuard(Budget(), Spend()), 60.0
    )


def forget_stages(root: Path) -> None:
    """As after a change of something that replies do not depend on: the stages are done anew, the replies are there."""
    for name in ("rephrase", "judge"):
        shutil.rmtree(root / name, ignore_errors=True)


def test_rows_items_and_partitions_pass_through_both_stages(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output)
    reworded = run(rephrase(output), before)
    judged = run(judge(output), reworded)
    tables = [before.read("questions"), reworded.read("rephrased"), judged.read("judged")]
    identities = [
        [[row["qid"], row["sha256"], [each["qa_id"] for each in row["items"]]] for row in table.to_pylist()]
        for table in tables
    ]
    assert identities[0] == identities[1] == identities[2]
    for after in (reworded, judged):
        assert [(each.partition, each.input_rows, each.counts.ok) for each in after.manifest.commits] == [
            ("000000", 3, 3), ("000001", 1, 1), ("000002", 0, 0),
        ]  # fmt: skip
    assert reworded.manifest.counts.details == {"items": 24, "rephrased": 24}
    assert judged.manifest.counts.details == {"items": 24, "judged": 24}
    for row in judged.read("judged").to_pylist():
        for each in row["items"]:
            assert (each["rephrase_model"], each["judge_model"]) == ("stub@1", "stub@1")
            assert each["answer_supported"] is not None


def test_a_second_run_takes_everything_from_the_store(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output)
    first = rephrase(output)
    done = run(first, before)
    assert sum(log.get("generated", 0) for log in first.logs) == 24
    forget_stages(tmp_path)
    second = rephrase(output)
    again = run(second, before)
    assert second.engine.requests == []
    assert sum(log["from_store"] for log in second.logs if log) == 24
    # Where replies came from is not part of the result: what is built on it stays valid.
    assert again.manifest.digest == done.manifest.digest


def test_a_changed_template_of_one_language_regenerates_that_language_only(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    run(rephrase(output), questions(output))
    mended = [
        [
            {
                **row,
                "items": [
                    {**each, "question": f"إذن {each['question']}", "original_question": f"إذن {each['question']}"}
                    if each["language"] == "ar"
                    else each
                    for each in row["items"]
                ],
            }
            for row in rows
        ]
        for rows in GROUPS
    ]
    stage = rephrase(output)
    run(stage, questions(output, mended))
    assert len(stage.engine.requests) == 8
    assert all(template_of(request).startswith("إذن") for request in stage.engine.requests)
    assert sum(log.get("from_store", 0) for log in stage.logs) == 16


def test_a_larger_share_pays_only_for_what_is_new(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number) for number in range(20)]])
    small, large = rephrase(output, share=0.3), rephrase(output, share=0.6)
    run(small, before)
    run(large, before)
    assert 0 < small.logs[0]["generated"] == large.logs[0]["from_store"] < large.logs[0]["generated"] * 3
    assert small.logs[0]["generated"] + large.logs[0]["generated"] < 120


def test_a_kill_between_pictures_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    undisturbed = open_storage(str(tmp_path / "undisturbed"))
    rows = [[group(number) for number in range(8)]]
    expected = run(rephrase(undisturbed), questions(undisturbed, rows))

    output = open_storage(str(tmp_path / "killed"))
    before = questions(output, rows)
    one_by_one = Generation(**MODEL, languages=LANGUAGES, pictures_in_flight=1)
    killed = rephrase(output, StubEngine(dies_after=27), one_by_one)
    with pytest.raises(EngineDied):
        run(killed, before)
    stored = sum(1 for _ in output.list("replies/rephrase/"))
    assert stored == 4
    assert not any("/commits/" in info.path for info in output.list("rephrase/"))
    resumed = rephrase(output, generation=one_by_one)
    result = run(resumed, before)
    assert len(resumed.engine.requests) == 48 - 6 * stored
    assert result.manifest.digest == expected.manifest.digest


def test_second_tries_give_the_same_bytes_however_the_run_went(tmp_path: Path) -> None:
    def behaviour(request: Request) -> str:
        return good(request) if is_retry(request) or request.seed % 3 else "garbage"

    rows = [[group(number) for number in range(8)]]
    undisturbed = open_storage(str(tmp_path / "undisturbed"))
    expected = run(rephrase(undisturbed, StubEngine(behaviour)), questions(undisturbed, rows))
    details = expected.manifest.counts.details
    assert details["rephrased"] + details["rephrased:retry"] == 48
    total = 48 + details["rephrased:retry"]

    output = open_storage(str(tmp_path / "killed"))
    before = questions(output, rows)
    one_by_one = Generation(**MODEL, languages=LANGUAGES, pictures_in_flight=1)
    asked = 0
    for dies_after in (7, 11, 20):
        stage = rephrase(output, StubEngine(behaviour, dies_after=dies_after), one_by_one)
        with pytest.raises(EngineDied):
            run(stage, before)
        asked += len(stage.engine.requests)
    resumed = rephrase(output, StubEngine(behaviour), one_by_one)
    assert run(resumed, before).manifest.digest == expected.manifest.digest
    # A kill costs what one picture is asked in one try, at most.
    assert asked + len(resumed.engine.requests) <= total + 3 * 6


def test_items_of_a_picture_and_a_language_share_a_request_and_give_the_same_rows(tmp_path: Path) -> None:
    rows, asked = [], []
    for size in (1, 2, 8):
        output = open_storage(str(tmp_path / str(size)))
        stage = rephrase(output, items_per_request=size)
        done = run(stage, questions(output))
        rows.append(done.read("rephrased"))
        asked.append(len(stage.engine.requests))
        forget_stages(tmp_path / str(size))
        again = rephrase(output, items_per_request=size)
        assert run(again, questions(output)).manifest.digest == done.manifest.digest
        assert again.engine.requests == []
    assert asked == [24, 12, 12]
    assert rows[0].equals(rows[1])
    assert rows[0].equals(rows[2])


def test_a_kill_between_batches_loses_nothing_and_asks_nothing_twice(tmp_path: Path) -> None:
    def behaviour(request: Request) -> str:
        return good(request) if is_retry(request) or request.seed % 2 else "garbage"

    rows = [[group(number) for number in range(6)]]
    undisturbed = open_storage(str(tmp_path / "undisturbed"))
    whole = rephrase(undisturbed, StubEngine(behaviour), items_per_request=2)
    expected = run(whole, questions(undisturbed, rows))
    assert expected.manifest.counts.details["rephrased:retry"] > 0
    one_by_one = Generation(**MODEL, languages=LANGUAGES, pictures_in_flight=1)
    for dies_after in (4, 9, 17):
        output = open_storage(str(tmp_path / str(dies_after)))
        before = questions(output, rows)
        killed = rephrase(output, StubEngine(behaviour, dies_after=dies_after), one_by_one, items_per_request=2)
        with pytest.raises(EngineDied):
            run(killed, before)
        resumed = rephrase(output, StubEngine(behaviour), one_by_one, items_per_request=2)
        assert run(resumed, before).manifest.digest == expected.manifest.digest
        # What one picture is asked in one try is asked anew, at most.
        repeated = len(killed.engine.requests) + len(resumed.engine.requests) - len(whole.engine.requests)
        assert repeated <= 6


def test_failures_are_counted_by_items_however_many_share_a_request(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(1, [item(number) for number in range(8)])]])
    broken = rephrase(output, StubEngine(lambda request: "error"), items_per_request=8)
    with pytest.raises(UserError, match="the engine failed 8 of 8 items"):
        run(broken, before)
    assert len(broken.engine.requests) == 1


def test_pictures_are_worked_on_side_by_side_within_the_limit(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number, [item(number)]) for number in range(12)]])
    at_work: set[str] = set()
    most = 0

    class Watched(StubEngine):
        async def generate(self, request: Request) -> Reply:
            nonlocal most
            name = template_of(request)
            at_work.add(name)
            most = max(most, len(at_work))
            reply = await super().generate(request)
            at_work.discard(name)
            return reply

    run(rephrase(output, Watched(), Generation(**MODEL, languages=("en",), pictures_in_flight=3)), before)
    assert 1 < most <= 3


def test_the_order_in_which_replies_arrive_decides_nothing(tmp_path: Path) -> None:
    class Late(StubEngine):
        async def generate(self, request: Request) -> Reply:
            for _ in range(request.seed % 50):
                await asyncio.sleep(0)
            return await super().generate(request)

    digests = set()
    for engine, in_flight in ((StubEngine(), 1), (StubEngine(), 16), (Late(), 16)):
        output = open_storage(str(tmp_path / str(len(list(tmp_path.iterdir())))))
        generation = Generation(**MODEL, languages=LANGUAGES, pictures_in_flight=in_flight)
        digests.add(run(rephrase(output, engine, generation), questions(output)).manifest.digest)
    assert len(digests) == 1
    assert len(list(tmp_path.iterdir())) == 3


def test_an_engine_that_fails_nearly_everything_stops_the_stage_before_a_commit(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output)
    broken = rephrase(output, StubEngine(lambda request: "error" if request.seed % 2 else "good"))
    with pytest.raises(UserError, match=r"rephrase, partition 00000\d: the engine failed \d+ of \d+ items.*max_failed"):
        run(broken, before)
    mended = rephrase(output)
    assert run(mended, before).manifest.counts.details == {"items": 24, "rephrased": 24}


def test_a_window_that_is_too_small_for_any_item_is_told_by_its_setting(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(1, [item(number) for number in range(8)])]])
    narrow = rephrase(output, StubEngine(lambda request: "no_room"), items_per_request=8)
    with pytest.raises(UserError, match=r"failed 8 of 8 items.*no room in .*; raise max_model_len: told so"):
        run(narrow, before)
    assert len(narrow.engine.requests) == 9
    assert list(output.list("replies/")) == []


def test_a_few_failures_are_the_status_of_their_items(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, [[group(number) for number in range(10)]])
    stage = rephrase(output, StubEngine(lambda request: "error" if request.seed % 20 == 0 else good(request)))
    details = run(stage, before).manifest.counts.details
    assert details["rephrased"] + details["kept:engine_error"] == 60
    assert stage.logs[0]["failed"] == details["kept:engine_error"] > 0


def test_switched_off_every_item_keeps_its_template_and_no_picture_is_read(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output, pictures=False)
    off = Generation(sees_pictures=True)
    reworded = run(RephraseStage(Rephrase(), off, output), before)
    judged = run(JudgeStage(Judge(), off, output), reworded)
    assert reworded.manifest.counts.details == {"items": 24, "kept:generation_off": 24}
    assert judged.manifest.counts.details == {"generation_off": 24, "items": 24}
    assert RephraseStage(Rephrase(), off, output).num_gpus == 0


@pytest.mark.parametrize(
    ("sees", "with_picture", "shown"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_the_picture_is_shown_if_the_model_sees_and_the_settings_want_it(
    tmp_path: Path, sees: bool, with_picture: bool, shown: bool
) -> None:
    output = open_storage(str(tmp_path))
    generation = Generation(**MODEL, languages=LANGUAGES, sees_pictures=sees)
    stage = rephrase(output, generation=generation, with_picture=with_picture)
    run(stage, questions(output))
    assert {request.image for request in stage.engine.requests} == (
        {picture_of(number) for number in (1, 2, 3, 4)} if shown else {None}
    )


def test_a_picture_that_is_gone_costs_its_items_and_too_many_stop_the_stage(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output)
    output.delete(store(output, picture_of(2)))
    seeing = Generation(**MODEL, languages=LANGUAGES, sees_pictures=True, max_failed=0.4)
    strict = rephrase(output, generation=seeing.model_copy(update={"max_failed": 0.3}))
    with pytest.raises(UserError, match="max_failed"):
        run(strict, before)
    done = run(rephrase(output, generation=seeing), before)
    assert done.manifest.counts.details == {"items": 24, "kept:engine_error": 6, "rephrased": 18}
    [lost] = [row for row in done.read("rephrased").to_pylist() if row["qid"] == 2]
    assert {each["rephrase_status"] for each in lost["items"]} == {"kept:engine_error"}


def test_storage_that_refuses_a_picture_stops_the_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(sha256: str) -> bytes:
        raise StorageError("no route to the host")

    output = open_storage(str(tmp_path))
    before = questions(output)
    stage = rephrase(output, generation=Generation(**MODEL, languages=LANGUAGES, sees_pictures=True, max_failed=1))
    monkeypatch.setattr(stage.pictures, "load", refuses)
    with pytest.raises(StorageError, match="no route to the host"):
        run(stage, before)


def test_the_fingerprint_is_of_what_decides_the_result(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    inputs = {"questions": questions(output)}
    prompt = tmp_path / "own.yaml"
    prompt.write_text((PROMPTS / "rephrase.yaml").read_text() + "# another text\n")

    def of(config: Rephrase | None = None, **generation: Any) -> str:
        settings = Generation(**{**MODEL, "languages": LANGUAGES, **generation})
        return RephraseStage(config or Rephrase(), settings, output).fingerprint(inputs)

    same = [
        of(), of(max_num_seqs=7), of(endpoint_url="http://elsewhere/v1"), of(max_workers=9), of(max_failed=0.5),
        of(partitions_in_flight=1), of(endpoint_key_variable="KEY"), of(engine="vllm", num_gpus=2),
    ]  # fmt: skip
    others = [
        of(revision="2"), of(model="other"), of(languages=("en",)), of(sees_pictures=True), of(max_model_len=99),
        of(Rephrase(share=0.5)), of(Rephrase(kinds=("open",))), of(Rephrase(prompt=str(prompt))), of(engine="none"),
        of(Rephrase(with_picture=False)), of(Rephrase(retry=False)), of(Rephrase(answers=False)),
        of(Rephrase(items_per_request=7)), of(Rephrase(examples=1)), of(others=OTHERS),
        of(others=[{**OTHERS[0], "revision": "3"}]),
    ]  # fmt: skip
    assert len(set(same)) == 1
    assert len({same[0], *others}) == 1 + len(others)


def test_examples_count_in_the_languages_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = open_storage(str(tmp_path / "out"))
    inputs = {"questions": questions(output)}
    folder = tmp_path / "examples"
    folder.mkdir()
    monkeypatch.setattr(stages, "load_examples", lambda languages: load_examples(languages, folder))

    def of(**config: Any) -> str:
        return rephrase(output, **config).fingerprint(inputs)

    none = of()
    assert of(examples=0) != none
    write_examples(folder, "pl")
    assert of() == none
    write_examples(folder, "en")
    english = of()
    assert english != none
    write_examples(folder, "en", means="it means something else")
    assert of() not in (none, english)
    stage = rephrase(output, examples=2)
    run(stage, inputs["questions"])
    shown = [("Examples in" in request.user, request.language) for request in stage.engine.requests]
    assert set(shown) == {(True, "en"), (False, "ar"), (False, "ja")}
    assert "Examples in English" in stage.engine.requests[-1].user or stage.engine.requests[-1].language != "en"
    write_examples(folder, "en", reply="It is in Uganda.")
    with pytest.raises(ConfigError, match=r"en\.yaml: example 1: `reply`"):
        run(rephrase(output), inputs["questions"])
    assert of(examples=0) != english


def test_another_way_to_write_dates_is_another_fingerprint_where_answers_are_reworded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = open_storage(str(tmp_path))
    inputs = {"questions": questions(output)}
    before = {answers: rephrase(output, answers=answers).fingerprint(inputs) for answers in (True, False)}
    monkeypatch.setattr(held_value, "identity", lambda languages: {"other": sorted(languages)})
    assert rephrase(output).fingerprint(inputs) != before[True]
    assert rephrase(output, answers=False).fingerprint(inputs) == before[False]


def test_other_signs_of_a_language_are_another_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = open_storage(str(tmp_path))
    inputs = {"questions": questions(output)}
    before = rephrase(output).fingerprint(inputs)
    monkeypatch.setattr(signs, "identity", lambda: "other")
    assert rephrase(output).fingerprint(inputs) != before


def test_the_second_try_can_be_switched_off(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output)
    engines = [StubEngine(lambda request: "garbage") for _ in range(2)]
    for engine, retry in zip(engines, (False, True), strict=True):
        done = run(rephrase(output, engine, retry=retry), before)
        assert done.manifest.counts.details == {"items": 24, "kept:not_json": 24}
    # The second run has the first tries of the first in its store.
    assert [len(engine.requests) for engine in engines] == [24, 24]
    assert all(is_retry(request) for request in engines[1].requests)


def test_changed_thresholds_are_another_directory_made_from_stored_replies(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    reworded = run(rephrase(output), questions(output))
    passing = []
    for thresholds, asked in (({}, 24), ({"fluent": 5}, 0), ({"fluent": 1}, 0)):
        stage = judge(output, thresholds=Thresholds(**thresholds))
        table = run(stage, reworded).read("judged").to_pylist()
        assert len(stage.engine.requests) == asked
        passing.append({each["qa_id"] for row in table for each in row["items"] if each["passes"]})
    usual, strict, lenient = passing
    assert strict < usual < lenient
    assert len(list((tmp_path / "judge").iterdir())) == 3
    # One language's own threshold is enough.
    stage = judge(output, thresholds=Thresholds(fluent=1), language_thresholds={"ar": {"fluent": 5}})
    table = run(stage, reworded).read("judged").to_pylist()
    found = {each["qa_id"] for row in table for each in row["items"] if each["passes"] and each["language"] != "ar"}
    arabic = {each["qa_id"] for row in table for each in row["items"] if each["language"] == "ar"}
    assert found == lenient - arabic
    assert strict & arabic < lenient & arabic
    assert stage.engine.requests == []


def test_the_fingerprint_of_the_judge_is_of_what_it_asks(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    inputs = {"rephrase": run(rephrase(output), questions(output))}
    usual = judge(output)
    others = [
        judge(output, share=0.5), judge(output, necessity_share=0.5), judge(output, thresholds=Thresholds(fluent=4)),
        judge(output, language_thresholds={"ar": {"fluent": 3}}),
    ]  # fmt: skip
    assert len({stage.fingerprint(inputs) for stage in (usual, *others)}) == 5
    # The prompts of what is not asked decide nothing.
    assert [len(stage.prompts()) for stage in (usual, others[1])] == [2, 4]


def test_a_larger_share_without_pictures_pays_only_for_what_is_new(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    reworded = run(rephrase(output), questions(output, [[group(number) for number in range(10)]]))
    asked = []
    for share in (0.0, 0.4, 1.0):
        stage = judge(output, necessity_share=share, share=0.5)
        table = run(stage, reworded).read("judged").to_pylist()
        asked.append(len(stage.engine.requests))
        blind = [each["answered_blind"] is not None for row in table for each in row["items"]]
        # Of the judged only, however large the share.
        assert sum(blind) == sum(asked[1:])
        assert not any(
            each["answered_blind"] is not None and each["judge_status"] != "judged"
            for row in table
            for each in row["items"]
        )
    assert asked[0] == sum(asked[1:])
    assert all(asked)


def test_what_fails_without_its_picture_costs_no_judgement(tmp_path: Path) -> None:
    """A fifth of each sort fails; both together would be more than may."""
    output = open_storage(str(tmp_path))
    reworded = run(rephrase(output), questions(output, [[group(number) for number in range(20)]]))
    engine = StubEngine(lambda request: "error" if request.seed % 5 == 0 else good(request))
    details = run(judge(output, engine, necessity_share=1.0), reworded).manifest.counts.details
    assert details["judged"] + details["engine_error"] == 120
    assert details["engine_error"] > 12


def test_an_unsound_prompt_stops_the_stage_before_it_starts(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path / "out"))
    before = questions(output)
    prompt = tmp_path / "own.yaml"
    prompt.write_text("version: 1")
    with pytest.raises(ConfigError, match=r"own\.yaml"):
        run(rephrase(output, prompt=str(prompt)), before)
    assert not (tmp_path / "out" / "rephrase").exists()


def test_a_worker_with_other_weights_is_refused(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.safetensors").write_bytes(b"one")
    settings = Generation(engine="endpoint", endpoint_url="http://localhost/v1", model=str(weights), revision="1")
    stage = RephraseStage(Rephrase(), settings, open_storage(str(tmp_path)))
    assert str(stage.models["en"]) == f"{weights}@1"
    stage.generation = settings.model_copy(update={"revision": "2"})
    with pytest.raises(UserError, match=r"has .*@2, the run began with .*@1"):
        stage.start()


def test_an_engine_opened_for_one_partition_is_closed(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output)
    stage = rephrase(output)
    [first, second, *_] = stage.partitions({"questions": before})
    outcome = stage.process(first, {"questions": before}, None)
    assert isinstance(outcome, Outcome)
    assert stage.engine.num_closed == 1
    stage.engine = StubEngine(dies_after=0)
    with pytest.raises(EngineDied):
        stage.process(second, {"questions": before}, None)
    assert stage.engine.num_closed == 1


def test_pools_and_workers_come_from_the_settings(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    settings = Generation(engine="vllm", min_workers=2, max_workers=5, partitions_in_flight=3, num_gpus=4, num_cpus=8)
    stage = JudgeStage(Judge(), settings, output)
    assert (stage.pool.min_size, stage.pool.max_size, stage.pool.in_flight) == (2, 5, 3)
    assert (stage.num_gpus, stage.num_cpus) == (4.0, 8.0)


def test_two_entities_that_share_a_picture_share_its_file_of_replies(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    shared = group(1)["sha256"]
    rows = [{**group(number, [item(number)]), "sha256": shared} for number in (1, 2)]
    before = questions(output, [rows], pictures=False)
    first, second = rephrase(output), rephrase(output)
    done = run(first, before)
    forget_stages(tmp_path)
    assert run(second, before).read("rephrased").equals(done.read("rephrased"))
    assert second.engine.requests == []


def test_tables_of_the_stages_are_those_of_the_schema() -> None:
    for stage in (RephraseStage, JudgeStage):
        assert set(stage.tables) <= set(TABLES)
        assert stage.reads in TABLES
