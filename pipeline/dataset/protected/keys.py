"""Lists of what must not be taught: tables that users make of their copies of benchmarks, and of held-out splits.

A list is a file `NAME.parquet` or `NAME.jsonl`, or a folder NAME of such files. Every row has one of the first four
columns or more, the rest may be null or absent; other columns are not read:

- `qid`: the item of Wikidata that the row is about, 42 or "Q42".
- `phash`: perceptual hash of its picture as `schema.IMAGES` has it, a 64-bit integer or 16 hexadecimal digits.
- `image`: in place of it the picture itself in parquet, bytes or the struct of the library `datasets`; it is hashed.
- `question`: its text, and with it `language`, a code of the data set or of Wikidata; others match nothing.
- `answer`: where it is there, a question counts only together with it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from pipeline import vocabulary
from pipeline.commons.normalise import normalise
from pipeline.commons.picture import PictureError
from pipeline.dataset.alike.words import normalised
from pipeline.errors import ConfigError, InputError
from pipeline.near_hashes import Hashes
from pipeline.storage import Storage, open_object, open_storage

Column = Literal["qid", "phash", "image", "question", "language", "answer"]
COLUMNS: tuple[str, ...] = get_args(Column)
_KINDS = (".parquet", ".jsonl")
_ROWS_A_BATCH = 256  # with pictures in them, some 100 MB
_MAX_PIXELS = 100_000_000
_STORED_PX = 360
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HEX = re.compile(r"[0-9a-fA-F]{16}")
_QID = re.compile(r"Q?([1-9]\d{0,17})")

KEYS = pa.schema(
    [
        pa.field("qid", pa.int64(), metadata={"meaning": "the entity"}),
        pa.field("phash", pa.int64(), metadata={"meaning": "64-bit perceptual hash of its picture"}),
        pa.field("question", pa.string(), metadata={"meaning": "a question about it"}),
        pa.field("language", pa.string(), metadata={"meaning": "the data set's language code, of a question"}),
        pa.field("answer", pa.string(), metadata={"meaning": "its answer"}),
    ]
)


@dataclass(frozen=True)
class Protected:
    """A list, ready to be looked up in: about 8 bytes for each key of each kind.

    Attributes:
        name: of its file or folder.
        num_rows: that were read.
        qids: entities, sorted, int64.
        phashes: of pictures, sorted.
        questions: `question_key` of questions with and without answers, sorted.
    """

    name: str
    num_rows: int
    qids: npt.NDArray[np.int64]
    phashes: Hashes
    questions: Hashes


def question_key(language: str, question: str, answer: str | None = None) -> int:
    """A hash of what a question says, the same for texts that differ in case, width, marks that do not count, signs.

    Without an answer it is another key than with any.
    """
    parts = [language, normalised(question), *([] if answer is None else [normalised(answer)])]
    return int(xxhash.xxh3_64_intdigest("\n".join(parts).encode()))


def picture_hash(data: bytes) -> int:
    """The perceptual hash that a picture would have in `schema.IMAGES`, signed, from its file's bytes.

    Raises:
        PictureError: it cannot be decoded.
    """
    return normalise(data, max_pixels=_MAX_PIXELS, max_side_px=_STORED_PX).phash


def hash_or_none(data: bytes) -> int | None:
    """See `picture_hash`; None for a picture that cannot be decoded."""
    try:
        return picture_hash(data)
    except PictureError:
        return None


def load_all(uris: Sequence[str]) -> list[Protected]:
    """See `load_protected`.

    Raises:
        ConfigError: two lists have one name, so that a report could not tell them apart.
    """
    found: dict[str, str] = {}
    for uri in uris:
        name = _name_of(uri)
        if name in found:
            raise ConfigError(f"assemble.protected: {found[name]} and {uri} are both called {name}; rename one")
        found[name] = uri
    return [load_protected(uri) for uri in uris]


def load_protected(uri: str) -> Protected:
    """Read a list.

    Args:
        uri: path or address of a file or a folder.

    Raises:
        InputError: there is nothing to read, or a row is not as it should be; names file and row, the first being 1.
        StorageError: it cannot be reached.
    """
    rows = [row for storage, path in _files(uri) for row in _rows(storage, path)]
    return Protected(
        _name_of(uri),
        len(rows),
        np.unique(np.array([row.qid for row in rows if row.qid is not None], np.int64)),
        np.unique(np.array([row.phash for row in rows if row.phash is not None], np.uint64)),
        np.unique(np.array([row.question for row in rows if row.question is not None], np.uint64)),
    )


def identity(uri: str) -> list[str]:
    """What stands for a list's contents in a fingerprint: size and tag of each file, which need not be read for that.

    Raises:
        InputError: there is nothing to read.
        StorageError: it cannot be reached.
    """
    found = []
    for storage, path in _files(uri):
        info = storage.stat(path)
        if info is None:
            raise InputError(f"{storage.uri}/{path}: is not there; assemble.protected names it")
        found.append(f"{info.size}-{info.etag}")
    return sorted(found)


class _Row(NamedTuple):
    qid: int | None
    phash: int | None
    question: int | None


def _name_of(uri: str) -> str:
    name = PurePosixPath(uri.rstrip("/")).name
    return next((name.removesuffix(kind) for kind in _KINDS if name.endswith(kind)), name)


def _files(uri: str) -> list[tuple[Storage, str]]:
    if uri.endswith(_KINDS):
        return [open_object(uri)]
    folder = open_storage(uri)
    found = [(folder, info.path) for info in folder.list() if info.path.endswith(_KINDS)]
    if not found:
        raise InputError(f"{uri}: holds no file that ends in {' or '.join(_KINDS)}; name a list of what to leave out")
    return found


def _rows(storage: Storage, path: str) -> Iterator[_Row]:
    where = f"{storage.uri}/{path}"
    read = _parquet_rows if path.endswith(".parquet") else _json_rows
    for number, raw in enumerate(read(where, storage.read(path)), 1):
        try:
            yield _row(raw)
        except ValueError as error:
            raise InputError(f"{where}, row {number}: {error}") from error


def _parquet_rows(where: str, data: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        there = [name for name in file.schema_arrow.names if name in COLUMNS]
        if not set(there) & set(COLUMNS[:4]):
            names = ", ".join(file.schema_arrow.names)
            raise InputError(f"{where}: has none of the columns {', '.join(COLUMNS[:4])}, but {names}")
        for batch in file.iter_batches(_ROWS_A_BATCH, columns=there):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{where}: cannot be read as parquet: {error}") from error


def _json_rows(where: str, data: bytes) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(data.splitlines(), 1):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise InputError(f"{where}, row {number}: is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"{where}, row {number}: is no object with columns, but {str(row)[:40]}")
        yield row


def _row(raw: Mapping[str, Any]) -> _Row:
    given = {name: raw[name] for name in COLUMNS if raw.get(name) is not None}
    if not set(given) & set(COLUMNS[:4]):
        raise ValueError(f"has none of {', '.join(COLUMNS[:4])}")
    phash = _phash(given["phash"]) if "phash" in given else _hash_of_image(given["image"]) if "image" in given else None
    return _Row(_qid(given["qid"]) if "qid" in given else None, phash, _question(given))


def _qid(value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # what pandas makes of a column with holes
    match = None if isinstance(value, bool | float) else _QID.fullmatch(str(value))
    if match is None:
        raise ValueError(f'qid {value!r} is no item; write 42 or "Q42"')
    return int(match[1])


def _phash(value: object) -> int:
    if isinstance(value, str) and _HEX.fullmatch(value):
        return int(value, 16)
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**64:
        return value & (2**64 - 1)
    raise ValueError(f"phash {value!r} is neither a 64-bit integer nor 16 hexadecimal digits")


def _hash_of_image(value: object) -> int:
    data = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(data, bytes):
        raise ValueError("image has no bytes; only pictures inside the file are read")
    try:
        return picture_hash(data) & (2**64 - 1)
    except PictureError as error:
        raise ValueError(f"image: {error}") from error


def _question(given: Mapping[str, Any]) -> int | None:
    if "question" not in given:
        return None
    for name in ("question", "language", "answer"):
        if name in given and not isinstance(given[name], str):
            raise ValueError(f"{name} {given[name]!r} is no text")
    if "language" not in given:
        raise ValueError("a question without its language; write its code into the column language")
    if not normalised(given["question"]):
        raise ValueError("the question is empty")
    language = given["language"]
    if not _CODE.fullmatch(language):
        raise ValueError(f"language {language!r} is no code; write sw for Swahili")
    return question_key(_our_codes().get(language, language), given["question"], given.get("answer"))


@cache
def _our_codes() -> Mapping[str, str]:
    """Any code that Wikidata has for one of our languages -> ours; where both use one, ours."""
    return {
        **{code: ours for ours, language in vocabulary.languages().items() for code in language.wikidata},
        **{ours: ours for ours in vocabulary.languages()},
    }
