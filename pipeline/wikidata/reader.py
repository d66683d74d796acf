"""Opens a dump: checks that it is one, plans its ranges, and names the input for the fingerprint."""

from __future__ import annotations

import bz2
import hashlib

import msgspec
from isal import isal_zlib

from pipeline.errors import InputError, StorageError
from pipeline.storage import open_object
from pipeline.wikidata.ranges import CHUNK, Range, cut, kind_of, lines

_WHOLE_BYTES = 64 << 20
_SAMPLES = 64
_SAMPLE_BYTES = 64 << 10


class _Head(msgspec.Struct):
    id: str
    type: str = "item"


def plan(uri: str, range_bytes: int) -> list[Range]:
    """The ranges of one dump file.

    Raises:
        InputError: the file is missing, empty, not of a readable kind, or its first line is not an entity.
    """
    size = _size(uri)
    kind = kind_of(uri)
    storage, path = open_object(uri)
    head = Range(uri, kind, 0, size, size, is_array=False)
    first = next(lines(storage, path, head), b"")
    try:
        msgspec.json.decode(first, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        shown = first[:60].decode("utf-8", "replace")
        raise InputError(
            f"{uri}: is not a Wikidata JSON dump: its first line is not an entity but {shown!r}; "
            "the dump is called latest-all.json.gz"
        ) from error
    return cut(uri, kind, size, _is_array(uri, kind), range_bytes)


def input_tag(uri: str) -> str:
    """A name for the bytes of an input: S3's ETag, or a hash of a local file.

    Of a local file above 64 MiB only 64 evenly spaced pieces are hashed, its ends among them: another dump, or one with
    a hole of a sixty-third of its size, gets another name; a few bytes changed in between go unnoticed.
    """
    size = _size(uri)
    storage, path = open_object(uri)
    if uri.startswith("s3://"):
        info = storage.stat(path)
        return f"{size}-{info.etag if info else ''}"
    if size <= _WHOLE_BYTES:
        return f"{size}-{hashlib.sha256(storage.read(path)).hexdigest()[:16]}"
    digest = hashlib.sha256()
    for number in range(_SAMPLES):
        digest.update(storage.read(path, (size - _SAMPLE_BYTES) * number // (_SAMPLES - 1), _SAMPLE_BYTES))
    return f"{size}-{digest.hexdigest()[:16]}"


def _size(uri: str) -> int:
    try:
        storage, path = open_object(uri)
        info = storage.stat(path)
    except StorageError as error:
        raise InputError(f"extract.dump: {error}") from error
    if info is None:
        raise InputError(f"{uri}: there is no such file; extract.dump must name a Wikidata JSON dump")
    if info.size == 0:
        raise InputError(f"{uri}: is empty; download the dump again")
    return info.size


def _is_array(uri: str, kind: str) -> bool:
    storage, path = open_object(uri)
    data = storage.read(path, 0, CHUNK)
    if kind == "gz":
        data = isal_zlib.decompressobj(wbits=31).decompress(data, 16)
    elif kind == "bz2":
        data = bz2.BZ2Decompressor().decompress(data, 16)
    return data.lstrip()[:1] == b"["
