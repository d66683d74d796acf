"""The path on 1,120 real entities with real photographs: what comes out, and what Ray adds to the work itself.

The peer is the same path in one process without Ray: the price of a cluster's machinery on a tiny input. Start-up of
Ray is left out by a first, unmeasured run. Needs ../shared/data beside the checkout.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.claims import Claim, claim, interleaved, main
from jobs.chain import survey
from jobs.cli import main as culturalground
from jobs.run_config import load_config
from sample.commons_server import CommonsServer
from tests.kit.real_input import ABSENT, DUMPS, SHARED, picture_titles, write_real_commons

CONFIG = "configs/debug.yaml"
# Ours, no published figure: seven stages of partitions that take some 40 ms each, two of them with a pool of actors to
# start, are nearly all overhead. The bar is there to notice when it grows.
BAR_OF_RAY = 0.2


def measure(quick: bool) -> Sequence[Claim]:
    """Run in process and on Ray, from both compressions, and compare."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = _run(folder / "first", "gz", "--local", "--to", "select")
        write_real_commons(folder / "commons", picture_titles(_outputs(first)["select"]))
        with CommonsServer(folder / "commons") as server:
            served = (f"images.api_url={server.api_url}", f"images.upload_url={server.upload_url}")

            def seconds(kind: str, *more: str) -> float:
                shutil.rmtree(folder / "timed", ignore_errors=True)
                started = time.monotonic()
                _run(folder / "timed", kind, *more, settings=served)
                return time.monotonic() - started

            seconds("gz")
            times = interleaved(
                {"ray": lambda: seconds("gz"), "process": lambda: seconds("gz", "--local")}, 1 if quick else 5
            )
            samples = {}
            for kind in DUMPS:
                settings = _run(folder / kind, kind, "--local", settings=served)
                samples[kind] = _outputs(settings)["assemble"].num_rows("index")
                if culturalground(["verify", *settings, "--to", "assemble"]):
                    sys.exit(1)
    return [
        claim("samples from .gz, against those from .bz2", samples["gz"], samples["bz2"], "samples", 1.0),
        claim(
            "entities/s on Ray, against one process", 1120 / times["ray"], 1120 / times["process"], "1/s", BAR_OF_RAY
        ),
    ]


def _run(output: Path, kind: str, *more: str, settings: Sequence[str] = ()) -> list[str]:
    changed = [
        f"output={output}",
        f"extract.dump=[{DUMPS[kind]}]",
        "extract.range_mb=0.5",
        "generation.engine=none",
        "images.max_quarantined=0.2",
    ]
    arguments = ["--config", CONFIG, *[text for one in (*changed, *settings) for text in ("--set", one)]]
    with contextlib.redirect_stdout(io.StringIO()):
        if culturalground(["run", *arguments, *(more if "--to" in more else (*more, "--to", "assemble"))]):
            sys.exit("the run failed")
    return arguments


def _outputs(arguments: Sequence[str]) -> dict[str, object]:
    config = load_config(CONFIG, arguments[3::2])
    return {stage.name: stage.output for stage in survey(config) if stage.output is not None}


if __name__ == "__main__":
    main(measure, __doc__)
