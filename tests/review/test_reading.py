from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.review.reading import candidates, known_items, newest, sample
from pipeline.review.templates import Templates
from pipeline.storage import Storage, open_storage
from pipeline.takedown import Tombstones, take_down
from tests.kit.tiny_run import Tables, picture_of, tiny_run

TEMPLATES = Templates({"country/en/open/1/r1": "", "country/en/choice/1/r1": "From which of these is it?"})


def swahili(tables: Tables) -> None:
    """Every second item is in another language, and the first picture of each file has none."""
    for part in tables["judged"]:
        part[0]["items"] = []
        for row in part[1:]:
            row["items"].append({**row["items"][0], "qa_id": 1000 + row["qid"], "language": "sw",
                                 "template_id": "country/sw/open/1/r1"})  # fmt: skip


def test_items_are_found_where_they_stand(tmp_path: Path) -> None:
    outputs = tiny_run(open_storage(str(tmp_path)), swahili)
    found = list(candidates(outputs["judge"], "sw"))
    assert [(qid, each.qa_id, each.row, each.position) for qid, each in found] == [(2, 1002, 1, 2), (4, 1004, 1, 2)]
    assert [each.qa_id for _, each in candidates(outputs["judge"], "en")] == [20, 21, 40, 41]
    assert list(candidates(outputs["judge"], "ar")) == []


def drawn(output: Storage, num: int, seed: int = 0) -> list[tuple[int, bytes, str]]:
    outputs = tiny_run(output)
    items = sample(outputs["judge"], outputs["images"], output, "en", num, seed, TEMPLATES)
    for each in items:
        assert hashlib.sha256(each.picture).hexdigest() == each.image["sha256"]
        assert each.image["qid"] == each.item["qid"]
    return [(each.item["qa_id"], each.picture, each.means) for each in items]


def test_a_sample_has_its_pictures_and_meanings(tmp_path: Path) -> None:
    found = drawn(open_storage(str(tmp_path)), 4)
    assert {picture for _, picture, _ in found} == {picture_of(qid) for qid in (1, 2, 3, 4)}
    assert sorted(means for _, _, means in found) == ["", "", *["From which of these is it?"] * 2]
    assert len(drawn(open_storage(str(tmp_path)), 100)) == 8


def test_what_was_taken_down_is_not_shown(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    outputs = tiny_run(output)
    gone = hashlib.sha256(picture_of(3)).hexdigest()
    take_down(output, Tombstones(digests=frozenset({gone}), qids=frozenset({1})), "", 60.0)
    items = sample(outputs["judge"], outputs["images"], output, "en", 100, 0, TEMPLATES)
    assert {each.item["qid"] for each in items} == {2, 4}


def test_the_newest_table_is_read(tmp_path: Path) -> None:
    outputs = tiny_run(open_storage(str(tmp_path)))
    for stage in ("judge", "rephrase", "questions"):
        found = newest(outputs)
        assert found is outputs.pop(stage)
        assert len(list(candidates(found, "en"))) == 8
    assert newest(outputs) is None


def test_items_of_any_complete_run_are_known(tmp_path: Path) -> None:
    output = open_storage(str(tmp_path))
    tiny_run(output)
    found = known_items(output, [10, 41, 999])
    assert {qa_id: template.kind for qa_id, template in found.items()} == {10: "open", 41: "choice"}
    assert known_items(open_storage(str(tmp_path / "empty")), [10]) == {}
