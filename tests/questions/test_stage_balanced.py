"""The stage with a balance: a part of what it makes without one, the same part however the work is cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.commons.settings import Images
from pipeline.questions.fitting import fit
from pipeline.questions.settings import Balancing
from pipeline.questions.stage import QuestionsStage, sampled_slots
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from tests.questions.rows import world
from tests.questions.test_stage import LANGUAGES, ROWS_PER_PARTITION, _inputs, _picture, _run, asking

Row = dict[str, Any]
CONCEPTS = world(24)
# Of every third entity two pictures.
PICTURES = [
    [
        _picture(row, f"{row['qid']:062x}{number:02x}")
        for row in CONCEPTS[start : start + ROWS_PER_PARTITION]
        for number in range(2 if row["qid"] % 3 == 0 else 1)
    ]
    for start in range(0, len(CONCEPTS), ROWS_PER_PARTITION)
]


def output(root: Path, balance: Balancing | None = None, pictures: Sequence[Sequence[Row]] = PICTURES) -> StageOutput:
    size = -(-len(CONCEPTS) // len(pictures))
    config = asking(languages=LANGUAGES, **({} if balance is None else {"balance": balance}))
    stage = QuestionsStage(config, Images(rows_per_partition=size))
    return _run(stage, _inputs(root, CONCEPTS, pictures), open_storage(str(root / "out")))


def items(found: StageOutput) -> dict[int, Row]:
    return {item["qa_id"]: item for row in found.read("questions").to_pylist() for item in row["items"]}


def per_entity(found: StageOutput, *columns: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(item[name] for name in ("qid", "kind", *columns)) for item in items(found).values())


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> StageOutput:
    return output(tmp_path_factory.mktemp("everything"))


def test_totals_are_reached_with_items_that_are_made_without_a_balance_too(
    tmp_path: Path, everything: StageOutput
) -> None:
    wanted = Balancing(open_items=900, choice_items=300, temperature=0.5, long_tail_boost=2)
    found = output(tmp_path, wanted)
    whole, kept = items(everything), items(found)
    assert kept.items() <= whole.items()
    kinds = Counter(item["kind"] for item in kept.values())
    for kind, target in (("open", 900), ("choice", 300)):
        assert abs(kinds[kind] - target) < 4 * target**0.5
    details = found.manifest.counts.details
    assert details["items"] == len(kept)
    assert sum(details.values()) == sum(everything.manifest.counts.details.values())
    assert details["not_drawn"] == len(whole) - len(kept)


def test_totals_that_leave_nothing_out_change_no_byte(tmp_path: Path, everything: StageOutput) -> None:
    huge = Balancing(open_items=10**9, choice_items=10**9, temperature=0.2, long_tail_boost=5, max_per_entity=10**6)
    found = output(tmp_path, huge)
    assert [file.sha256 for file in found.files("questions")] == [file.sha256 for file in everything.files("questions")]
    assert "not_drawn" not in everything.manifest.counts.details


def test_more_than_can_be_made_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    output(tmp_path, Balancing(open_items=10**9))
    assert "questions.balance.open_items: 1,000,000,000 are more than can be made" in caplog.text


def test_how_the_work_is_cut_changes_no_item(tmp_path: Path) -> None:
    wanted = Balancing(open_items=400, choice_items=100, temperature=0.5, max_per_entity=9)
    together = [[picture for pictures in PICTURES for picture in pictures]]
    found = [output(tmp_path / str(len(cut)), wanted, cut).read("questions") for cut in (PICTURES, together)]
    assert found[0].equals(found[1])


def test_caps_are_over_all_pictures_of_an_entity(tmp_path: Path, everything: StageOutput) -> None:
    capped = output(
        tmp_path,
        Balancing(max_per_entity=40, max_per_entity_and_language=30, max_per_entity_and_property=3),
    )
    assert items(capped).items() <= items(everything).items()
    assert set(per_entity(capped).values()) == {40}
    assert max(per_entity(capped, "language").values()) <= 30
    assert max(per_entity(capped, "property").values()) == 3
    details = capped.manifest.counts.details
    assert details["over_cap"] == len(items(everything)) - len(items(capped))
    assert "not_drawn" not in details


def test_a_larger_total_keeps_all_of_a_smaller_one(tmp_path: Path) -> None:
    found = [
        items(output(tmp_path / str(total), Balancing(open_items=total, temperature=0.3, max_per_entity=20))).keys()
        for total in (100, 300)
    ]
    assert found[0] < found[1]


def test_settings_of_the_balance_are_in_the_fingerprint(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, CONCEPTS, PICTURES)
    balances = [
        Balancing(), Balancing(open_items=5), Balancing(choice_items=5), Balancing(open_items=5, temperature=0.5),
        Balancing(open_items=5, long_tail_boost=2), Balancing(max_per_entity=5), Balancing(open_items=5, sample=7),
        Balancing(max_per_entity_and_language=5), Balancing(max_per_entity_and_property=5),
    ]  # fmt: skip
    stages = [
        QuestionsStage(asking(languages=LANGUAGES, balance=balance), Images(rows_per_partition=ROWS_PER_PARTITION))
        for balance in balances
    ]
    assert len({stage.fingerprint(inputs) for stage in stages}) == len(balances)


def test_a_part_of_the_concepts_and_all_their_pictures_are_looked_at(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, CONCEPTS, PICTURES)
    config = asking(languages=LANGUAGES, balance=Balancing(open_items=100, sample=12))
    slots = sampled_slots(config, inputs["select"], inputs["images"])
    assert (slots.population, slots.num_concepts < 24, slots.num_pictures >= slots.num_concepts) == (24, True, True)
    larger = sampled_slots(config.model_copy(update={"balance": Balancing(sample=18)}), inputs["select"], None)
    assert set(slots.slot_hash).isdisjoint(larger.slot_hash), "no picture is known there"
    assert larger.num_pictures == larger.num_concepts > slots.num_concepts
    assert fit(slots, config.balance).rates["open"].rate < 1
