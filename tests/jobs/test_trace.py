"""What a trace says of an item's replies, with an engine that has no model."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jobs.trace import tries
from pipeline.generation.rephrase import rephrase_group
from pipeline.generation.replies import ReplyStore
from pipeline.generation.settings import Generation, Rephrase
from pipeline.generation.stages import RephraseStage
from pipeline.storage import open_storage
from tests.generation.rows import group, picture_of
from tests.generation.stub import StubEngine, is_retry


@pytest.mark.parametrize("sees_pictures", [False, True])
@pytest.mark.parametrize(
    ("first", "ends"), [("good", ["(stop)"]), ("garbage", ["(stop, refused: not_json)", "(stop)"])]
)
def test_the_replies_of_all_tries_are_told(tmp_path: Path, sees_pictures: bool, first: str, ends: list[str]) -> None:
    output = open_storage(str(tmp_path))
    generation = Generation(
        engine="endpoint", endpoint_url="http://localhost/v1", model="stub", revision="1", sees_pictures=sees_pictures
    )
    stage = RephraseStage(Rephrase(), generation, output)
    row = group(1, languages=("en",))
    engine = StubEngine(lambda request: "good" if is_retry(request) else first)
    image = picture_of(1) if sees_pictures else None
    reworded, _ = asyncio.run(rephrase_group(row, image, engine, ReplyStore(output, stage.name), stage.settings))
    for item in reworded["items"]:
        told = list(tries(stage, output, item, row["sha256"]))
        assert [line[line.rindex("(") :] for line in told] == ends
        assert item["question"].split("“")[0] in told[-1]
    assert list(tries(stage, open_storage(str(tmp_path / "empty")), row["items"][0], row["sha256"])) == []
