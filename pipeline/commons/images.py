"""Stage `images`: the pictures that concepts name, fetched politely, normalised, stored once, licence in the row."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import uvloop

from pipeline.commit import Counts, Spend, sorted_counts
from pipeline.commons import not_photographs, picture_properties, respect
from pipeline.commons.choice import Candidate
from pipeline.commons.gathering import Gathered, client_settings, gather
from pipeline.commons.mirrors import check_mirrors
from pipeline.commons.near_duplicates import groups
from pipeline.commons.not_photographs import NotAPhotograph
from pipeline.commons.obtain import NotAllowed, Poor, Row
from pipeline.commons.people_detector import people_detector
from pipeline.commons.picture import PictureError
from pipeline.commons.respect import by_detection
from pipeline.commons.settings import Images
from pipeline.picture_store import PictureStore
from pipeline.schema import IMAGES
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.takedown import Tombstones


class ImagesStage(Stage):
    """Its workers wait more than they work; to the hosts that they ask they are one client with one budget."""

    name = "images"
    version = 3
    tables = ("images",)
    after = ("select",)
    num_cpus = 0.5

    def __init__(self, config: Images, output: Storage) -> None:
        self.config = config
        self.output = output
        self.pictures = PictureStore(output)
        self.max_quarantined = config.max_quarantined

    def check(self) -> None:
        client_settings(self.config).check()
        check_mirrors(self.config)
        people_detector(self.config.respect.detector)

    def deciding(self) -> dict[str, Any]:
        files = (picture_properties.FILE, not_photographs.FILE)
        rules = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        return {**self.config.deciding(), "rules": rules | respect.digests()}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return inputs["select"].row_partitions("concepts", self.config.rows_per_partition)

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        pictures = output.read("images", ["sha256", "phash", "width", "height"])
        buffer = io.BytesIO()
        pq.write_table(groups(pictures, self.config.near_duplicate_bits), buffer, compression="zstd")
        return {"near_duplicates.parquet": buffer.getvalue()}

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        columns = ["qid", "domain", "class_path", "labels", "statements"]
        concepts = inputs["select"].read_rows(partition, columns).to_pylist()
        gone = Tombstones.load(self.output)
        found = uvloop.run(gather(concepts, self.config, self.output, self.pictures, gone))
        quarantine = Quarantine()
        for asked, failure in found.failed.items():
            quarantine.add(asked, failure.reason, failure.detail)
        rows: dict[tuple[int, str], Row] = {}
        not_selected: Counter[str] = Counter()
        for candidate in found.named:
            came = self._verdict(candidate, found, gone)
            key = f"Q{candidate.qid} {candidate.title}"
            if isinstance(came, str):
                not_selected[came] += 1
            elif isinstance(came, PictureError):
                quarantine.add(key, came.reason, came.detail)
            elif isinstance(came, NotAllowed):
                quarantine.add(key, came.reason, f"images.licence_families: {', '.join(self.config.licence_families)}")
            elif (candidate.qid, came["sha256"]) in rows:  # two titles of one entity lead to one picture
                not_selected["same_picture"] += 1
            else:
                rows[candidate.qid, came["sha256"]] = _statement(candidate) | came
        num_named = len(found.named) + len(found.failed)
        counts = Counts("pictures", num_named, len(rows), sorted_counts(not_selected), quarantine.by_reason())
        table = pa.Table.from_pylist(list(rows.values()), schema=IMAGES)
        self.pictures.gather(found.sources)
        spend = Spend(fetched_bytes=found.num_bytes, stored_bytes=found.stored_bytes)
        return Outcome({"images": table}, counts, quarantine.rows, spend)

    def _verdict(
        self, candidate: Candidate, found: Gathered, gone: Tombstones
    ) -> Row | PictureError | NotAllowed | str:
        """The columns of a candidate's file; what keeps it from being used; or, as a word, why it is not selected."""
        if gone.covers(candidate.qid, title=candidate.title):
            return "taken_down"
        if candidate.instead is not None:
            return candidate.instead.kind
        out = found.left_out.get((candidate.qid, candidate.title))
        if out is not None:
            return out.kind
        file = found.files[candidate.title]
        if isinstance(file, NotAPhotograph | Poor):
            return file.kind
        if isinstance(file, PictureError | NotAllowed):
            return file
        if gone.covers(candidate.qid, file.row["sha256"], file.row["title"]):
            return "taken_down"
        if file.people is not None:
            out = by_detection(file.people, self.config.respect, found.subjects[candidate.qid])
            if out is not None:
                return out.kind
        return file.row


def _statement(candidate: Candidate) -> Row:
    return {
        "qid": candidate.qid,
        "property": candidate.property,
        "statement_id": candidate.statement_id,
        "picture_rank": candidate.rank,
        "picture_reason": candidate.reason,
    }
