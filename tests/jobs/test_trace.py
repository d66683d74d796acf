"""What a trace says of an item's replies, with an engine that has no model."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jobs.trace import judgement, tries
from pipeline.generation.rephrase import rephrase_group
from pipeline.generation.replies import ReplyStore
from pipeline.generation.scores import POINTS, verdicts
from pipeline.generation.settings import Generation, Rephrase
from pipeline.generation.stages import RephraseStage
from pipeline.storage import open_storage
from tests.generation.rows import group, picture_of
from tests.generation.rows import item as question
from tests.generation.stub import StubEngine, is_retry


@pytest.mark.parametrize("sees_pictures", [False, True])
@pytest.mark.parametrize(
    ("size", "first", "ends"),
    [
        (8, "good", [["(stop, item 1 of 2)"], ["(stop, item 2 of 2)"]]),
        (1, "good", [["(stop, item 1 of 1)"]] * 2),
        (
            8, "garbage",
            [
                ["(stop, item 1 of 2, question refused: not_json, answer refused: not_json)", "(stop, item 1 of 1)"],
                ["(stop, item 2 of 2, question refused: not_json)", "(stop, item 1 of 1)"],
            ],
        ),
    ],
)  # fmt: skip
def test_the_replies_of_all_tries_are_told(
    tmp_path: Path, sees_pictures: bool, size: int, first: str, ends: list[list[str]]
) -> None:
    output = open_storage(str(tmp_path))
    generation = Generation(
        engine="endpoint", endpoint_url="http://localhost/v1", model="stub", revision="1", sees_pictures=sees_pictures
    )
    stage = RephraseStage(Rephrase(items_per_request=size), generation, output)
    row = group(1, languages=("en",))
    engine = StubEngine(lambda request: "good" if is_retry(request) else first)
    image = picture_of(1) if sees_pictures else None
    reworded, _ = asyncio.run(rephrase_group(row, image, engine, ReplyStore(output, stage.name), stage.settings))
    for item, wanted in zip(reworded["items"], ends, strict=True):
        told = list(tries(stage, output, row, item["qa_id"]))
        assert [line[line.rindex("(") :] for line in told] == wanted
        assert item["question"].split("“")[0] in told[-1]
    empty = open_storage(str(tmp_path / "empty"))
    assert list(tries(stage, empty, row, row["items"][0]["qa_id"])) == []


@pytest.mark.parametrize(
    ("scores", "blind", "told"),
    [
        (
            (5, 4, 4, 3),
            False,
            """judged by m@1: passes; picture_shows_entity 5, answerable 4, answer_supported 4, fluent 3
            reason: "So."
            without the picture answered wrong""",
        ),
        (
            (None, 1, 4, 2),
            True,
            """judged by m@1: fails by answerable, fluent; answerable 1, answer_supported 4, fluent 2
            reason: "So."
            without the picture answered right""",
        ),
    ],
)
def test_what_the_judge_said_is_told_with_what_it_failed_by(
    scores: tuple[int | None, ...], blind: bool, told: str
) -> None:
    said = {f"score_{point}": score for point, score in zip(POINTS, scores, strict=True)}
    given = {**said, **verdicts(said, dict.fromkeys(POINTS, 3))}
    judged = question(1, judge_status="judged", judge_model="m@1", judge_reason="So.", answered_blind=blind, **given)
    assert "\n".join(judgement(judged)) == f"judge       {told}"
    assert [*judgement(question(1, judge_status="not_sampled"))] == ["judge       not_sampled"]
