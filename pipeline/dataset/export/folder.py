"""The folder that an export fills: what in it is whole already, and the manifest that says what belongs to it.

While an export is under way, `.export/` holds a record for each shard that is done, written after the shard's files.
The manifest comes last, and then `.export/` goes. When a complete export is brought up to date, its manifest moves to
`.export/` first: a folder with a manifest is never half old, half new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from pipeline.commit import MANIFEST, describe
from pipeline.dataset.export.form import Exported, Piece
from pipeline.errors import UserError, VerificationError, at_setting
from pipeline.storage import Storage, digest_of

STATE = ".export/"
_SETTINGS = f"{STATE}settings.json"
_PREVIOUS = f"{STATE}previous.json"
_RECORDS = f"{STATE}shards/"


@dataclass(frozen=True)
class Unit:
    """One shard's files in the folder. `made_of` changes with the shard's bytes and with the code."""

    shard: str
    made_of: str
    files: tuple[Exported, ...]


class Folder:
    """An export's target.

    Args:
        storage: the folder.
        identity: what the export is (run, form, settings, splits): a folder holds one.
    """

    def __init__(self, storage: Storage, identity: Mapping[str, Any]) -> None:
        self._storage = storage
        self._identity = dict(identity)
        self._known: dict[str, Unit] = {}
        self._documents: dict[str, Exported] = {}
        self._is_complete = False

    def open(self) -> Mapping[str, Unit]:
        """What earlier exports left here, by shard.

        Raises:
            UserError: the folder holds something else.
            VerificationError: a record cannot be read.
        """
        with at_setting("--to"):
            found = [path for path in (MANIFEST, _SETTINGS) if self._storage.stat(path) is not None]
            if not found and (other := next(self._storage.list(""), None)) is not None:
                raise UserError(
                    f"--to {self._storage.uri}: is not empty ({other.path}) and holds no export; name an empty folder"
                )
            for path in found:
                self._read(path, lambda raw: self._check_identity(raw["export"]))
            self._is_complete = MANIFEST in found
            for path in (_PREVIOUS, MANIFEST):
                if self._storage.stat(path) is not None:
                    self._read(path, self._know_manifest)
            for info in self._storage.list(_RECORDS):
                self._read(info.path, self._know)
        return self._known

    def is_whole(self, files: Iterable[Exported]) -> bool:
        """Whether files are there with the bytes that their records name; reads them."""
        with at_setting("--to"):
            return all(self._has(file) for file in files)

    def begin(self) -> None:
        """Prepare for changes: from here on, until `finish`, the folder counts as unfinished."""
        with at_setting("--to"):
            self._storage.write(_SETTINGS, describe({"export": self._identity}))
            if self._is_complete:
                self._storage.write(_PREVIOUS, self._storage.read(MANIFEST))
                self._storage.delete(MANIFEST)
                self._is_complete = False

    def add(self, shard: str, made_of: str, pieces: Iterable[Piece]) -> Unit:
        """Write the files of a shard, then its record; files of the same shard that are no longer made go."""
        files = []
        for piece in pieces:
            with at_setting("--to"):
                self._storage.write(piece.path, piece.data)
            files.append(_exported(piece))
        unit = Unit(shard, made_of, tuple(files))
        with at_setting("--to"):
            before = self._known.get(shard)
            self._delete(before.files if before else (), keep={file.path for file in files})
            self._storage.write(f"{_RECORDS}{shard}.json", orjson.dumps(asdict(unit)))
        self._known[shard] = unit
        return unit

    def finish(self, units: Sequence[Unit], documents: Mapping[str, bytes], facts: Mapping[str, Any]) -> bool:
        """Write documents and manifest, and delete what earlier exports wrote and this one did not.

        Args:
            units: all shards, in order.
            documents: files about the whole, by path.
            facts: further entries of the manifest.

        Returns:
            Whether anything had to be changed.
        """
        about = {path: _exported(Piece(path, "", 0, data)) for path, data in sorted(documents.items())}
        content = {
            "export": self._identity,
            **facts,
            "shards": [asdict(unit) for unit in units],
            "documents": [asdict(file) for file in about.values()],
        }
        manifest = describe(content)
        with at_setting("--to"):
            if self._is_complete and self._storage.read(MANIFEST) == manifest and all(map(self._has, about.values())):
                self._clear()
                return False
            self.begin()
            for path, data in documents.items():
                self._storage.write(path, data)
            kept = {file.path for unit in units for file in unit.files} | set(about)
            for unit in self._known.values():
                self._delete(unit.files, kept)
            self._delete(self._documents.values(), kept)
            self._storage.write(MANIFEST, manifest)
            self._clear()
        return True

    def _clear(self) -> None:
        for info in list(self._storage.list(STATE)):
            self._storage.delete(info.path)

    def _delete(self, files: Iterable[Exported], keep: set[str]) -> None:
        for file in files:
            if file.path not in keep:
                self._storage.delete(file.path)

    def _has(self, file: Exported) -> bool:
        info = self._storage.stat(file.path)
        if info is None or info.size != file.size:
            return False
        return digest_of(self._storage, file.path) == file.sha256

    def _know_manifest(self, raw: Mapping[str, Any]) -> None:
        for unit in raw["shards"]:
            self._know(unit)
        self._documents = {file["path"]: Exported(**file) for file in raw["documents"]}

    def _know(self, raw: Mapping[str, Any]) -> None:
        self._known[raw["shard"]] = Unit(raw["shard"], raw["made_of"], tuple(Exported(**file) for file in raw["files"]))

    def _check_identity(self, found: Mapping[str, Any]) -> None:
        for key in sorted({*self._identity, *found}):
            if self._identity.get(key) != found.get(key):
                raise UserError(
                    f"--to {self._storage.uri}: holds an export with {key} {found.get(key)}, this one has "
                    f"{self._identity.get(key)}; name another folder, or empty that one"
                )

    def _read(self, path: str, take: Callable[[Any], None]) -> None:
        try:
            take(orjson.loads(self._storage.read(path)))
        except (ValueError, KeyError, TypeError) as error:
            raise VerificationError(
                f"{self._storage.uri}/{path}: is no record of an export ({error}); empty the folder and export again"
            ) from error


def _exported(piece: Piece) -> Exported:
    digest = hashlib.sha256(piece.data).hexdigest()
    return Exported(piece.path, piece.split, piece.rows, len(piece.data), digest)
