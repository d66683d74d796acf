"""One file of Commons to a stored picture, or to the reason why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.commons.decoder import Decoder
from pipeline.commons.fetch import CommonsClient
from pipeline.commons.keeping import Keeper
from pipeline.commons.licence import UNKNOWN_AUTHOR, Refusal, allowed
from pipeline.commons.making import Making
from pipeline.commons.mirrors import Mirrors
from pipeline.commons.not_photographs import NotAPhotograph, not_a_photograph
from pipeline.commons.people_detector import Detection, detector_version
from pipeline.commons.picture import FileInfo, PictureError
from pipeline.commons.quality import Quality, QualityLimits, refusal
from pipeline.commons.settings import Images, QualityRefusal
from pipeline.picture_pack import NO_PICTURE, Picture, source_key
from pipeline.picture_store import PictureStore
from pipeline.takedown import Tombstones

Row = dict[str, Any]
# Raised when another picture is made of the same file by the same settings.
_PICTURES_VERSION = 2
# What is wrong with a file itself; all else may be wrong with one reply, and is asked for again.
_LASTING = frozenset({"too_many_pixels", "too_small", "unsupported"})


@dataclass(frozen=True)
class Poor:
    """A picture that is left out for what it looks like."""

    kind: QualityRefusal


@dataclass(frozen=True)
class NotAllowed:
    """A file whose licence, or what is known of it, does not allow its use."""

    reason: Refusal


@dataclass(frozen=True)
class Obtained:
    """A stored picture: the columns of a row that the file alone decides; what was seen of people, if anything."""

    row: Row
    people: Detection | None


# Or why there is none: no usable picture, a licence that is not allowed, no photograph, or a poor one.
File = Obtained | PictureError | NotAllowed | NotAPhotograph | Poor


def making(config: Images) -> Making:
    """How the pictures of a run are made."""
    return Making(
        config.max_pixels,
        config.min_side_px,
        config.max_side_px,
        config.jpeg_quality,
        with_quality=bool(config.refuse),
        detector=config.respect.detector,
    )


class Obtainer:
    """Fetches, makes and stores pictures that are not there yet. Belongs to one event loop.

    Args:
        config: the settings of the stage.
        client: who fetches from Commons.
        mirrors: what is asked before Commons.
        decoder: who makes pictures of files, one at a time: a partition holds a core, and a large picture much memory.
        pictures: the store.
        gone: what was taken down; under another title a file may come all the same, and is not stored.

    Attributes:
        stored_bytes: of pictures that were stored.
    """

    def __init__(
        self,
        config: Images,
        client: CommonsClient,
        mirrors: Mirrors,
        decoder: Decoder,
        pictures: PictureStore,
        gone: Tombstones,
    ) -> None:
        self._config, self._client, self._mirrors, self._decoder = config, client, mirrors, decoder
        self._pictures, self._gone = pictures, gone
        # Held from the request until the picture is stored: no more than so many are lost when a run is killed.
        in_hand = 2 * config.connections
        self._in_hand = asyncio.Semaphore(in_hand)
        self._keeper = Keeper(pictures, max(1, in_hand // 8))
        self._decoding = asyncio.Lock()
        self.stored_bytes = 0
        self._looked_for = (bool(config.refuse), detector_version(config.respect.detector))

    async def obtain(self, infos: Sequence[FileInfo]) -> tuple[dict[str, File], list[bytes]]:
        """What came of each file, by title, and what their pictures are made of, for `PictureStore.gather`.

        Raises:
            SourceUnavailable: the host that has the files is down.
            StorageError: a picture could not be stored.
        """
        sources = [self._source(info) for info in infos]
        known = await asyncio.to_thread(self._pictures.known, sources)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {
                    info.title: group.create_task(self._obtain(info, source, known.get(source)))
                    for info, source in zip(infos, sources, strict=True)
                }
        except ExceptionGroup as errors:  # the first that failed; the others have been cancelled
            raise errors.exceptions[0] from errors
        return {title: task.result() for title, task in tasks.items()}, sources

    async def _obtain(self, info: FileInfo, source: bytes, known: tuple[str, Mapping[str, Any]] | None) -> File:
        # The title that a redirect led to, and the type that only the API knows.
        instead = not_a_photograph(info.title, info.mime)
        if instead is not None:
            return instead
        refused = allowed(info.licence, self._config.licence_families)
        if refused is not None:
            return NotAllowed(refused)
        if known is None:
            async with self._in_hand:
                try:
                    picture = await self._new_picture(info, source)
                except PictureError as error:
                    return error
                # At once, so that a run that is killed does not fetch it again; packs are merged at the end.
                if picture.sha256 not in self._gone.digests:
                    await self._keeper.keep(picture)
                    self.stored_bytes += len(picture.data)
            known = picture.sha256, picture.facts
        sha256, facts = known
        if sha256 == NO_PICTURE:
            return PictureError(facts["reason"], facts["detail"])
        if self._config.refuse:
            poor = refusal(Quality(**facts["quality"]), QualityLimits())
            if poor in self._config.refuse:
                return Poor(poor)
        people = facts.get("people")
        return Obtained(_row(info, sha256, facts), Detection.from_json(people) if people is not None else None)

    async def _new_picture(self, info: FileInfo, source: bytes) -> Picture:
        """Fetch and normalise; that a file is too large or of another kind is as good as a picture from now on.

        Raises:
            PictureError: it cannot be had; another time it may.
        """
        fetched = await self._mirrors.picture(info) or await self._client.picture(info)
        async with self._decoding:
            try:
                made = await self._decoder.make(fetched.data)
            except PictureError as error:
                if error.reason not in _LASTING:
                    raise
                return Picture(NO_PICTURE, b"", source, {"reason": error.reason, "detail": error.detail})
        return Picture(made.sha256, made.data, source, made.facts | {"source_url": fetched.url})

    def _source(self, info: FileInfo) -> bytes:
        """What a picture is made of: the file's revision and the settings that decide what is fetched and stored."""
        config = self._config
        revision = (info.title, info.sha1, info.timestamp, info.num_bytes)
        made = (config.thumbnail_px, config.max_side_px, config.max_pixels, config.min_side_px, config.jpeg_quality)
        return source_key(_PICTURES_VERSION, config.upload_url, *revision, *made, *self._looked_for)


def _row(info: FileInfo, sha256: str, facts: Mapping[str, Any]) -> Row:
    licence = info.licence
    return {
        "title": info.title,
        "sha256": sha256,
        **{name: value for name, value in facts.items() if name not in ("quality", "people")},
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
