"""A pack: pictures one after another in one object, and behind them an index of what lies where.

Object storage is slow and dear with millions of small objects. A pack is named after its bytes and never changed; that
of a single picture is a pack too.

    picture, facts, picture, facts, ...   facts: JSON, what the source said of the picture
    an entry of 64 bytes each             sorted by SHA-256; see `ENTRY`
    24 bytes                              number of entries (8), 8 bytes of padding, magic

Numbers are little-endian.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import VerificationError
from pipeline.fingerprint import canonical

MAGIC = b"CGPACK1\n"
# SHA-256 of the picture; the key of what it was made from; where the picture starts, its size, that of its facts.
ENTRY = np.dtype([("sha256", "V32"), ("source", "V16"), ("offset", "<u8"), ("size", "<u4"), ("facts_size", "<u4")])
TRAILER_BYTES = 24

# The digest of no bytes: an entry under it says why a source gives no picture.
NO_PICTURE = hashlib.sha256(b"").hexdigest()

Index = npt.NDArray[np.void]


@dataclass(frozen=True)
class Picture:
    """A picture to store.

    Attributes:
        sha256: hex digest of the bytes.
        data: the JPEG; empty where the source gives none, and `facts` says why.
        source: 16 bytes that name what it was made from: see `source_key`.
        facts: what is to be found again with it.
    """

    sha256: str
    data: bytes
    source: bytes
    facts: Mapping[str, Any]


def source_key(*parts: Any) -> bytes:
    """16 bytes that stand for a revision of a file and all that decides what is made of it."""
    return hashlib.sha256(canonical(parts)).digest()[:16]


def pack(pictures: Iterable[Picture]) -> bytes:
    """The pack of these pictures: the same whatever their order; of several from one source the first by digest."""
    kept: dict[tuple[str, bytes], Picture] = {}
    for picture in pictures:
        kept.setdefault((picture.sha256, picture.source), picture)
    body: list[bytes] = []
    index = np.zeros(len(kept), ENTRY)
    offset = 0
    for number, key in enumerate(sorted(kept)):
        picture = kept[key]
        facts = canonical(picture.facts)
        index[number] = (bytes.fromhex(picture.sha256), picture.source, offset, len(picture.data), len(facts))
        body += (picture.data, facts)
        offset += len(picture.data) + len(facts)
    return b"".join((*body, index.tobytes(), len(kept).to_bytes(8, "little"), bytes(8), MAGIC))


def pack_name(data: bytes) -> str:
    """32 hex digits of the pack's own digest."""
    return hashlib.sha256(data).hexdigest()[:32]


def num_entries(trailer: bytes, name: str) -> int:
    """How many entries the index has, by a pack's last bytes.

    Raises:
        VerificationError: the bytes end no pack.
    """
    if len(trailer) < TRAILER_BYTES or trailer[-len(MAGIC) :] != MAGIC:
        raise VerificationError(f"{name}: is no pack of pictures, or one that was cut off")
    return int.from_bytes(trailer[-TRAILER_BYTES : -TRAILER_BYTES + 8], "little")


def read_index(data: bytes, number: int) -> Index:
    """The entries that end with a pack's trailer, out of its last bytes."""
    end = len(data) - TRAILER_BYTES
    # A copy: these are kept, and what they were read from may be a whole pack.
    return np.frombuffer(data, ENTRY, number, end - number * ENTRY.itemsize).copy()


def unpack(data: bytes, name: str) -> Sequence[Picture]:
    """All pictures of a whole pack.

    Raises:
        VerificationError: it is damaged.
    """
    found = []
    for entry in read_index(data, num_entries(data, name)):
        start, size, facts_size = int(entry["offset"]), int(entry["size"]), int(entry["facts_size"])
        picture, facts = data[start : start + size], data[start + size : start + size + facts_size]
        sha256 = bytes(entry["sha256"]).hex()
        check(picture, sha256, name)
        found.append(Picture(sha256, picture, bytes(entry["source"]), json.loads(facts)))
    return found


def check(picture: bytes, sha256: str, name: str) -> None:
    """Whether the bytes are those that the digest promises.

    Raises:
        VerificationError: they are not.
    """
    if hashlib.sha256(picture).hexdigest() != sha256:
        raise VerificationError(f"{name}: its bytes do not match the name of picture {sha256}")
