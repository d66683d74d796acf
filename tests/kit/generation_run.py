"""A driver of `rephrase` and `judge` with engines that can be killed, on a cluster that is there already."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.config import Cluster
from pipeline.ray_executor import execute_on_ray
from tests.kit.killable_stages import Work


def main(arguments: Sequence[str]) -> None:
    output, journal, engine, address = arguments
    Work(output, Path(journal), engine=engine).run(execute_on_ray(Cluster(address=address)))


if __name__ == "__main__":
    main(sys.argv[1:])
