"""What a place that an export is published to must be able to do.

While a publication is under way, the place has no `manifest.json`, and `.publishing/` holds the manifests of all that
may lie there: the one that stood before, and of each publication that was begun since. So whatever is killed, the next
publication knows which files are of earlier ones, and deletes those that it does not have itself.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence

from pipeline.commit import MANIFEST
from pipeline.dataset.publish.contents import Contents, File, parse
from pipeline.errors import VerificationError
from pipeline.storage import Storage

STATE = ".publishing/"


class Place(ABC):
    """Where an export is published; `uri` names it to people."""

    uri: str

    @abstractmethod
    def open(self) -> Mapping[str, Contents]:
        """The manifests that lie there, by path: the one that stands, and those in `.publishing/`.

        Raises:
            UserError: the place is not there, may not be written, or holds something else.
        """

    @abstractmethod
    def missing(self, source: Storage, files: Sequence[File]) -> list[File]:
        """Those that are not there with their own bytes."""

    @abstractmethod
    def begin(self, contents: Contents, records: Mapping[str, Contents]) -> None:
        """Put the manifests into `.publishing/`, and take away the one that stands."""

    @abstractmethod
    def send(self, source: Storage, files: Sequence[File]) -> None:
        """Send files."""

    @abstractmethod
    def problems(self, source: Storage, files: Sequence[File]) -> list[str]:
        """What is wrong with files, each by its name, as the place tells it now."""

    @abstractmethod
    def finish(self, contents: Contents, stale: Collection[str]) -> None:
        """Put the manifest there, then delete what is stale, then `.publishing/`.

        Args:
            contents: what was published.
            stale: paths of files of earlier publications.
        """


def read_record(uri: str, path: str, read: Callable[[str], bytes]) -> Contents:
    """A manifest of an earlier publication.

    Raises:
        VerificationError: it is none.
    """
    try:
        return parse(read(path))
    except ValueError as error:
        raise VerificationError(
            f"--to {uri}/{path}: {error}, so it does not tell what lies there; name another place, or empty that one"
        ) from error


def record_path(manifest: bytes) -> str:
    """Where a manifest lies while a publication is under way."""
    return f"{STATE}{hashlib.sha256(manifest).hexdigest()[:16]}.json"


def wanted_records(contents: Contents, records: Mapping[str, Contents]) -> dict[str, bytes]:
    """What `begin` must see to: path -> bytes of the manifests that are to be in `.publishing/` and are not yet."""
    known = [contents, *([records[MANIFEST]] if MANIFEST in records else [])]
    wanted = {record_path(each.manifest): each.manifest for each in known}
    return {path: manifest for path, manifest in wanted.items() if path not in records}
