"""A line of 50 MB costs a read task no more memory than it may, whatever it is a line of."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sample.build import BuiltSample

MOST_MB = 300
LINE_MB = 50

# Run in a process of its own: what a task adds to what Python with its libraries holds before.
_READ = """
import sys
from pathlib import Path
from tests.kit.memory import held_mb
from pipeline.wikidata.datasource import Candidates, WikidataDatasource

source = WikidataDatasource([sys.argv[1]], Candidates(("P18",), ("P17", "P495"), None, ("en",)), 100, "raise")
(task,) = source.get_read_tasks(1)
before = held_mb("VmRSS")
rows = sum(table.num_rows for table in task())
print(rows, held_mb("VmHWM") - before)
"""

# The stage `extract`, with its scan or without; a first pass over the small file loads what is loaded once.
_EXTRACT = """
import sys
from pathlib import Path
from tests.kit.memory import held_mb
from pipeline.wikidata.settings import Extract
from pipeline.wikidata import extract
from pipeline.wikidata.dump.ranges import Range

def read(path):
    size = Path(path).stat().st_size
    extraction = extract.Extraction(Extract(dump=[path], dump_date="2026-01-05"))
    extraction.read(Range(path, "gz", 0, size, size, is_array=True))
    return extraction.outcome().tables["entities"].num_rows

extract.WORTH_COMPILING = 0 if sys.argv[2] == "scanned" else 1 << 60
read(sys.argv[3])
before = held_mb("VmRSS")
print(read(sys.argv[1]), held_mb("VmHWM") - before)
"""


def _statements(entity: dict[str, Any], kind: str) -> str:
    """50 MB of statements of one property, as long or as short as the dump's are."""
    value: dict[str, Any] = {"value": "A short text", "type": "string"}
    if kind == "items":
        value = {"value": {"entity-type": "item", "numeric-id": 42, "id": "Q42"}, "type": "wikibase-entityid"}
    snak = {"snaktype": "value", "property": "P9999", "hash": "0" * 40, "datavalue": value, "datatype": "string"}
    qualifiers = {"qualifiers": {"P580": [snak] * 3}, "qualifiers-order": ["P580"]} if kind == "qualifiers" else {}
    made: list[str] = []
    length = 0
    while length < LINE_MB * 1e6:
        guid = f"{entity['id']}${len(made):08X}-0000-0000-0000-000000000000"
        row = {"mainsnak": snak, "type": "statement", **qualifiers, "id": guid, "rank": "normal"}
        made.append(json.dumps(row, separators=(",", ":")))
        length += len(made[-1])
    return ",".join(made)


def with_a_large_line(dump: Path, path: Path, kind: str, *, candidate: bool) -> None:
    """The dump twice, and between them an item of 50 MB."""
    lines = gzip.decompress(dump.read_bytes()).decode().strip("[]\n").split(",\n")
    entities = [entity for entity in map(json.loads, lines) if entity["claims"]]
    entity = next(
        each
        for each in entities
        if candidate == bool(each["claims"].get("P18") and (each["claims"].get("P17") or each["claims"].get("P495")))
    )
    text = json.dumps({**entity, "id": "Q999999999"}, separators=(",", ":"))
    large = text.replace('"claims":{', f'"claims":{{"P9999":[{_statements(entity, kind)}],', 1)
    path.write_bytes(gzip.compress(("[\n" + ",\n".join([*lines, large, *lines]) + "\n]\n").encode(), 1))


def measured(code: str, *arguments: str) -> tuple[int, float]:
    """Rows, and MB that the task took at its most."""
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=root)
    assert ended.returncode == 0, ended.stderr
    rows, taken = ended.stdout.split()
    return int(rows), float(taken)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("kind", "candidate"), [("items", True), ("strings", True), ("qualifiers", True), ("strings", False)]
)
def test_a_line_of_50_mb_stays_within_the_memory_of_a_task(
    built_sample: BuiltSample, tmp_path: Path, kind: str, candidate: bool
) -> None:
    plain, _ = measured(_READ, str(built_sample.dump_gz))
    path = tmp_path / "dump.json.gz"
    with_a_large_line(built_sample.dump_gz, path, kind, candidate=candidate)
    rows, taken = measured(_READ, str(path))
    assert rows == 2 * plain + candidate
    assert taken < MOST_MB


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("way", ["scanned", "decoded"])
def test_so_it_does_in_the_stage(built_sample: BuiltSample, tmp_path: Path, way: str) -> None:
    path = tmp_path / "dump.json.gz"
    with_a_large_line(built_sample.dump_gz, path, "strings", candidate=True)
    rows, taken = measured(_EXTRACT, str(path), way, str(built_sample.dump_gz))
    assert rows > 2
    assert taken < MOST_MB
