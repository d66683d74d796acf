"""A driver of the stage `numbers`, of slow partitions, on a cluster that is there already.

`python -m tests.kit.toy_run OUTPUT JOURNAL ADDRESS`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import Cluster
from pipeline.ray_executor import execute_on_ray
from pipeline.storage import open_storage
from tests.kit.toy import Journal, Numbers, run_toy

PARTITIONS, SECONDS = 12, 2.0


@dataclass(frozen=True)
class Slow:
    """A `before` that takes its time."""

    def __call__(self, partition: str) -> None:
        time.sleep(SECONDS)


def main(arguments: Sequence[str]) -> None:
    output, journal, address = arguments
    stage = Numbers(PARTITIONS, journal=Journal(Path(journal)), before=Slow())
    stage.num_cpus = 1.0  # type: ignore[misc]
    run_toy(stage, open_storage(output), execute=execute_on_ray(Cluster(address=address)))


if __name__ == "__main__":
    main(sys.argv[1:])
