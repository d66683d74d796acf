"""Items and rules fit: the reference as a reply is right under both, and nonsense is right under none."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.tasks.listing import TASKS
from eval.tasks.task import Item
from tests.eval.tasks.copies import FILES, write_copy

SCORED = [name for name in TASKS if name.removesuffix("_en") in FILES and name != "alm_bench"]


def _reference(item: Item) -> str:
    lettered = item.kind == "choice" and item.choices != ("false", "true")
    return "ABCD"[item.answer_index or 0] if lettered else item.answers[0]


@pytest.mark.parametrize("name", SCORED)
def test_the_reference_is_right_under_both_rules(name: str, tmp_path: Path) -> None:
    write_copy(name.removesuffix("_en"), tmp_path)
    task = TASKS[name]
    for item in task.read(tmp_path):
        assert [rule(item, _reference(item)).value for rule in (task.paper, task.strict)] == [1.0, 1.0]
        assert not task.strict(item, "ﷺ ??").value


def test_a_judged_item_waits_for_its_judge(tmp_path: Path) -> None:
    write_copy("alm_bench", tmp_path)
    (item,) = TASKS["alm_bench"].read(tmp_path)
    assert {rule(item, "x").state for rule in (TASKS["alm_bench"].paper, TASKS["alm_bench"].strict)} == {"unjudged"}
