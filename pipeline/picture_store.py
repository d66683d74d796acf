"""The content-addressed store of pictures: the SHA-256 of the bytes is the name, so nothing is stored twice."""

from __future__ import annotations

import hashlib

from pipeline.errors import VerificationError
from pipeline.storage import Storage

FOLDER = "pictures"


def picture_path(sha256: str) -> str:
    """Where a picture lies below the run's output."""
    return f"{FOLDER}/{sha256[:2]}/{sha256}.jpg"


def store_picture(output: Storage, sha256: str, data: bytes) -> None:
    """Store the bytes unless they are there."""
    if output.stat(picture_path(sha256)) is None:
        output.write(picture_path(sha256), data)


def load_picture(output: Storage, sha256: str) -> bytes:
    """The stored bytes.

    Raises:
        StorageError: there is no such picture.
        VerificationError: the bytes are not those that the name promises.
    """
    data = output.read(picture_path(sha256))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise VerificationError(f"{output.uri}/{picture_path(sha256)}: its bytes do not match its name")
    return data
