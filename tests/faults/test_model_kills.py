"""The stages with models are killed too: replies that were stored are not generated again, training resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.cli import main
from pipeline.storage import open_storage
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.generation.chat_server import Answer, ChatServer, completion
from tests.kit.compare import commit_logs, results
from tests.kit.driver import Kill, kill_at, started, wait_until
from tests.kit.sample_run import SampleRun

pytestmark = [pytest.mark.ray, pytest.mark.slow]


def reply_to(body: dict[str, Any]) -> str:
    """What a deterministic model says: a function of the request alone."""
    asked = body["messages"][-1]["content"]
    text = asked if isinstance(asked, str) else json.dumps(asked)
    keys = body["response_format"]["json_schema"]["schema"]["properties"]
    drawn = hashlib.sha256(text.encode()).digest()
    if "question" in keys:
        drawn_word = "".join(chr(ord("a") + byte % 26) for byte in drawn[:6])
        return json.dumps({"question": f"Which thing is shown in this picture, {drawn_word}?"})
    return json.dumps({key: bool(drawn[number] % 2) for number, key in enumerate(sorted(keys))})


@pytest.fixture(scope="module")
def chat() -> Iterator[ChatServer]:
    def answer(number: int, body: dict[str, Any]) -> Answer:
        return completion(reply_to(body))

    with ChatServer(answer) as server:
        yield server


def run_with_model(sample: BuiltSample, commons: CommonsServer, chat: ChatServer, output: Path) -> SampleRun:
    """Every English item is asked about, at an endpoint that speaks OpenAI's protocol."""
    settings = (
        "generation.engine=endpoint",
        f"generation.endpoint_url={chat.url}",
        "generation.model=deterministic",
        'generation.revision="1"',
        "rephrase.share=1",
        "judge.share=1",
        "select.limit=24",
        "questions.languages=[en, sw]",
    )
    return SampleRun(sample, commons, str(output), settings)


@pytest.fixture(scope="module")
def left_alone(
    built_sample: BuiltSample, commons: CommonsServer, chat: ChatServer, tmp_path_factory: pytest.TempPathFactory
) -> SampleRun:
    run = run_with_model(built_sample, commons, chat, tmp_path_factory.mktemp("left_alone"))
    assert main(run.arguments("run", "--local")) == 0
    return run


@pytest.mark.parametrize(("stage", "victim"), [("rephrase", "driver"), ("judge", "worker")])
def test_a_kill_while_a_model_is_asked(
    left_alone: SampleRun, chat: ChatServer, tmp_path: Path, stage: str, victim: str
) -> None:
    run = SampleRun(left_alone.sample, left_alone.server, str(tmp_path), left_alone.overrides)
    asked_before = len(chat.bodies)
    with started(run.arguments("run")) as driver:
        kill_at(driver, run.storage, Kill(stage, 1, victim))  # type: ignore[arg-type]
        code, printed = driver.wait()
        assert code == (-9 if victim == "driver" else 0), printed
    committed = commit_logs(run.config)
    with started(run.arguments("run")) as driver:
        code, printed = driver.wait()
        assert code == 0, printed
    assert {name: log for name, log in commit_logs(run.config).items() if name in committed} == committed
    assert results(run.config) == results(left_alone.config)
    asked = [json.dumps(body, sort_keys=True) for body in chat.bodies[asked_before:]]
    again = len(asked) - len(set(asked))
    # Only pictures whose replies were not yet stored: at most those in work at the kill.
    assert again <= left_alone.config.generation.pictures_in_flight * 40
    stored = {info.path for info in open_storage(str(tmp_path)).list("replies/")}
    assert stored == {info.path for info in open_storage(left_alone.output).list("replies/")}


def test_a_reworded_template_asks_again_in_its_language_only(
    left_alone: SampleRun, chat: ChatServer, tmp_path: Path
) -> None:
    """Swahili joins the languages of the model: what English had is taken from the store."""
    asked_before = len(chat.bodies)
    run = SampleRun(
        left_alone.sample,
        left_alone.server,
        left_alone.output,
        (*left_alone.overrides, "generation.languages=[en, sw]"),
    )
    assert main(run.arguments("run", "--local")) == 0
    texts = [body["messages"][-1]["content"] for body in chat.bodies[asked_before:]]
    assert texts
    assert not [text for text in texts if "Swahili" not in str(text)]


@pytest.mark.soak
def test_training_goes_on_from_its_checkpoint(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path: Path
) -> None:
    settings = ("select.limit=24", "questions.languages=[en]", "train.max_steps=4", "train.checkpoint_every=1",
                "train.keep_checkpoints=9",
                "model.num_layers=1", "train.samples_per_step=2")  # fmt: skip
    runs = [SampleRun(built_sample, commons, str(tmp_path / name), settings, "train") for name in ("one", "two")]
    alone, killed = runs
    with started(alone.arguments("run")) as driver:
        code, printed = driver.wait(400)
        assert code == 0, printed
    with started(killed.arguments("run")) as driver:
        wait_until(
            driver,
            lambda: any(info.path.endswith("checkpoints/000002.json") for info in killed.storage.list("train/")),
            "step 2",
        )
        driver.kill("driver")
        driver.wait()
    [directory] = {
        info.path.split("/checkpoints/")[0] for info in killed.storage.list("train/") if "checkpoints" in info.path
    }
    record = killed.storage.read(f"{directory}/checkpoints/000002.json")
    with started(killed.arguments("run")) as driver:
        code, printed = driver.wait(400)
        assert code == 0, printed
    assert killed.storage.read(f"{directory}/checkpoints/000002.json") == record, "steps before it were not done again"
    assert results(killed.config, "train") == results(alone.config, "train")
