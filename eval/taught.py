"""What a model was taught, as far as an evaluation wants to know: entities, pictures, and samples about an entity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from eval.report.benchmarks.data import Sample
from pipeline.near_hashes import Hashes, unsigned
from pipeline.stage import StageOutput
from pipeline.tables import Slice, read_slice, read_table

_SAMPLES = 3
_TRAIN = "train"


@dataclass(frozen=True)
class Taught:
    """The training split of a data set.

    Attributes:
        assemble: the data set.
        images: the stage with the hashes of its pictures.
    """

    assemble: StageOutput
    images: StageOutput

    def qids(self) -> npt.NDArray[np.int64]:
        """Its entities, sorted; 8 bytes each."""
        found = [pc.unique(index["qid"]).to_numpy() for index in self._indexes(["qid", "split"])]
        return np.unique(np.concatenate([np.empty(0, np.int64), *found]))

    def phashes(self) -> Hashes:
        """Perceptual hashes of its pictures, of those that have one; 8 bytes each, and 100 a picture while it reads."""
        taught = {
            name for index in self._indexes(["sha256", "split"]) for name in pc.unique(index["sha256"]).to_pylist()
        }
        names = pa.array(sorted(taught), pa.string())
        found = [np.empty(0, np.int64)]
        for file in self.images.files("images"):
            table = read_table(self.images.directory, file.path, ["sha256", "phash"])
            kept = table.filter(pc.and_(pc.is_in(table["sha256"], names), pc.is_valid(table["phash"])))
            found.append(kept["phash"].to_numpy())
        return unsigned(np.unique(np.concatenate(found)))

    def samples(self, wanted: Mapping[int, str]) -> dict[int, tuple[Sample, ...]]:
        """A few samples about each entity, those in a language first.

        Args:
            wanted: entity -> language.
        """
        places: dict[int, list[tuple[bool, int, str, int, int]]] = defaultdict(list)
        for index in self._indexes(["qid", "split", "qa_id", "shard", "row", "item", "language"]):
            about = index.filter(pc.is_in(index["qid"], pa.array(list(wanted), pa.int64())))
            for row in about.to_pylist():
                other = row["language"] != wanted[row["qid"]]
                places[row["qid"]].append((other, row["qa_id"], row["shard"], row["row"], row["item"]))
        paths = self.paths()
        return {
            qid: tuple(self._sample(paths[shard], row, item) for _, _, shard, row, item in sorted(found)[:_SAMPLES])
            for qid, found in places.items()
        }

    def pictures(self, wanted: Collection[str]) -> dict[str, bytes]:
        """Pictures of any split by their digests."""
        places: dict[str, tuple[str, int]] = {}
        for file in self.assemble.files("index"):
            index = read_table(self.assemble.directory, file.path, ["sha256", "shard", "row"])
            about = index.filter(pc.is_in(index["sha256"], pa.array(sorted(wanted), pa.string())))
            places |= {row["sha256"]: (row["shard"], row["row"]) for row in about.to_pylist()}
        paths = self.paths()
        found = {}
        for name, (shard, row) in places.items():
            [image] = read_slice(self.assemble.directory, Slice(paths[shard], row, row + 1), ["image"])[
                "image"
            ].to_pylist()
            if image is not None:
                found[name] = image
        return found

    def paths(self) -> dict[str, str]:
        """Files of shards by their partitions."""
        return {
            commit.partition: file.path
            for commit in self.assemble.manifest.commits
            for file in commit.files
            if file.table == "shards"
        }

    def _sample(self, path: str, row: int, item: int) -> Sample:
        [items] = read_slice(self.assemble.directory, Slice(path, row, row + 1), ["items"])["items"].to_pylist()
        told = items[item]
        return Sample(
            told["qa_id"], told["language"], told["question"], told["answer"], tuple(told["statement_ids"] or ())
        )

    def _indexes(self, columns: list[str]) -> Iterator[pa.Table]:
        """The index of the training split, a file at a time."""
        for file in self.assemble.files("index"):
            index = read_table(self.assemble.directory, file.path, columns)
            yield index.filter(pc.equal(index["split"], _TRAIN))
