"""A driver on a small local Ray whose stage hands more to its workers than the object store holds.

`python -m tests.kit.heavy_run OUTPUT MB`
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pipeline.config import Cluster
from pipeline.errors import UserError
from pipeline.ray_executor import execute_on_ray
from pipeline.stage import Inputs, Outcome, Partition
from pipeline.storage import Storage, open_storage
from tests.kit.toy import Numbers, run_toy

STORE_MB = 80


class Heavy(Numbers):
    """`Numbers` with so many MB that all partitions share, as `select` has labels."""

    shared_mb = 0

    def shared(self, inputs: Inputs, directory: Storage) -> bytes:  # type: ignore[override]
        return bytes(self.shared_mb * 10**6)

    def process(self, partition: Partition, inputs: Inputs, shared: bytes) -> Outcome:  # type: ignore[override]
        assert len(shared) == self.shared_mb * 10**6
        return super().process(partition, inputs, 0)


def main(arguments: Sequence[str]) -> int:
    output, shared_mb = arguments
    stage = Heavy()
    stage.shared_mb = int(shared_mb)
    try:
        run_toy(stage, open_storage(output), execute=execute_on_ray(Cluster(num_cpus=1, object_store_mb=STORE_MB)))
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
