"""Several models in a worker: who answers what, under whose name, and with which GPUs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.generation import opening
from pipeline.generation.by_language import EngineByLanguage, answering, gpus, named
from pipeline.generation.lost_picture import WithoutPicture
from pipeline.generation.opening import open_engine
from pipeline.generation.request import Engine, Request
from pipeline.generation.settings import Generation, Judge, Rephrase
from pipeline.picture_store import PictureLostError
from pipeline.storage import Storage, open_storage
from tests.generation.stub import StubEngine
from tests.generation.test_stages import MODEL, StubbedJudge, StubbedRephrase, questions, run

SECOND = {"languages": ["ar"], "model": "other", "revision": "7"}
TWO = Generation(**MODEL, languages=("en", "ja"), others=[SECOND])


class Second(StubEngine):
    model = "other"


def engines() -> tuple[StubEngine, Second]:
    return StubEngine(), Second(revision="7")


class TwoModels(StubbedRephrase):
    """Opens what `open_engine` would, of stubs."""

    pair: tuple[StubEngine, StubEngine]

    def start(self) -> Engine:
        return EngineByLanguage({"ar": self.pair[1]}, self.pair[0])


def rephrase(output: Storage) -> TwoModels:
    stage = TwoModels(Rephrase(items_per_request=1), TWO, output)
    stage.pair, stage.logs = engines(), []
    return stage


def test_each_model_is_asked_in_its_languages_and_stands_in_their_rows(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    before = questions(output)
    stage = rephrase(output)
    table = run(stage, before).read("rephrased").to_pylist()
    found = {(each["language"], each["rephrase_model"]) for row in table for each in row["items"]}
    assert found == {("en", "stub@1"), ("ja", "stub@1"), ("ar", "other@7")}
    first, second = ([request.language for request in engine.requests] for engine in stage.pair)
    assert (set(first), set(second)) == ({"en", "ja"}, {"ar"})
    assert len(first) == 2 * len(second) == 16
    assert all(engine.num_closed == 1 for engine in stage.pair)

    # What both had answered is in the store under their own names.
    again = rephrase(output)
    (tmp_path / "rephrase").rename(tmp_path / "before")
    assert run(again, before).read("rephrased").to_pylist() == table
    assert [len(engine.requests) for engine in again.pair] == [0, 0]


def test_the_models_of_both_stages_are_those_of_the_settings(tmp_path: Path) -> None:
    stage = StubbedJudge(Judge(), TWO, open_storage(str(tmp_path)))
    assert {code: str(model) for code, model in stage.models.items()} == {
        "en": "stub@1", "ja": "stub@1", "ar": "other@7",
    }  # fmt: skip
    assert stage.scope.languages == {"en", "ja", "ar"}
    assert (
        StubbedJudge(
            Judge(), TWO.model_copy(update={"engine": "vllm", "num_gpus": 2}), open_storage(str(tmp_path))
        ).num_gpus
        == 4
    )


def test_a_lost_picture_fails_for_the_model_that_would_see_it() -> None:
    first, second = engines()
    without = WithoutPicture(EngineByLanguage({"ar": second}, first), PictureLostError("gone"))
    assert (named(without, "ar"), named(without, "ja")) == ("other@7", "stub@1")
    asked = Request("s", "1. Question: x", b"jpeg", "0" * 64, {"properties": {"a": {}}}, language="ar")
    assert asyncio.run(without.generate(asked)).finish_reason == "error"
    assert asyncio.run(answering(without, "ar").generate(asked)).finish_reason == "error"
    assert second.requests == []


def test_all_are_closed_though_one_cannot_be() -> None:
    first, second = engines()

    async def refuses() -> None:
        raise RuntimeError("does not end")

    first.close = refuses  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="does not end"):
        asyncio.run(EngineByLanguage({"ar": second, "fa": second}, first).close())
    assert second.num_closed == 1


@pytest.mark.parametrize(("before", "seen"), [(None, ["0,1", "2,3", "4,5"]), ("3,5,6,7,1,0", ["3,5", "6,7", "1,0"])])
def test_engines_start_on_gpus_of_their_own(
    before: str | None, seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands in for GPUs: what an engine's processes would see is the variable at its start."""
    if before is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", before)
    started: list[tuple[str, str | None]] = []

    class Started(StubEngine):
        def __init__(self, settings: Generation, model: Any, source: str, **_: Any) -> None:
            super().__init__()
            started.append((source, os.environ.get("CUDA_VISIBLE_DEVICES")))

    monkeypatch.setattr(opening, "VllmEngine", Started)
    monkeypatch.setattr(opening, "require_vllm", lambda setting: None)
    third = {"languages": ["sw"], "model": "third", "revision": "9"}
    open_engine(
        Generation(engine="vllm", model="first", revision="1", num_gpus=2, languages=("en",), others=[SECOND, third])
    )
    assert started == list(zip(("first", "other", "third"), seen, strict=True))
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == before


def test_one_model_sees_all_gpus_of_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,2")
    with gpus(0, 2, 1):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,2"


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ([{**SECOND, "languages": ["ja", "ar"]}], "ja must be in the languages of one model only"),
        ([SECOND, SECOND], "ar must be in the languages of one model only"),
        ([{"languages": ["ar"], "model": "other"}], "needs a revision"),
        ([{"model": "other", "revision": "7"}], "Field required"),
    ],
)
def test_models_that_cannot_be_told_apart_are_refused(others: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Generation(**MODEL, languages=("en", "ja"), others=others)
