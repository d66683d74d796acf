"""Stage `images`: the pictures that concepts name, fetched politely, normalised, stored once, licence in the row."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import uvloop

from pipeline.commit import Counts, Spend, sorted_counts
from pipeline.commons import not_photographs, picture_properties
from pipeline.commons.choice import Candidate, candidates, collections
from pipeline.commons.collection import Collection
from pipeline.commons.decoder import lent
from pipeline.commons.fetch import CommonsClient, CommonsSettings
from pipeline.commons.members import members
from pipeline.commons.near_duplicates import groups
from pipeline.commons.not_photographs import NotAPhotograph
from pipeline.commons.obtain import File, Obtainer, Poor, Row, making
from pipeline.commons.picture import FileInfo, PictureError
from pipeline.commons.shared_governor import cluster_governor
from pipeline.config import Images
from pipeline.picture_store import PictureStore
from pipeline.schema import IMAGES
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.takedown import Tombstones


class ImagesStage(Stage):
    """Its workers wait more than they work; to the hosts that they ask they are one client with one budget."""

    name = "images"
    version = 2
    tables = ("images",)
    after = ("select",)
    num_cpus = 0.5

    def __init__(self, config: Images, output: Storage) -> None:
        self.config = config
        self.output = output
        self.pictures = PictureStore(output)
        self.max_quarantined = config.max_quarantined

    def check(self) -> None:
        self._client_settings().check()

    def deciding(self) -> dict[str, Any]:
        files = (picture_properties.FILE, not_photographs.FILE)
        rules = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        return {**self.config.deciding(), "rules": rules}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return inputs["select"].row_partitions("concepts", self.config.rows_per_partition)

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        pictures = output.read("images", ["sha256", "phash", "width", "height"])
        buffer = io.BytesIO()
        pq.write_table(groups(pictures, self.config.near_duplicate_bits), buffer, compression="zstd")
        return {"near_duplicates.parquet": buffer.getvalue()}

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        concepts = inputs["select"].read_rows(partition, ["qid", "statements"]).to_pylist()
        gone = Tombstones.load(self.output)
        quarantine = Quarantine()
        named, files, spend, sources = uvloop.run(self._pictures(concepts, gone, quarantine))
        num_named = len(named) + len(quarantine.rows)
        rows: dict[tuple[int, str], Row] = {}
        not_selected: Counter[str] = Counter()
        for candidate in named:
            if gone.covers(candidate.qid, title=candidate.title):
                not_selected["taken_down"] += 1
                continue
            file = candidate.instead or files[candidate.title]
            key = f"Q{candidate.qid} {candidate.title}"
            if isinstance(file, NotAPhotograph | Poor):
                not_selected[file.kind] += 1
            elif isinstance(file, PictureError):
                quarantine.add(key, file.reason, file.detail)
            elif isinstance(file, str):
                quarantine.add(key, file, f"images.licence_families: {', '.join(self.config.licence_families)}")
            elif gone.covers(candidate.qid, file["sha256"], file["title"]):
                not_selected["taken_down"] += 1
            elif (candidate.qid, file["sha256"]) in rows:  # two titles of one entity lead to one picture
                not_selected["same_picture"] += 1
            else:
                rows[candidate.qid, file["sha256"]] = _statement(candidate) | file
        counts = Counts("pictures", num_named, len(rows), sorted_counts(not_selected), quarantine.by_reason())
        table = pa.Table.from_pylist(list(rows.values()), schema=IMAGES)
        self.pictures.gather(sources)
        return Outcome({"images": table}, counts, quarantine.rows, spend)

    async def _pictures(
        self, concepts: Sequence[Row], gone: Tombstones, quarantine: Quarantine
    ) -> tuple[list[Candidate], dict[str, File], Spend, list[bytes]]:
        """The candidates of all concepts; what came of those wanted, by title; what that took; the files' sources."""
        settings = self._client_settings()
        # A worker that was silent for two attempts is dead.
        shared = cluster_governor(settings.limits(), self.output, 2 * self.config.timeout_s)
        async with CommonsClient(settings, governor=shared) as client:
            gathered = await self._members(client, concepts, quarantine)
            named = [
                candidate
                for concept in concepts
                for candidate in candidates(concept, self.config.max_per_entity, gathered)
            ]
            titles = [
                candidate.title
                for candidate in named
                if candidate.instead is None and not gone.covers(candidate.qid, title=candidate.title)
            ]
            files, sources = await self._fetch(client, titles, gone)
        return named, files, Spend(fetched_bytes=client.num_bytes), sources

    async def _members(
        self, client: CommonsClient, concepts: Sequence[Row], quarantine: Quarantine
    ) -> dict[Collection, list[str]]:
        """Files of the collections of concepts whose statements name too few; a failed question is set aside."""
        if self.config.max_per_category == 0:
            return {}
        wanted = [
            (concept["qid"], collection)
            for concept in concepts
            for collection in collections(concept, self.config.max_per_entity)
        ]
        answers = await members(client, [collection for _, collection in wanted], self.config.max_per_category)
        for qid, collection in wanted:
            answer = answers[collection]
            if isinstance(answer, PictureError):
                quarantine.add(f"Q{qid} {collection}", answer.reason, answer.detail)
        return {collection: titles for collection, titles in answers.items() if not isinstance(titles, PictureError)}

    async def _fetch(
        self, client: CommonsClient, titles: Sequence[str], gone: Tombstones
    ) -> tuple[dict[str, File], list[bytes]]:
        """Each file once, however many titles and entities lead to it; what came of it, by title, and their sources."""
        infos = await client.describe(titles)
        found = {info.title: info for info in infos.values() if isinstance(info, FileInfo)}
        with lent(making(self.config)) as decoder:
            obtainer = Obtainer(self.config, client, decoder, self.pictures, gone)
            obtained, sources = await obtainer.obtain(list(found.values()))
        files = {
            title: info if isinstance(info, PictureError) else obtained[info.title] for title, info in infos.items()
        }
        return files, sources

    def _client_settings(self) -> CommonsSettings:
        config = self.config
        return CommonsSettings(
            api_url=config.api_url,
            upload_url=config.upload_url,
            user_agent=config.user_agent,
            width=config.thumbnail_px,
            max_bytes=config.max_bytes,
            timeout_s=config.timeout_s,
            max_attempts=config.max_attempts,
            connections=config.connections,
            requests_per_s=config.requests_per_s,
            bytes_per_s=config.mbit_per_s * 1e6 / 8,
        )


def _statement(candidate: Candidate) -> Row:
    return {
        "qid": candidate.qid,
        "property": candidate.property,
        "statement_id": candidate.statement_id,
        "picture_rank": candidate.rank,
        "picture_reason": candidate.reason,
    }
