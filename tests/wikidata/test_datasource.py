"""The dump as a Ray Data source: every candidate once, from any compression, however it is cut."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.wikidata.candidates import Candidates
from pipeline.wikidata.datasource import SCHEMA, WikidataDatasource, candidate_tables, read_wikidata
from pipeline.wikidata.reader import plan
from sample.build import BuiltSample
from tests.wikidata.dumps import array_text, item, statement

LANGUAGES = ("en", "mul", "rw", "sw")


def rows_in_process(path: Path, range_mb: float, **options: Any) -> list[dict[str, Any]]:
    candidates = Candidates(("P18",), ("P17", "P495"), None, LANGUAGES)
    source = WikidataDatasource([str(path)], candidates, range_mb, "raise")
    tables = [table for task in source.get_read_tasks(1) for table in task()]
    assert all(table.schema.equals(SCHEMA) for table in tables)
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["qid"])


def test_rows_are_the_same_for_any_compression_and_cut(built_sample: BuiltSample) -> None:
    whole = rows_in_process(built_sample.dump_gz, 100)
    assert len({row["qid"] for row in whole}) == len(whole) > 100
    assert all({label["language"] for label in row["labels"]} <= set(LANGUAGES) for row in whole)
    assert any(label["aliases"] for row in whole for label in row["labels"])
    assert rows_in_process(built_sample.dump_gz, 0.003) == whole
    assert rows_in_process(built_sample.dump_bz2, 0.003) == whole


def test_what_is_no_entity_stops_the_read_or_is_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "dump.json"
    good = '{"type":"item","id":"Q1"}'
    path.write_text(f'[\n{good},\n{{"type":"item","id":"Q2","claims":{{"P18":3,"P17":[]}}}},\n{good}\n]\n')
    candidates = Candidates(("P18",), ("P17",), None, LANGUAGES)
    [task] = WikidataDatasource([str(path)], candidates, 1, "raise").get_read_tasks(1)
    with pytest.raises(InputError, match=r"dump.json: a line after byte 0 is no entity.*on_damage='skip'"):
        list(task())
    [part] = plan(str(path), 1 << 20)
    [table] = candidate_tables(part, candidates, "skip")
    assert table.num_rows == 0
    assert "is no entity" in caplog.text


def test_an_item_that_stands_twice_keeps_its_labels_twice(tmp_path: Path) -> None:
    labels = {"en": {"language": "en", "value": "thing"}, "rw": {"language": "rw", "value": "  "}}
    claims = {
        "P18": [statement("P18", "A.jpg", "string")],
        "P17": [statement("P17", item(1037), "wikibase-entityid")],
    }
    twice = {"type": "item", "id": "Q7", "labels": labels, "claims": claims}
    lines = [twice, {**twice, "id": "Q8", "labels": {}}, twice]
    path = tmp_path / "dump.json"
    path.write_bytes(array_text([json.dumps(line).encode() for line in lines]))
    rows = rows_in_process(path, 1)
    assert [(row["qid"], [label["label"] for label in row["labels"]]) for row in rows] == [
        (7, ["thing"]), (7, ["thing"]), (8, []),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def ray_started() -> Iterator[None]:
    import ray

    os.environ["RAY_AUTH_MODE"] = "disabled"
    ray.init(num_cpus=2, object_store_memory=200_000_000, include_dashboard=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_cluster_reads_what_one_process_reads(ray_started: None, built_sample: BuiltSample) -> None:
    data = read_wikidata(str(built_sample.dump_gz), languages=LANGUAGES, range_mb=0.01)
    rows = sorted(data.take_all(), key=lambda row: row["qid"])
    assert [row["qid"] for row in rows] == [row["qid"] for row in rows_in_process(built_sample.dump_gz, 100)]
    rwanda = read_wikidata([str(built_sample.dump_gz)], country_items=[1037], range_mb=0.01).take_all()
    assert 0 < len(rwanda) < len(rows)
    assert all(any(each["qid"] == 1037 for each in row["statements"]) for row in rwanda)
