"""WebDataset: tars of key.jpg and key.json, to be read in sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson
import pyarrow.parquet as pq

from pipeline.dataset.export.form import Exported, Form, Piece, batches
from pipeline.dataset.export.tar import Tar, member_size

# Large enough to be read at a disk's speed, small enough to be spread over workers and shuffled.
TAR_BYTES = 1 << 30


class WebDataset(Form):
    """A sample is a picture with all its questions. Members keep the order of the shard, which is mixed already.

    Args:
        tar_bytes: a tar is closed before it would become larger, unless a single sample is.
    """

    name: ClassVar[str] = "webdataset"
    version: ClassVar[int] = 1

    def __init__(self, tar_bytes: int = TAR_BYTES) -> None:
        self.tar_bytes = tar_bytes

    def settings(self) -> dict[str, Any]:
        return {"tar_bytes": self.tar_bytes}

    def pieces(self, shard: pq.ParquetFile, name: str, split: str) -> Iterator[Piece]:
        tar, rows, number = Tar(), 0, 0
        for table in batches(shard, split):
            for row in table.to_pylist():
                picture = row.pop("image")
                about = orjson.dumps(row)
                size = member_size(len(picture)) + member_size(len(about))
                if rows and tar.size + size > self.tar_bytes:
                    yield _piece(tar, rows, name, split, number)
                    tar, rows, number = Tar(), 0, number + 1
                # A key ends at its first dot.
                key = f"Q{row['qid']}-{row['sha256']}"
                tar.add(f"{key}.jpg", picture)
                tar.add(f"{key}.json", about)
                rows += 1
        yield _piece(tar, rows, name, split, number)

    def lists(self, files: Sequence[Exported]) -> Mapping[str, bytes]:
        splits = dict.fromkeys(file.split for file in files)
        return {
            f"{split}.txt": "".join(f"{file.path}\n" for file in files if file.split == split).encode()
            for split in splits
        }

    def configs(self, files: Sequence[Exported]) -> list[dict[str, Any]]:
        return []

    def usage(self, files: Sequence[Exported]) -> str:
        return _USAGE


def _piece(tar: Tar, rows: int, name: str, split: str, number: int) -> Piece:
    return Piece(f"{split}/{name}-{number:02d}.tar", split, rows, tar.finish())


_USAGE = """\
## How to load

    import webdataset
    tars = open("train.txt").read().split()
    samples = webdataset.WebDataset(tars, shardshuffle=len(tars)).shuffle(1000).decode("pil")
    for sample in samples:
        sample["jpg"], sample["json"]["items"]

A sample is a picture (`jpg`) and all that is known of it (`json`): its questions in `items`, and `author`, `licence`,
`licence_url`, `attribution` and `page_url`, which must be shown with it. `train.txt`, `validation.txt` and `test.txt`
list the tars. Pictures lie in a mixed order within a tar.
"""
