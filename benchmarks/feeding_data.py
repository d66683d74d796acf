"""The same pictures and questions for all candidates of `feeding.py`: shards with their index, and MDS beside them.

Pictures are drawings of the embedded sample, 360 px, each with a comment of its own so that none is equal to another.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.made_stages import commented
from pipeline.commons.normalise import Normalised, normalise
from pipeline.dataset.shards import index_rows
from pipeline.schema import INDEX, SHARDS
from pipeline.storage import Storage
from pipeline.tables import write_table
from sample.build import build
from tests.kit.assembled import row
from training.data.places import Source

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".peers/streaming/bin/python"
SIDE_PX = 360
QUESTIONS, PICTURES_A_SHARD = 4, 512

Row = dict[str, Any]


def drawings(folder: Path) -> list[Normalised]:
    """Those of the embedded sample."""
    files = sorted((build(folder).commons / "files").iterdir())
    return [normalise(file.read_bytes(), max_pixels=100_000_000, max_side_px=SIDE_PX) for file in files]


def write_shards(storage: Storage, pictures: list[Normalised], number: int) -> Source:
    """So many pictures with `QUESTIONS` each, as `assemble` writes them."""
    shards: dict[str, str] = {}
    paths = []
    for first in range(0, number, PICTURES_A_SHARD):
        name = f"{first // PICTURES_A_SHARD:06d}"
        rows = [_row(pictures, qid) for qid in range(first, min(first + PICTURES_A_SHARD, number))]
        index = [entry for at, each in enumerate(rows) for entry in index_rows(each, name, at)]
        shards[name] = write_table(storage, "shards", name, pa.Table.from_pylist(rows, schema=SHARDS)).path
        paths.append(write_table(storage, "index", name, pa.Table.from_pylist(index, schema=INDEX)).path)
    return Source(storage.uri, shards, paths, "made", "train")


def _row(pictures: list[Normalised], qid: int) -> Row:
    picture = pictures[qid % len(pictures)]
    image = commented(picture.data, f"{qid}")
    return {
        **row(qid, "train", num_items=QUESTIONS),
        "image": image,
        "sha256": hashlib.sha256(image).hexdigest(),
        "width": picture.width,
        "height": picture.height,
    }


def with_peer(task: str, given: Mapping[str, Any]) -> str:
    """What `feeding_mds.py` prints, run by the peer's interpreter."""
    script = Path(__file__).with_name("feeding_mds.py")
    # The project and its libraries come first, the peer's own after them.
    paths = (ROOT, Path(pa.__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "S3_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    }
    command = [str(PEER), str(script), task, json.dumps(given)]
    return subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout
