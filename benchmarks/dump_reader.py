"""The dump reader against what people use: MB of JSON text per CPU-second of one core, start-up left out.

Each candidate reads the same file again and again for at least 20 s (--quick: 2 s); candidates take turns. Peers:
qwikidata, gzip with orjson, npm's wikibase-dump-filter behind `gzip -dc`, lbzip2; those that are not there are named
and left out. Needs ../shared/data beside the checkout, and `make peers`.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import orjson

from benchmarks.claims import Claim, claim, interleaved, main
from benchmarks.dump_data import write_dump
from pipeline.schema import TABLES
from pipeline.storage import open_storage
from pipeline.tables import write_table
from pipeline.wikidata.candidates import Candidates
from pipeline.wikidata.decode import decode
from pipeline.wikidata.dump.lines import range_blocks
from pipeline.wikidata.dump.ranges import Damage, Range, kind_of
from pipeline.wikidata.dump.source import open_source
from pipeline.wikidata.extract import Extraction
from pipeline.wikidata.settings import Extract
from tests.kit.real_input import ABSENT, DUMPS, SHARED

ROOT = Path(__file__).parents[1]
QWIKIDATA = ROOT / ".peers/qwikidata/bin/python"
FILTER = ROOT / ".peers/wikibase-dump-filter/node_modules/.bin/wikibase-dump-filter"
COUNTRIES = ("P17", "P495")

# Run by the peer's own interpreter with a file and seconds: prints candidates found and CPU seconds of one pass.
_QWIKIDATA = """
import sys, time
from qwikidata.json_dump import WikidataJsonDump
found = passes = 0
start = time.process_time()
while time.process_time() - start < float(sys.argv[2]):
    passes += 1
    for entity in WikidataJsonDump(sys.argv[1]):
        claims = entity.get("claims") or {}
        found += "P18" in claims and ("P17" in claims or "P495" in claims)
print(found // passes, (time.process_time() - start) / passes)
"""


def select(path: Path) -> int:
    """The reader with the selection by picture and country: typed entities of the candidates."""
    candidates = Candidates(("P18",), COUNTRIES)
    found = 0
    for block in _blocks(path):
        for start, end in candidates.find(block):
            decode(block[start:end])
            found += 1
    return found


def extract(path: Path, folder: Path) -> int:
    """The whole of the stage `extract` without Ray: labels, edges, candidates, to parquet."""
    size = path.stat().st_size
    # The same selection as everyone's here.
    config = Extract(dump=(str(path),), dump_date="2026-01-05", country_properties=(17, 495))
    extraction = Extraction(config)
    extraction.read(Range(str(path), kind_of(str(path)), 0, size, size, is_array=True))
    outcome = extraction.outcome()
    for name, table in outcome.tables.items():
        write_table(open_storage(str(folder)), name, "000000", table.cast(TABLES[name]))
    return outcome.counts.ok


def select_with_orjson(path: Path) -> int:
    """What one would write by hand."""
    found = 0
    with gzip.open(path) as file:
        for line in file:
            if len(line) > 3:
                claims = orjson.loads(line.rstrip(b",\n"))["claims"]
                found += "P18" in claims and ("P17" in claims or "P495" in claims)
    return found


def _blocks(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    part = Range(str(path), kind_of(str(path)), 0, size, size, is_array=True)
    for block in range_blocks(open_source(str(path)).read, part):
        assert not isinstance(block, Damage), block
        yield block


def repeated(work: Callable[[], int], seconds: float, expected: list[int]) -> Callable[[], float]:
    """CPU seconds of one pass, over as many passes as fill the time."""

    def measure() -> float:
        start = time.process_time()
        passes = 0
        while time.process_time() - start < seconds:
            expected.append(work())
            passes += 1
        return (time.process_time() - start) / passes

    return measure


def child(command: Sequence[str]) -> float:
    """CPU seconds of a command and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def enough_passes(run: Callable[[int], float], seconds: float) -> Callable[[], float]:
    """CPU seconds of one pass, of a command that is given so many that it takes the time."""
    passes = 1

    def measure() -> float:
        nonlocal passes
        while (took := run(passes)) < seconds:
            passes = max(passes + 1, math.ceil(1.1 * seconds / took * passes))
        return took / passes

    return measure


def through_gzip(path: Path, command: Sequence[str]) -> Callable[[int], float]:
    """CPU seconds of `gzip -dc FILE FILE ... | COMMAND`, less those of the same on a file of one line."""
    line = path.with_name("line.json.gz")
    with gzip.open(path) as file, gzip.open(line, "wb") as out:
        out.writelines((file.readline(), file.readline().rstrip(b",\n"), b"\n]\n"))

    def seconds(*files: Path) -> float:
        shown = " ".join(shlex.quote(str(file)) for file in files)
        return child(["bash", "-c", f'set -o pipefail; gzip -dc {shown} | "$@"', "bash", *command])

    return lambda passes: seconds(*[path] * passes) - seconds(line)


def peer_of_qwikidata(path: Path, seconds: float, expected: list[int]) -> Callable[[], float]:
    """CPU seconds of one pass, start-up left out: it tells them itself."""

    def measure() -> float:
        command = [str(QWIKIDATA), "-c", _QWIKIDATA, str(path), str(seconds)]
        found, took = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        expected.append(int(found))
        return float(took)

    return measure


def _of_lbzip2(path: Path, passes: int) -> float:
    return child(["lbzip2", "-n1", "-dkc", *[str(path)] * passes])


def measure(quick: bool) -> Sequence[Claim]:
    """Build the dump, let all read it, and compare."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    if not QWIKIDATA.exists():
        sys.exit("needs the peers: make peers")
    seconds, repetitions = (2.0, 1) if quick else (20.0, 3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        num_lines = 8_000 if quick else 24_000
        sizes = write_dump(DUMPS["gz"], folder, num_lines)
        in_gzip, in_bzip2 = sizes
        num_bytes = sizes[in_gzip]
        print(json.dumps({"text_mb": num_bytes / 1e6, "lines": num_lines, "mean_bytes": num_bytes / num_lines,
                          "gz_ratio": num_bytes / in_gzip.stat().st_size}), flush=True)  # fmt: skip
        # What is compiled is compiled, or read from where that was kept, at its first use.
        select(in_bzip2)
        extract(in_gzip, folder)
        found: list[int] = []
        found_in_bzip2: list[int] = []
        candidates: dict[str, Callable[[], float]] = {
            "select": repeated(lambda: select(in_gzip), seconds, found),
            "extract": repeated(lambda: extract(in_gzip, folder), seconds, found),
            "orjson": repeated(lambda: select_with_orjson(in_gzip), seconds, found),
            "qwikidata": peer_of_qwikidata(in_gzip, seconds, found),
            "select bz2": repeated(lambda: select(in_bzip2), seconds, found_in_bzip2),
            "qwikidata bz2": peer_of_qwikidata(in_bzip2, seconds, found_in_bzip2),
        }
        if FILTER.exists() and shutil.which("node"):
            of_node = through_gzip(in_gzip, ["node", str(FILTER), "--claim", "P18&P17"])
            candidates["filter"] = enough_passes(of_node, seconds)
        if shutil.which("lbzip2"):
            candidates["lbzip2"] = enough_passes(partial(_of_lbzip2, in_bzip2), seconds)
        took = interleaved(candidates, repetitions)
        # The peers look at no rank: they find a few more, with a picture or country that is deprecated.
        print(json.dumps({"candidates_found": sorted(set(found)), "in_bz2": sorted(set(found_in_bzip2))}), flush=True)
        of_bzip2 = ("select bz2", "qwikidata bz2", "lbzip2")
        rates = {name: sizes[in_bzip2 if name in of_bzip2 else in_gzip] / 1e6 / each for name, each in took.items()}
    bars = [
        ("select from .gz, against qwikidata", "select", "qwikidata", 8.5),
        ("select from .gz, against gzip and orjson", "select", "orjson", 5.5),
        ("select from .gz, against wikibase-dump-filter", "select", "filter", 18.0),
        ("select from .bz2, against qwikidata", "select bz2", "qwikidata bz2", 1.6),
        ("select from .bz2, against lbzip2 -n1 alone", "select bz2", "lbzip2", 0.9),
        ("extract to parquet from .gz, against qwikidata selecting", "extract", "qwikidata", 4.0),
    ]
    for name, _, peer, _ in bars:
        if peer not in rates:
            print(json.dumps({"claim": name, "left_out": f"{peer} is not installed"}), flush=True)
    return [claim(name, rates[ours], rates[peer], "MB/CPU-s", bar) for name, ours, peer, bar in bars if peer in rates]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(measure, __doc__)
