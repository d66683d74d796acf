"""Copies of Commons' files elsewhere, asked before Commons itself: a bucket, a folder, another web server.

A mirror of originals is believed only as far as the SHA-1 that the API states: another revision counts as absent. Of
thumbnails nothing states a digest; whoever names such a mirror vouches for it.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import quote, urlsplit

from pipeline.commons.governor import Budget, Clock, Governor, Limits, SourceUnavailable, SystemClock
from pipeline.commons.picture import Fetched, FileInfo, PictureError
from pipeline.commons.profiles import profiles
from pipeline.commons.settings import Images, Mirror
from pipeline.commons.shared_governor import cluster_governor
from pipeline.commons.transport import Transport, open_session
from pipeline.commons.urls import file_name, hashed_path, thumbnail_name
from pipeline.errors import ConfigError, StorageError
from pipeline.storage import Storage, open_storage


class PictureSource(Protocol):
    """Something that may have a file's picture. `num_bytes`: of bodies that came so far."""

    @property
    def num_bytes(self) -> int: ...

    async def picture(self, info: FileInfo) -> Fetched | None:
        """The file's bytes, or None where it is not there.

        Raises:
            PictureError: it is there, and cannot be had.
            SourceUnavailable: the source as a whole is down.
        """
        ...


class Mirrors:
    """The mirrors of a run, in order. An async context manager; belongs to one event loop.

    Args:
        config: the settings of the stage.
        home: where the governor of a cluster keeps its state.
        clock: of a governor of one's own.
    """

    def __init__(self, config: Images, home: Storage, clock: Clock | None = None) -> None:
        self._open = AsyncExitStack()
        self._mirrors: list[PictureSource] = []
        for mirror in config.mirrors:
            limits = Limits(mirror.connections, mirror.requests_per_s, mirror.mbit_per_s * 1e6 / 8)
            governor: Budget = cluster_governor(limits, home, 2 * config.timeout_s) or Governor(
                limits, clock or SystemClock()
            )
            if urlsplit(mirror.url).scheme in ("http", "https"):
                web = _WebMirror(config, mirror, governor, clock or SystemClock())
                self._open.push_async_exit(web)
                self._mirrors.append(web)
            else:
                self._mirrors.append(_StoredMirror(config, mirror, governor))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    @property
    def num_bytes(self) -> int:
        """Bytes that came from all of them so far."""
        return sum(mirror.num_bytes for mirror in self._mirrors)

    async def picture(self, info: FileInfo) -> Fetched | None:
        """The file's bytes from the first mirror that has this revision; None where none has.

        Raises:
            SourceUnavailable: one of them is down: Commons is not asked for all that a mirror should have served.
        """
        for mirror in self._mirrors:
            try:
                fetched = await mirror.picture(info)
            except PictureError:
                continue  # one file that cannot be had here may be had elsewhere
            if fetched is not None:
                return fetched
        return None


def check_mirrors(config: Images) -> None:
    """Look whether mirrors are what they are said to be, before a run asks Commons for all that they should have had.

    Raises:
        ConfigError: a mirror is a host with a policy of its own, or a bucket or folder without files.
    """
    for mirror in config.mirrors:
        profile = next((each for each in profiles() if each.covers(mirror.url)), None)
        if profile is not None:
            raise ConfigError(
                f"images.mirrors: {mirror.url} is {profile.name}'s own server, which is asked under its policy "
                "as images.upload_url; name only copies elsewhere"
            )
        if urlsplit(mirror.url).scheme not in ("http", "https"):
            try:
                empty = next(open_storage(mirror.url).list(), None) is None
            except StorageError as error:
                raise ConfigError(f"images.mirrors: {mirror.url} cannot be read ({error})") from error
            if empty:
                raise ConfigError(f"images.mirrors: {mirror.url} holds no files; check the address")


def mirror_path(mirror: Mirror, info: FileInfo, width: int, *, encoded: bool) -> str:
    """Where a mirror has a file, below its address; `encoded` as in web addresses."""
    folders = hashed_path(info.title).split("/")
    names = {"file": file_name(info.title), "thumbnail": thumbnail_name(info.title, width), "sha1": info.sha1 or ""}
    if encoded:
        names = {key: quote(name, safe="") for key, name in names.items()}
    return mirror.path.format(a=folders[0], ab=folders[1], width=width, **names)


def _is_within_limits(config: Images, mirror: Mirror, info: FileInfo) -> bool:
    """Whether an original may be fetched and decoded; where it may not, Commons has a thumbnail of it."""
    is_small = info.num_bytes <= config.max_bytes and info.width * info.height <= config.max_pixels
    return is_small or mirror.holds == "thumbnails"


def _verified(mirror: Mirror, info: FileInfo, data: bytes, address: str) -> Fetched | None:
    if not data:
        return None
    if mirror.holds == "originals" and hashlib.sha1(data, usedforsecurity=False).hexdigest() != info.sha1:
        return None
    return Fetched(data, address, len(data))


class _StoredMirror:
    """A bucket or a folder."""

    def __init__(self, config: Images, mirror: Mirror, governor: Budget) -> None:
        self._config, self._mirror, self._governor = config, mirror, governor
        self._storage = open_storage(mirror.url)
        self.num_bytes = 0

    async def picture(self, info: FileInfo) -> Fetched | None:
        """See `PictureSource`."""
        most = self._config.max_bytes
        if not _is_within_limits(self._config, self._mirror, info):
            return None
        path = mirror_path(self._mirror, info, self._config.thumbnail_px, encoded=False)
        await self._governor.acquire(self._mirror.url)
        well, detail = False, ""
        try:
            # One byte more than is taken shows that there are more.
            data = await asyncio.to_thread(self._read, path, most + 1)
            well = True
        except StorageError as error:
            detail = str(error)
            raise SourceUnavailable(f"images.mirrors: {self._mirror.url} cannot be read ({error})") from error
        finally:
            self._governor.release(self._mirror.url, well, detail)
        if data is None or len(data) > most:
            return None
        self.num_bytes += len(data)
        await self._governor.spend(self._mirror.url, len(data))
        return _verified(self._mirror, info, data, f"{self._storage.uri}/{path}")

    def _read(self, path: str, length: int) -> bytes | None:
        try:
            return self._storage.read(path, 0, length)
        except StorageError:
            if self._storage.stat(path) is None:
                return None
            raise


class _WebMirror:
    """A web server. An async context manager."""

    def __init__(self, config: Images, mirror: Mirror, governor: Budget, clock: Clock) -> None:
        self._config, self._mirror = config, mirror
        self._http = open_session(config.user_agent or "culturalground")
        self._transport = Transport(
            self._http,
            governor,
            clock,
            urls=(mirror.url,),
            timeout_s=config.timeout_s,
            max_attempts=config.max_attempts,
            backoff_base_s=1.0,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self._http.close()

    @property
    def num_bytes(self) -> int:
        return self._transport.num_bytes

    async def picture(self, info: FileInfo) -> Fetched | None:
        """See `PictureSource`."""
        if not _is_within_limits(self._config, self._mirror, info):
            return None
        path = mirror_path(self._mirror, info, self._config.thumbnail_px, encoded=True)
        address = f"{self._mirror.url.rstrip('/')}/{path}"
        reply = await self._transport.get(address, info.title, self._config.max_bytes)
        if reply.status in (401, 403):
            raise SourceUnavailable(f"images.mirrors: {self._mirror.url} refuses us with status {reply.status}")
        return _verified(self._mirror, info, reply.body, reply.url) if reply.status == 200 else None
