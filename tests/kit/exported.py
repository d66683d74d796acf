"""A finished export made by hand, and all that a folder holds."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path

from pipeline.storage import Storage, open_storage


def exported(folder: Path, files: Mapping[str, bytes]) -> Storage:
    """Write files and the manifest that an export has; those with a slash in the path are of a shard."""
    entries = []
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entries.append({"path": path, "split": "train", "rows": 1, "size": len(data), "sha256": digest})
    manifest = {
        "export": {"run": "r", "format": "datasets"},
        "shards": [{"shard": "000000", "made_of": "x", "files": [each for each in entries if "/" in each["path"]]}],
        "documents": [each for each in entries if "/" not in each["path"]],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return open_storage(str(folder))


def bytes_of(seed: int, size: int) -> bytes:
    """Bytes that nothing compresses; equal seeds give equal bytes."""
    return random.Random(seed).randbytes(size)


def some_files(seed: int = 0, num_large: int = 6, size: int = 30_000) -> dict[str, bytes]:
    """Small files, one of them empty, and large ones; a seed changes some of each."""
    large = {f"pictures/train-{number:06d}.parquet": bytes_of(number, size + number) for number in range(num_large)}
    return {
        **large,
        f"questions/train-{seed:06d}.parquet": bytes_of(100 + seed, size),
        "README.md": f"---\nlicense: other\n---\n# Data {seed}\n".encode(),
        "statistics.json": b"{}",
        "empty.txt": b"",
    }


def contents(storage: Storage) -> dict[str, bytes]:
    """All that lies there."""
    return {info.path: storage.read(info.path) for info in storage.list("")}
