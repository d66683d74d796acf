"""Labels too many for memory: one sorted file for each range of ids, of which a lookup opens those it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.commit import describe
from pipeline.errors import VerificationError
from pipeline.mapped_file import open_mapped
from pipeline.storage import Storage
from pipeline.tables import FileRecord
from pipeline.wikidata.labels import NO_LABELS, LabelIndex

# A range is a million ids: 134 of them for the ids below 140 million. Were all items of one wanted and as well known as
# those measured, its longest column would take 0.6 GB of the 2 GiB that an Arrow array can hold.
RANGE_BITS = 20
# Below the stage's directory. A file lies there for every range; the index is written last, and only it is believed.
FOLDER = f"shared/labels-{RANGE_BITS}-bits"
_INDEX = f"{FOLDER}/index.json"


def ranges_in(items: npt.NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Number of each range that ids, in order of their ranges, come from, and its places [start, end) among them."""
    numbers = items >> RANGE_BITS
    starts = np.flatnonzero(np.diff(numbers, prepend=-1)).tolist()
    for start, end in pairwise([*starts, len(items)]):
        yield int(numbers[start]), start, end


@dataclass(frozen=True)
class RangedLabels:
    """Looks labels up range by range; small, as it is sent to workers.

    Attributes:
        directory: of the stage.
        files: number of a range (id >> RANGE_BITS) -> its Arrow file, one batch of `labels.BY_ITEM`.
    """

    directory: Storage
    files: Mapping[int, FileRecord]

    def of(self, items: npt.NDArray[np.int64]) -> pa.ListArray:
        """See `Labels.of`; holds what it returns, the same without repetitions, and one range, mapped.

        Raises:
            VerificationError: a file is gone or is not what was written.
        """
        wanted, places = np.unique(items, return_inverse=True)
        found = [self._of_range(number, wanted[start:end]) for number, start, end in ranges_in(wanted)]
        return pa.concat_arrays([NO_LABELS.of(wanted[:0]), *found]).take(pa.array(places))

    def _of_range(self, number: int, items: npt.NDArray[np.int64]) -> pa.ListArray:
        if number not in self.files:
            return NO_LABELS.of(items)
        file = self.files[number]
        try:
            with open_mapped(self.directory, file) as source:
                return LabelIndex(pa.ipc.open_file(source).get_batch(0)).of(items)
        except (OSError, pa.ArrowInvalid) as error:
            raise VerificationError(
                f"{self.directory.uri}/{file.path}: is not the file that was written ({error}); "
                f"delete {self.directory.uri}/{FOLDER} and run again: it is made anew"
            ) from error

    def publish(self) -> None:
        """Write the index: from now on a rerun finds these files and makes none."""
        self.directory.write(_INDEX, describe({str(number): asdict(file) for number, file in self.files.items()}))


def published_labels(directory: Storage) -> RangedLabels | None:
    """What an earlier attempt at the stage published, if all of its files are there in their full size.

    Raises:
        VerificationError: the index is not one that a run wrote.
    """
    sizes = {info.path: info.size for info in directory.list(f"{FOLDER}/")}
    if _INDEX not in sizes:
        return None
    try:
        raw = json.loads(directory.read(_INDEX))
        files = {int(number): FileRecord(**file) for number, file in raw.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise VerificationError(
            f"{directory.uri}/{_INDEX}: is not an index that a run wrote ({error}); delete it and run again"
        ) from error
    if any(sizes.get(file.path) != file.size for file in files.values()):
        return None
    return RangedLabels(directory, files)
