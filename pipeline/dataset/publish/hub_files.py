"""Files of an export as the hub's client takes them, what of them one commit takes, and whether the hub has them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from huggingface_hub import CommitOperationAdd
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.lfs import UploadInfo

from pipeline.dataset.publish.contents import File
from pipeline.dataset.publish.sent_file import SentFile
from pipeline.storage import Storage

# Of one commit. A branch takes some hundred commits an hour, and a commit of some thousand files too long.
FILES_PER_COMMIT = 200
BYTES_PER_COMMIT = 20_000_000_000
# Files below 10 MB may travel in the commit itself, in memory, and as base64.
SMALL_BYTES = 10_000_000
SMALL_BYTES_PER_COMMIT = 64_000_000
# By which the hub tells text from binary.
_SAMPLE_BYTES = 512


def batches(files: Sequence[File]) -> Iterator[list[File]]:
    """Files in order, cut into what one commit takes."""
    batch: list[File] = []
    size = small = 0
    for file in files:
        size += file.size
        small += file.size if file.size < SMALL_BYTES else 0
        if batch and (len(batch) == FILES_PER_COMMIT or size > BYTES_PER_COMMIT or small > SMALL_BYTES_PER_COMMIT):
            yield batch
            batch, size, small = [], file.size, file.size if file.size < SMALL_BYTES else 0
        batch.append(file)
    if batch:
        yield batch


def addition(source: Storage, file: File, sent: SentFile | None = None) -> CommitOperationAdd:
    """The file as the client takes it, with the hash of the manifest: left to itself it reads the file for one.

    Args:
        source: of the export.
        file: which.
        sent: what the client reads, if the file is to be sent and not only compared.
    """
    added = CommitOperationAdd(file.path, b"")
    added.path_or_fileobj = cast(BinaryIO, SentFile(source, file) if sent is None else sent)
    sample = source.read(file.path, 0, _SAMPLE_BYTES) if sent is not None else b""
    added.upload_info = UploadInfo(file.size, sample, bytes.fromhex(file.sha256))
    return added


def is_there(added: CommitOperationAdd, entry: RepoFile | None) -> bool:
    """Whether the listing tells of the very bytes."""
    if entry is None or entry.size != added.upload_info.size:
        return False
    if entry.lfs is not None:
        return entry.lfs.size == entry.size and entry.lfs.sha256 == added.upload_info.sha256.hex()
    digest = hashlib.sha1(b"blob %d\0" % entry.size, usedforsecurity=False)
    with added.as_file() as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest() == entry.blob_id
