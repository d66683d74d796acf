"""What becomes of a range: every line is counted once, whatever was wrong with it, and memory has a bound."""

from __future__ import annotations

import bz2
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.stage import Outcome, Partition
from pipeline.wikidata.dump.ranges import Range, kind_of
from pipeline.wikidata.extract import ExtractStage
from pipeline.wikidata.settings import Extract
from tests.kit.driver import ROOT
from tests.wikidata.dumps import array_text, entity_line, frame, item, layouts, member, statement

CANDIDATE = {
    "P18": [statement("P18", "A.jpg", "string")],
    "P17": [statement("P17", item(1037), "wikibase-entityid")],
}
LINES = [
    entity_line(number, label=f"thing {number}", size=400, claims=CANDIDATE if number % 4 == 0 else None)
    for number in range(1, 41)
]


def extract(path: Path, **settings: Any) -> Outcome:
    stage = ExtractStage(Extract(dump=(str(path),), dump_date="2026-01-05", **settings))
    [partition] = stage.partitions({})
    outcome = stage.process(partition, {}, None)
    assert outcome.counts.balance() == 0
    return outcome


def test_lines_are_candidates_or_counted(tmp_path: Path) -> None:
    outcome = extract(layouts(tmp_path, LINES)["members.json.gz"])
    assert (outcome.counts.rows_in, outcome.counts.ok) == (40, 10)
    assert outcome.counts.not_selected == {"no_picture": 30}
    assert outcome.tables["entities"].column("qid").to_pylist() == list(range(4, 41, 4))
    assert outcome.tables["labels"].num_rows == 40


def test_a_line_that_is_none_is_set_aside_alone(tmp_path: Path) -> None:
    lines = [*LINES[:5], b'{"id":', b'{"label": "no id"}', *LINES[5:]]
    path = tmp_path / "dump.json"
    path.write_bytes(array_text(lines))
    outcome = extract(path)
    assert (outcome.counts.rows_in, outcome.counts.ok) == (42, 10)
    assert outcome.counts.quarantined == {"not_json": 1, "not_an_entity": 1}
    assert [row.key for row in outcome.quarantine] == [f"{path} line {number} after byte 0" for number in (6, 7)]


def test_a_member_that_is_damaged_is_set_aside_with_its_byte(tmp_path: Path) -> None:
    path = layouts(tmp_path, LINES)["members.json.gz"]
    data = bytearray(path.read_bytes())
    offset = data.index(member(b",\n".join(LINES[12:15])))
    data[offset + 200] ^= 0xFF
    path.write_bytes(bytes(data))
    outcome = extract(path)
    assert outcome.counts.quarantined["damaged"] == 1
    assert f"{path} byte {offset}" in [row.key for row in outcome.quarantine]
    assert 7 <= outcome.counts.ok <= 10


def test_a_file_cut_off_stops_or_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    path = layouts(tmp_path, LINES)["members.json.gz"]
    size = path.stat().st_size * 3 // 4
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match=rf"cut off at byte {size}; download it again, or set extract.on_truncated"):
        extract(path)
    outcome = extract(path, on_truncated="keep")
    assert outcome.counts.not_selected["cut_off"] == 1
    assert not outcome.counts.quarantined
    assert 20 <= outcome.counts.rows_in <= 32


_MEASURE = """
import resource, sys
from pathlib import Path
from tests.wikidata.test_extract import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = read(Path(sys.argv[1]))
print(rows, before / 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def read(path: Path) -> int:
    """Lines of a file, read as one range."""
    size = path.stat().st_size
    stage = ExtractStage(Extract(dump=(str(path),), dump_date="2026-01-05"))
    part = Range(str(path), kind_of(str(path)), 0, size, size, is_array=True)
    return stage.process(Partition("000000", asdict(part)), {}, None).counts.rows_in


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "compress"), [(".gz", member), (".bz2", bz2.compress), (".zst", frame), ("", lambda text: text)]
)
def test_a_line_of_50_mb_takes_bounded_memory(tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]) -> None:
    """The line is long in what is kept and in what is passed over; it is held a few times, not more."""
    long = json.loads(entity_line(1, label="long", claims=CANDIDATE))
    long["descriptions"] = {"en": {"language": "en", "value": "word " * 5_000_000}}
    long["sitelinks"] = {f"site{number}": {"site": f"site{number}", "badges": []} for number in range(400_000)}
    line = json.dumps(long, separators=(",", ":")).encode()
    assert len(line) > 40_000_000
    path = tmp_path / f"dump.json{ending}"
    path.write_bytes(compress(array_text([LINES[0], line, LINES[1]])))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows, before, most = done.stdout.split()
    assert int(rows) == 3
    assert float(most) - float(before) < 300
