"""Pictures put into a run's store by hand."""

from __future__ import annotations

import hashlib

from pipeline.picture_pack import Picture
from pipeline.picture_store import PictureStore, pack_path
from pipeline.storage import Storage


def picture(data: bytes, source: bytes | None = None) -> Picture:
    digest = hashlib.sha256(data)
    return Picture(digest.hexdigest(), data, source or digest.digest()[:16], {"num_bytes": len(data)})


def store(output: Storage, data: bytes) -> str:
    """Store one picture; the path of its pack."""
    name = PictureStore(output).add([picture(data)])
    assert name is not None
    return pack_path(name)
