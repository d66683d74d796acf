"""A bucket as the place of a publication. Each object is read back once: what readers get is what is verified.

A checksum that the server stores would be cheaper to ask for. But of an object sent in parts S3 keeps no SHA-256 of the
whole, other servers keep none at all, and one in the object's metadata is a claim of whoever sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from pipeline.commit import MANIFEST
from pipeline.dataset.publish.contents import READ_AT_ONCE, Contents, File, problem_of
from pipeline.dataset.publish.place import STATE, Place, read_record, wanted_records
from pipeline.dataset.publish.sent_file import SentFile
from pipeline.errors import UserError, VerificationError, at_setting
from pipeline.progress import ByteProgress
from pipeline.storage import Storage


class Bucket(Place):
    """A prefix of a bucket, empty or with an earlier publication."""

    def __init__(self, storage: Storage) -> None:
        self.uri = storage.uri
        self._storage = storage

    def open(self) -> Mapping[str, Contents]:
        with at_setting("--to"):
            paths = [info.path for info in self._storage.list(STATE)]
            paths += [MANIFEST] if self._storage.stat(MANIFEST) is not None else []
            if not paths and (other := next(self._storage.list(""), None)) is not None:
                raise UserError(
                    f"--to {self.uri}: is not empty ({other.path}) and holds no publication; name an empty prefix"
                )
            return {path: read_record(self.uri, path, self._storage.read) for path in paths}

    def missing(self, source: Storage, files: Sequence[File]) -> list[File]:
        with at_setting("--to"):
            sizes = {info.path: info.size for info in self._storage.list("")}
        there = [file for file in files if sizes.get(file.path) == file.size]
        progress = ByteProgress("compare", sum(file.size for file in there))
        with at_setting("--to"), ThreadPoolExecutor(READ_AT_ONCE) as pool:
            problems = list(pool.map(lambda file: problem_of(self._storage, file, progress.add), there))
        progress.finish("done")
        whole = {file.path for file, problem in zip(there, problems, strict=True) if problem is None}
        return [file for file in files if file.path not in whole]

    def begin(self, contents: Contents, records: Mapping[str, Contents]) -> None:
        with at_setting("--to"):
            for path, manifest in wanted_records(contents, records).items():
                self._storage.write(path, manifest)
            self._storage.delete(MANIFEST)

    def send(self, source: Storage, files: Sequence[File]) -> None:
        progress = ByteProgress("publish", sum(file.size for file in files))
        try:
            with ThreadPoolExecutor(READ_AT_ONCE) as pool:
                running = [pool.submit(self._send, source, file, progress.add) for file in files]
                try:
                    for each in as_completed(running):
                        each.result()
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
        except BaseException:
            progress.finish("stopped")
            raise
        progress.finish("done")

    def _send(self, source: Storage, file: File, told: Callable[[int], None]) -> None:
        sent = SentFile(source, file, told)
        with at_setting("--to"):
            self._storage.write_from(file.path, sent)
            sent.check()
            problem = problem_of(self._storage, file)
        if problem is not None:
            raise VerificationError(f"--to {self.uri}/{problem}; give the same command again")

    def problems(self, source: Storage, files: Sequence[File]) -> list[str]:
        # Their bytes were read back when they were found or sent.
        with at_setting("--to"):
            sizes = {info.path: info.size for info in self._storage.list("")}
        return [f"{file.path} is not there as it was sent" for file in files if sizes.get(file.path) != file.size]

    def finish(self, contents: Contents, stale: Collection[str]) -> None:
        with at_setting("--to"):
            if self._storage.stat(MANIFEST) is None:
                self._storage.write(MANIFEST, contents.manifest)
            for path in sorted(stale):
                self._storage.delete(path)
            for path in [info.path for info in self._storage.list(STATE)]:
                self._storage.delete(path)
