"""Stage `images`: the pictures that concepts name, fetched politely, normalised, stored once, licence in the row."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.commit import Counts, Spend, sorted_counts
from pipeline.commons import not_photographs, picture_properties
from pipeline.commons.choice import Candidate, candidates, collections
from pipeline.commons.collection import Collection
from pipeline.commons.fetch import CommonsClient, CommonsSettings
from pipeline.commons.licence import UNKNOWN_AUTHOR, Refusal, allowed
from pipeline.commons.members import members
from pipeline.commons.near_duplicates import groups
from pipeline.commons.normalise import Normalised, normalise
from pipeline.commons.not_photographs import NotAPhotograph, not_a_photograph
from pipeline.commons.picture import Fetched, FileInfo, PictureError
from pipeline.commons.quality import Quality, QualityLimits, judge_quality, refusal
from pipeline.commons.shared_governor import cluster_governor
from pipeline.config import Images, QualityRefusal
from pipeline.picture_pack import NO_PICTURE, Picture, source_key
from pipeline.picture_store import PictureStore
from pipeline.schema import IMAGES
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.takedown import Tombstones

Row = dict[str, Any]
# Digest and facts of the pictures that were made before, by source.
Known = Mapping[bytes, tuple[str, Mapping[str, Any]]]
# Raised when another picture is made of the same file by the same settings.
_PICTURES_VERSION = 1
# What is wrong with a file itself; all else may be wrong with one reply, and is asked for again.
_LASTING = frozenset({"too_many_pixels", "too_small", "unsupported"})


@dataclass(frozen=True)
class Poor:
    """A picture that is left out for what it looks like."""

    kind: QualityRefusal


# Columns of a row that the file alone decides, or why there is none: no usable picture, a licence not allowed, the file
# is no photograph, or a poor one.
File = Row | PictureError | Refusal | NotAPhotograph | Poor


@dataclass(frozen=True)
class _Work:
    """What all pictures of a partition share.

    Attributes:
        client: who fetches.
        known: pictures made before.
        decoding: held while one is decoded: a partition holds one core, and a large picture much memory.
        in_hand: held from the request until the picture is stored: no more than so many are lost when a run is killed.
        gone: what was taken down; under another title a file may come all the same, and is not stored.
    """

    client: CommonsClient
    known: Known
    decoding: asyncio.Lock
    in_hand: asyncio.Semaphore
    gone: Tombstones


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
        named, files, spend, sources = asyncio.run(self._pictures(concepts, gone, quarantine))
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
        sources = {title: self._source(info) for title, info in found.items()}
        known = await asyncio.to_thread(self.pictures.known, sources.values())
        work = _Work(client, known, asyncio.Lock(), asyncio.Semaphore(2 * self.config.connections), gone)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {
                    title: group.create_task(self._obtain(info, sources[title], work)) for title, info in found.items()
                }
        except ExceptionGroup as errors:  # the first that failed; the others have been cancelled
            raise errors.exceptions[0] from errors
        files = {
            title: info if isinstance(info, PictureError) else tasks[info.title].result()
            for title, info in infos.items()
        }
        return files, list(sources.values())

    async def _obtain(self, info: FileInfo, source: bytes, work: _Work) -> File:
        # The title that a redirect led to, and the type that only the API knows.
        instead = not_a_photograph(info.title, info.mime)
        if instead is not None:
            return instead
        refused = allowed(info.licence, self.config.licence_families)
        if refused is not None:
            return refused
        if source in work.known:
            sha256, facts = work.known[source]
        else:
            async with work.in_hand:
                try:
                    picture = await self._new_picture(info, source, work)
                except PictureError as error:
                    return error
                # At once, so that a run that is killed does not fetch it again; packs of one are merged at the end.
                if picture.sha256 not in work.gone.digests:
                    await asyncio.to_thread(self.pictures.add, [picture])
            sha256, facts = picture.sha256, picture.facts
        if sha256 == NO_PICTURE:
            return PictureError(facts["reason"], facts["detail"])
        if self.config.refuse:
            poor = refusal(Quality(**facts["quality"]), QualityLimits())
            if poor in self.config.refuse:
                return Poor(poor)
        return _file(info, sha256, facts)

    async def _new_picture(self, info: FileInfo, source: bytes, work: _Work) -> Picture:
        """Fetch and normalise; that a file is too large or of another kind is as good as a picture from now on.

        Raises:
            PictureError: it cannot be had; another time it may.
        """
        fetched = await work.client.picture(info)
        async with work.decoding:
            try:
                made = await asyncio.to_thread(self._normalise, fetched.data)
            except PictureError as error:
                if error.reason not in _LASTING:
                    raise
                return Picture(NO_PICTURE, b"", source, {"reason": error.reason, "detail": error.detail})
            quality = await asyncio.to_thread(judge_quality, made.pixels()) if self.config.refuse else None
        return Picture(made.sha256, made.data, source, _facts(fetched, made, quality))

    def _source(self, info: FileInfo) -> bytes:
        """What a picture is made of: the file's revision and the settings that decide what is fetched and stored."""
        config = self.config
        revision = (info.title, info.sha1, info.timestamp, info.num_bytes)
        made = (config.thumbnail_px, config.max_side_px, config.max_pixels, config.min_side_px, config.jpeg_quality)
        return source_key(_PICTURES_VERSION, config.upload_url, *revision, *made, bool(config.refuse))

    def _normalise(self, data: bytes) -> Normalised:
        config = self.config
        return normalise(
            data,
            max_pixels=config.max_pixels,
            min_side_px=config.min_side_px,
            max_side_px=config.max_side_px,
            quality=config.jpeg_quality,
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


def _statement(candidate: Candidate) -> Row:
    return {
        "qid": candidate.qid,
        "property": candidate.property,
        "statement_id": candidate.statement_id,
        "picture_rank": candidate.rank,
        "picture_reason": candidate.reason,
    }


def _facts(fetched: Fetched, picture: Normalised, quality: Quality | None) -> Row:
    return {
        "quality": asdict(quality) if quality is not None else None,
        "phash": picture.phash,
        "width": picture.width,
        "height": picture.height,
        "num_bytes": len(picture.data),
        "source_url": fetched.url,
    }


def _file(info: FileInfo, sha256: str, facts: Mapping[str, Any]) -> Row:
    licence = info.licence
    return {
        "title": info.title,
        "sha256": sha256,
        **{name: value for name, value in facts.items() if name != "quality"},
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
