"""Stage `images`: the pictures that concepts name, fetched politely, normalised, stored once, licence in the row."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.commit import Counts, Spend
from pipeline.commons.fetch import CommonsClient, CommonsSettings
from pipeline.commons.licence import UNKNOWN_AUTHOR, Refusal, allowed
from pipeline.commons.normalise import Normalised, normalise
from pipeline.commons.picture import Fetched, FileInfo, PictureError
from pipeline.commons.urls import normalise_title
from pipeline.config import Extract, Images
from pipeline.picture_store import store_picture
from pipeline.schema import IMAGES
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage
from pipeline.storage import Storage

Row = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A picture that a statement of a concept names. `rank` 0 is the best of the concept."""

    qid: int
    title: str
    property: int
    statement_id: str
    rank: int


def candidates(concept: Mapping[str, Any], properties: Sequence[int], limit: int) -> list[Candidate]:
    """The concept's pictures, best first: properties in the order given, statements in the order of the dump."""
    found: dict[str, Candidate] = {}
    for prop in properties:
        for row in concept["statements"]:
            if row["property"] == prop and row["best"] and row["text"]:
                title = normalise_title(row["text"])
                found.setdefault(title, Candidate(concept["qid"], title, prop, row["statement_id"], len(found)))
    return list(found.values())[:limit]


class ImagesStage(Stage):
    """One partition at a time over the whole cluster: to Commons a run is one client with one budget."""

    name = "images"
    version = 1
    tables = ("images",)
    after = ("select",)
    max_workers = 1

    def __init__(self, config: Images, extract: Extract, output: Storage) -> None:
        self.config = config
        self.picture_properties = extract.picture_properties
        self.output = output
        self.max_quarantined = config.max_quarantined

    def deciding(self) -> dict[str, Any]:
        return {**self.config.deciding(), "picture_properties": list(self.picture_properties)}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        return inputs["select"].row_partitions("concepts", self.config.rows_per_partition)

    def process(self, partition: Partition, inputs: Inputs, shared: Any) -> Outcome:
        concepts = inputs["select"].read_rows(partition, ["qid", "statements"]).to_pylist()
        wanted = [
            candidate
            for concept in concepts
            for candidate in candidates(concept, self.picture_properties, self.config.max_per_entity)
        ]
        quarantine = Quarantine()
        rows, spend = asyncio.run(self._fetch(wanted, quarantine))
        counts = Counts("pictures", len(wanted), len(rows), {}, quarantine.by_reason())
        return Outcome({"images": pa.Table.from_pylist(rows, schema=IMAGES)}, counts, quarantine.rows, spend)

    async def _fetch(self, wanted: list[Candidate], quarantine: Quarantine) -> tuple[list[Row], Spend]:
        rows: list[Row] = []
        async with CommonsClient(self._client_settings()) as client:
            infos = await client.describe([candidate.title for candidate in wanted])
            outcomes = await asyncio.gather(*(self._one(client, one, infos[one.title]) for one in wanted))
            spend = Spend(fetched_bytes=client.num_bytes)
        for candidate, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, PictureError):
                quarantine.add(f"Q{candidate.qid} {candidate.title}", outcome.reason, outcome.detail)
            elif isinstance(outcome, str):
                detail = f"not allowed by images.licence_families: {', '.join(self.config.licence_families)}"
                quarantine.add(f"Q{candidate.qid} {candidate.title}", outcome, detail)
            else:
                rows.append(outcome)
        return rows, spend

    async def _one(self, client: CommonsClient, candidate: Candidate, info: FileInfo | PictureError) -> Row | PictureError | Refusal:
        """The row of one picture, or why there is none: a picture error, or a licence that the policy does not allow."""
        if isinstance(info, PictureError):
            return info
        refused = allowed(info.licence, self.config.licence_families)
        if refused is not None:
            return refused
        try:
            fetched = await client.picture(info)
            picture = await asyncio.to_thread(self._normalise, fetched.data)
        except PictureError as error:
            return error
        await asyncio.to_thread(store_picture, self.output, picture.sha256, picture.data)
        return _row(candidate, info, fetched, picture)

    def _normalise(self, data: bytes) -> Normalised:
        config = self.config
        return normalise(
            data, max_pixels=config.max_pixels, min_side_px=config.min_side_px, max_side_px=None, quality=config.jpeg_quality
        )

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


def _row(candidate: Candidate, info: FileInfo, fetched: Fetched, picture: Normalised) -> Row:
    licence = info.licence
    return {
        "qid": candidate.qid,
        "title": info.title,
        "property": candidate.property,
        "statement_id": candidate.statement_id,
        "picture_rank": candidate.rank,
        "sha256": picture.sha256,
        "phash": picture.phash,
        "width": picture.width,
        "height": picture.height,
        "num_bytes": len(picture.data),
        "source_url": fetched.url,
        "page_url": info.page_url,
        "source_sha1": info.sha1,
        "source_timestamp": info.timestamp,
        "source_mime": info.mime,
        "source_width": info.width,
        "source_height": info.height,
        "author": licence.author or UNKNOWN_AUTHOR,
        "credit": licence.credit,
        "licence": licence.short_name,
        "licence_family": licence.family,
        "licence_url": licence.url,
        "attribution_required": licence.attribution_required,
        "attribution": licence.attribution,
        "restrictions": list(licence.restrictions),
    }
