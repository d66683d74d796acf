"""What the config leaves out of the data set, looked for in the shards: what benchmarks hold, what did not pass."""

from __future__ import annotations

import numpy as np

from pipeline.commit import CommitRecord
from pipeline.dataset.protected.keys import load_all
from pipeline.dataset.protected.overlap import overlaps
from pipeline.dataset.settings import Assemble
from pipeline.stage import StageOutput
from pipeline.verify.ids import groups_of, keys, place_in
from pipeline.verify.shards import Row, RowCheck

_ROWS = 256  # compared with the lists at a time


class LeftOut(RowCheck):
    """Rows of the shards against `assemble.protected` and `assemble.keep`.

    Args:
        images: the complete stage; 16 bytes for each of its rows are kept.
        config: of the run.

    Raises:
        UserError: a list cannot be read.
    """

    name = "nothing that assemble.protected and assemble.keep leave out is in the shards"

    def __init__(self, images: StageOutput, config: Assemble) -> None:
        super().__init__()
        self._lists = load_all(config.protected)
        self._bits, self._keep = config.protected_bits, config.keep
        digests, hashes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for group in groups_of(images, "images", ["sha256", "phash"]):
            digests.append(keys(group.column("sha256").to_pylist()))
            hashes.append(group.column("phash").to_numpy().astype(np.int64))
        self._digests, first = np.unique(np.concatenate(digests), return_index=True)
        self._hashes = np.concatenate(hashes)[first]
        self._waiting: list[Row] = []

    def begin(self, assemble: StageOutput, commit: CommitRecord) -> None:
        self._waiting = []

    def look(self, row: Row, shard: str, number: int) -> None:
        self.looked_at += len(row["items"])
        if self._keep == "passing":
            for item in row["items"]:
                if not item["passes"]:
                    said = "was not judged" if item["passes"] is None else "does not pass"
                    self.findings.add(f"sample {item['qa_id']}: {said}, and assemble.keep is passing")
        if self._lists:
            self._waiting.append({name: row[name] for name in ("qid", "sha256", "items")})
        if len(self._waiting) == _ROWS:
            self.finish()

    def finish(self) -> None:
        digests = [row["sha256"] for row in self._waiting]
        at, there = place_in(self._digests, keys(digests))
        hashes = dict(zip(digests, self._hashes[at].tolist() if len(self._hashes) else [], strict=False))
        # A picture that is not in images is another check's problem.
        known = [row for row, is_known in zip(self._waiting, there.tolist(), strict=True) if is_known]
        for qa_id, found in overlaps(known, hashes, self._lists, self._bits).items():
            self.findings.add(f"sample {qa_id}: {found.reason}, {found.evidence}")
        self._waiting = []
