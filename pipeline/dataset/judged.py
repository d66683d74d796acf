"""Judged rows together with what is known of their pictures, cut by rows or by whole files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.dataset.shards import FROM_IMAGE
from pipeline.stage import Inputs, Partition
from pipeline.tables import Slice, read_slice, read_table

Row = dict[str, Any]
_FROM_IMAGE = (*FROM_IMAGE, "num_bytes", "phash")


def by_rows(inputs: Inputs, rows_per_partition: int) -> list[Partition]:
    """Partitions of so many rows of `judged`."""
    parts = inputs["judge"].row_partitions("judged", rows_per_partition)
    return _with_pictures([part.payload["slices"] for part in parts], inputs)


def by_files(inputs: Inputs, rows_per_partition: int) -> list[Partition]:
    """Partitions of whole files of `judged`, of so many rows or of one file: an entity's rows are all in one file."""
    parts: list[list[dict[str, Any]]] = []
    room = 0
    for file in inputs["judge"].files("judged"):
        if not parts or file.rows > room:
            parts.append([])
            room = rows_per_partition
        parts[-1].append({"path": file.path, "start": 0, "stop": file.rows})
        room -= file.rows
    return _with_pictures(parts, inputs)


def judged_rows(partition: Partition, inputs: Inputs) -> Iterator[list[Row]]:
    """The rows of one file after another, each with what the shards and the filters need of its picture."""
    judged, images = inputs["judge"].directory, inputs["images"].directory
    for slice_, paths in zip(partition.payload["slices"], partition.payload["images"], strict=True):
        known = {
            (image["qid"], image["sha256"]): {name: image[name] for name in _FROM_IMAGE}
            for path in paths
            for image in read_table(images, path).to_pylist()
        }
        rows = read_slice(judged, Slice(**slice_)).to_pylist()
        yield [{**row, **known[row["qid"], row["sha256"]]} for row in rows]


def _with_pictures(parts: Sequence[Sequence[Mapping[str, Any]]], inputs: Inputs) -> list[Partition]:
    partition_of = {file.path: commit.partition for commit in inputs["judge"].manifest.commits for file in commit.files}
    pictures_of = {
        commit.partition: [file.path for file in commit.files if file.table == "images"]
        for commit in inputs["images"].manifest.commits
    }
    return [
        Partition(
            f"{number:06d}",
            {"slices": list(slices), "images": [pictures_of[partition_of[rows["path"]]] for rows in slices]},
            sum(rows["stop"] - rows["start"] for rows in slices),
        )
        for number, slices in enumerate(parts)
    ]
