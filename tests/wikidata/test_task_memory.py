"""A line of 50 MB that is no candidate costs a read task no more memory than it may; docs/scaling.md has candidates."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sample.build import BuiltSample

MOST_MB = 300
LINE_MB = 50

# Run in a process of its own: what a task adds to what Python with its libraries holds before.
_READ = """
import re, sys
from pathlib import Path
from pipeline.wikidata.datasource import Candidates, WikidataDatasource

def held(kind):
    return int(re.search(kind + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1e3

source = WikidataDatasource([sys.argv[1]], Candidates(("P18",), ("P17", "P495"), None, ("en",)), 100, "raise")
(task,) = source.get_read_tasks(1)
before = held("VmRSS")
rows = sum(table.num_rows for table in task())
print(rows, held("VmHWM") - before)
"""


def read(path: Path) -> tuple[int, float]:
    """Rows, and MB that the task took at its most."""
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, cwd=root)
    assert ended.returncode == 0, ended.stderr
    rows, taken = ended.stdout.split()
    return int(rows), float(taken)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_line_of_50_mb_that_is_no_candidate_stays_within_the_memory_of_a_task(
    built_sample: BuiltSample, tmp_path: Path
) -> None:
    lines = gzip.decompress(built_sample.dump_gz.read_bytes()).decode().strip("[]\n").split(",\n")
    entity = next(each for each in map(json.loads, lines) if each["claims"] and not each["claims"].get("P18"))
    statements = next(iter(entity["claims"].values()))
    long_list = statements[:1] * (LINE_MB * 1_000_000 // len(json.dumps(statements[0])))
    large = json.dumps({**entity, "id": "Q999999999", "claims": {**entity["claims"], "P9999": long_list}})
    assert len(large) > 0.9 * LINE_MB * 1e6
    path = tmp_path / "dump.json.gz"
    path.write_bytes(gzip.compress(("[\n" + ",\n".join([*lines, large, *lines]) + "\n]\n").encode(), 1))
    plain, _ = read(built_sample.dump_gz)
    rows, taken = read(path)
    assert rows == 2 * plain
    assert taken < MOST_MB
