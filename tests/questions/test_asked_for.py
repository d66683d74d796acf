"""What a balance aims at, as the stage writes it down, against the formula of its shares."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline.questions.settings import Balancing
from tests.questions.test_stage_balanced import output


def test_targets_follow_what_is_possible_and_add_up(tmp_path: Path) -> None:
    everything = output(tmp_path / "all")
    assert not everything.manifest.documents, "nothing is aimed at"
    wanted = Balancing(open_items=300, temperature=0.5)
    found = json.loads(output(tmp_path / "some", wanted).directory.read("documents/balance.json"))
    assert found["settings"] == wanted.model_dump(mode="json")
    assert list(found["kinds"]) == ["open"], "of choice questions all are made"
    aimed = found["kinds"]["open"]
    assert aimed["target"] == 300
    made = [item for row in everything.read("questions").to_pylist() for item in row["items"] if item["kind"] == "open"]
    by_language = Counter(item["language"] for item in made)
    for numbers in aimed["by"].values():
        total = sum(each["possible"] ** 0.5 for each in numbers.values())
        for each in numbers.values():
            assert each["target"] == pytest.approx(300 * each["possible"] ** 0.5 / total, abs=0.51)
        assert sum(each["possible"] for each in numbers.values()) == aimed["possible"]
    assert {"country", "language", "family"} <= set(aimed["by"])
    # A few of what is possible cannot be put into words.
    for language, number in by_language.items():
        assert number <= aimed["by"]["language"][language]["possible"] <= 1.2 * number
