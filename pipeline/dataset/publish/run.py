"""Publishes an export: what is there already is not sent again, the manifest comes last, stale files go after it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.commit import MANIFEST
from pipeline.dataset.publish.contents import check, load
from pipeline.dataset.publish.place import Place
from pipeline.errors import VerificationError
from pipeline.storage import Storage

_SHOWN = 3


@dataclass(frozen=True)
class Published:
    """Files and bytes of the publication, how many files were sent for it, and how many stale ones deleted."""

    num_files: int
    size: int
    num_sent: int
    num_deleted: int


def publish(source: Storage, place: Place) -> Published:
    """Bring a place to what an export is.

    Args:
        source: a finished export.
        place: where to.

    Raises:
        UserError: the source is no finished export, or the place refuses.
        VerificationError: a file of the source differs from its manifest, or one of the place from what was sent. In
            each case what is there stays, and the same call goes on.
    """
    contents = load(source)
    # Before a repository is made, which a damaged export would leave empty.
    check(source, contents)
    records = place.open()
    earlier = {path for record in records.values() for path in record.paths}
    stale = earlier - contents.paths
    standing = records.get(MANIFEST)
    missing = place.missing(source, contents.files)
    if standing is None or standing.manifest != contents.manifest or missing:
        place.begin(contents, records)
        place.send(source, missing)
        _raise_problems(place, place.problems(source, contents.files))
    place.finish(contents, stale)
    _raise_problems(place, place.problems(source, [contents.manifest_file]))
    return Published(len(contents.files) + 1, sum(file.size for file in contents.files), len(missing), len(stale))


def _raise_problems(place: Place, problems: list[str]) -> None:
    if problems:
        more = f" (and {len(problems) - _SHOWN:,} more)" if len(problems) > _SHOWN else ""
        raise VerificationError(
            f"--to {place.uri}: after sending, {'; '.join(problems[:_SHOWN])}{more}; give the same command again"
        )
