"""Stage `assemble`: judged items and pictures to training shards, their index, and the documents of the data set."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.commit import Counts, describe, sorted_counts
from pipeline.config import Assemble
from pipeline.dataset.attribution import attribution, licence_counts
from pipeline.dataset.attribution_page import attribution_page
from pipeline.dataset.card import card
from pipeline.dataset.preview import preview
from pipeline.dataset.shards import index_rows, shard_row
from pipeline.dataset.split import split_of
from pipeline.dataset.statistics import statistics
from pipeline.picture_store import PictureStore
from pipeline.review.acceptance import Reviewed
from pipeline.schema import ATTRIBUTION, INDEX, SHARDS
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.tables import Slice, read_slice, read_table
from pipeline.takedown import Tombstones

PREVIEW_PICTURES = 40


class AssembleStage(Stage):
    """Every picture with questions becomes a shard row; one without any is counted as such."""

    name = "assemble"
    version = 2
    tables = ("shards", "index")
    after = ("judge", "images")

    def __init__(self, config: Assemble, run_name: str, output: Storage, reviewed: Reviewed) -> None:
        self.config = config
        self.run_name = run_name
        self.output = output
        self.reviewed = reviewed
        self.pictures = PictureStore(output)
        self.max_quarantined = config.max_quarantined

    def deciding(self) -> dict[str, Any]:
        # The card tells it. Wordings that are switched off come with the questions.
        acceptance = {language: asdict(found) for language, found in self.reviewed.by_language.items()}
        return {**self.config.deciding(), "name": self.run_name, "acceptance": acceptance}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        judged, images = inputs["judge"], inputs["images"]
        partition_of = {file.path: commit.partition for commit in judged.manifest.commits for file in commit.files}
        pictures_of = {
            commit.partition: [file.path for file in commit.files if file.table == "images"]
            for commit in images.manifest.commits
        }
        partitions = []
        for part in judged.row_partitions("judged", self.config.rows_per_partition):
            read = [partition_of[rows["path"]] for rows in part.payload["slices"]]
            paths = [path for name in dict.fromkeys(read) for path in pictures_of[name]]
            partitions.append(Partition(part.id, {**part.payload, "images": paths}, part.input_rows))
        return partitions

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        images = {
            (row["qid"], row["sha256"]): row
            for path in partition.payload["images"]
            for row in read_table(inputs["images"].directory, path).to_pylist()
        }
        shards: list[dict[str, Any]] = []
        index: list[dict[str, Any]] = []
        gone = Tombstones.load(self.output)
        num_groups = 0
        not_selected: Counter[str] = Counter()
        for group in inputs["judge"].read_rows(partition).to_pylist():
            num_groups += 1
            image = images[group["qid"], group["sha256"]]
            if gone.covers(group["qid"], group["sha256"], image["title"]):
                not_selected["taken_down"] += 1
                continue
            if not group["items"]:
                not_selected["no_question"] += 1
                continue
            split = split_of(group["qid"], self.config.validation, self.config.test)
            picture = self.pictures.load(group["sha256"])
            row = shard_row(group, image, picture, split)
            index += index_rows(row, partition.id, len(shards))
            shards.append(row)
        counts = Counts(
            "pictures",
            num_groups,
            len(shards),
            sorted_counts(not_selected),
            {},
            {"samples": len(index)},
        )
        tables = {
            "shards": pa.Table.from_pylist(shards, schema=SHARDS),
            "index": pa.Table.from_pylist(index, schema=INDEX),
        }
        return Outcome(tables, counts)

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        index = output.read("index")
        used = index.column("sha256").unique()
        credits = attribution(inputs["images"].read("images", ATTRIBUTION.names), used)
        numbers = statistics(index, output.num_rows("shards"))
        dates = _dump_dates(output)
        buffer = io.BytesIO()
        pq.write_table(credits, buffer, compression="zstd")
        return {
            "ATTRIBUTION.parquet": buffer.getvalue(),
            "attribution.html": attribution_page(self.run_name, credits).encode(),
            "README.md": card(self.run_name, numbers, licence_counts(credits), dates, self.reviewed).encode(),
            "statistics.json": describe(numbers),
            "preview.html": preview(self.run_name, _first_rows(output, PREVIEW_PICTURES)).encode(),
        }


def _first_rows(output: StageOutput, limit: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for file in output.files("shards"):
        if len(rows) < limit:
            rows += read_slice(output.directory, Slice(file.path, 0, min(file.rows, limit - len(rows)))).to_pylist()
    return rows


def _dump_dates(output: StageOutput) -> list[str]:
    return sorted({item["dump_date"] for row in _first_rows(output, PREVIEW_PICTURES) for item in row["items"]})
