"""What `extract` costs on Ray against a bare process, on two workers against one, and over three decades of input.

The input is the dump that `dump_reader.py` reads, several times over so that a run takes half a minute. Ray is started
by a first run that is not measured. Needs ../shared/data beside the checkout.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.claims import Claim, claim, interleaved, main
from benchmarks.dump_data import write_dump
from jobs.cli import main as culturalground
from tests.kit.memory import held_mb
from tests.kit.real_input import ABSENT, DUMPS, SHARED

CONFIG = "configs/debug.yaml"
# As `extract.range_mb` has it by itself.
RANGE_MB = 48.0


def measure(quick: bool) -> Sequence[Claim]:
    """Build the dumps, extract them in each way, compare."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    sizes = (100, 1_000, 10_000) if quick else (100, 1_000, 10_000, 100_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dumps = {}
        for num_lines in sizes:
            place = folder / str(num_lines)
            place.mkdir()
            in_gzip, _ = write_dump(DUMPS["gz"], place, num_lines)
            dumps[num_lines] = in_gzip
        for num_lines, dump in dumps.items():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                cpu_s, rss_mb = pool.apply(cost, (str(dump), str(folder / "curve")))
            row = {"lines": num_lines, "gz_mb": dump.stat().st_size / 1e6, "cpu_us_a_line": cpu_s / num_lines * 1e6}
            print(json.dumps({**row, "peak_mb": rss_mb}), flush=True)
        one, two = (bare_rate(str(dumps[sizes[-1]]), folder, number) for number in (1, 2))
        print(json.dumps({"two bare processes, against one": two / one}), flush=True)
        copies = [folder / f"copy{number}.json.gz" for number in range(2 if quick else 6)]
        for copy in copies:
            copy.symlink_to(dumps[sizes[-1]])

        def seconds(*more: str) -> float:
            started = time.monotonic()
            extract(copies, folder / "timed", *more)
            return time.monotonic() - started

        seconds("--set", "cluster.max_workers=2")
        took = interleaved(
            {
                "bare": lambda: seconds("--local"),
                "one": lambda: seconds("--set", "cluster.max_workers=1"),
                "two": lambda: seconds("--set", "cluster.max_workers=2"),
            },
            1 if quick else 2,
        )
    rates = {name: sizes[-1] * len(copies) / each for name, each in took.items()}
    return [
        claim("extract on Ray with one worker, against a bare process", rates["one"], rates["bare"], "lines/s", 0.7),
        claim("extract on Ray with two workers, against one", rates["two"], rates["one"], "lines/s", 1.8),
    ]


def cost(dump: str, output: str) -> tuple[float, float]:
    """CPU seconds and MB of memory at most of the stage in a fresh process, after a first run on the same file."""
    extract([Path(dump)], Path(output))
    started = time.process_time()
    extract([Path(dump)], Path(output))
    took = time.process_time() - started
    return took, held_mb("VmHWM")


def bare_rate(dump: str, folder: Path, num_processes: int) -> float:
    """Runs of the stage a second by so many processes that know nothing of each other: what the machine can do."""
    outputs = [str(folder / f"bare{number}") for number in range(num_processes)]
    with multiprocessing.get_context("spawn").Pool(num_processes) as pool:
        pool.starmap(cost, [(dump, output) for output in outputs], 1)
        started = time.monotonic()
        pool.starmap(cost, [(dump, output) for output in outputs], 1)
        return num_processes / (time.monotonic() - started)


def extract(dumps: Sequence[Path], output: Path, *more: str) -> None:
    """The stage from nothing."""
    shutil.rmtree(output, ignore_errors=True)
    settings = [f"extract.dump=[{','.join(map(str, dumps))}]", f"output={output}", f"extract.range_mb={RANGE_MB}"]
    changes = [argument for setting in settings for argument in ("--set", setting)]
    ways = more or ("--local",)
    with contextlib.redirect_stdout(io.StringIO()):
        if culturalground(["run", "--config", CONFIG, *changes, *ways, "--to", "extract"]):
            sys.exit("the stage failed")


if __name__ == "__main__":
    main(measure, __doc__)
