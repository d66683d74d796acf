"""Storage in a directory: objects are written beside their place, then renamed or linked into it."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StorageError
from pipeline.storage import ObjectInfo, Storage, below

_TEMPORARY = ".tmp-"


class LocalStorage(Storage):
    """A directory. Objects are written beside their place and renamed or linked into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.uri = str(root)

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        with self._explained(path, "read"), below(self.root, path).open("rb") as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def stat(self, path: str) -> ObjectInfo | None:
        with self._explained(path, "read"):
            try:
                found = below(self.root, path).stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            if stat.S_ISDIR(found.st_mode):
                return None
            return ObjectInfo(path, found.st_size, f"{found.st_size}-{found.st_mtime_ns}")

    def write(self, path: str, data: bytes) -> None:
        with self._explained(path, "write"), self._written(path, data) as temporary:
            temporary.rename(below(self.root, path))

    def create(self, path: str, data: bytes) -> bool:
        with self._explained(path, "write"), self._written(path, data) as temporary:
            try:
                os.link(temporary, below(self.root, path))
            except FileExistsError:
                return False
            return True

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        start = below(self.root, prefix.rpartition("/")[0])
        paths = []
        with self._explained(prefix, "list"):
            for folder, _, names in os.walk(start, onerror=_raise_unless_absent):
                relative = Path(folder).relative_to(self.root)
                paths += [(relative / name).as_posix() for name in names if not name.startswith(_TEMPORARY)]
        for path in sorted(paths):
            if path.startswith(prefix) and (info := self.stat(path)) is not None:
                yield info

    def folders(self, prefix: str = "") -> Iterator[str]:
        with self._explained(prefix, "list"):
            try:
                entries = sorted(below(self.root, prefix).iterdir())
            except (FileNotFoundError, NotADirectoryError):
                return
            names = [entry.name for entry in entries if entry.is_dir()]
        yield from names

    def delete(self, path: str) -> None:
        with self._explained(path, "delete"):
            below(self.root, path).unlink(missing_ok=True)

    def child(self, path: str) -> LocalStorage:
        return LocalStorage(below(self.root, path))

    @contextmanager
    def _written(self, path: str, data: bytes) -> Iterator[Path]:
        folder = below(self.root, path).parent
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f"{_TEMPORARY}{uuid.uuid4().hex}"
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _explained(self, path: str, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            advice = {
                errno.ENOSPC: "the disk is full; free space and run again, committed work is kept",
                errno.EDQUOT: "the quota is used up; free space and run again, committed work is kept",
                errno.EACCES: "permission denied; choose another `output` or change the owner",
                errno.EPERM: "permission denied; choose another `output` or change the owner",
                errno.EROFS: "the file system is read-only; choose another `output`",
                errno.ENOENT: "there is no such file",
                errno.ENOTDIR: "a file stands where a folder is needed",
                errno.EEXIST: "a file stands where a folder is needed",
                errno.EISDIR: "a folder stands where a file is needed",
            }.get(error.errno or 0, error.strerror or str(error))
            raise StorageError(f"{self.root / path}: cannot {verb}: {advice}") from error


def _raise_unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
