from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pipeline.commons.fetch import CommonsClient, CommonsSettings
from pipeline.commons.governor import Clock
from sample.commons_server import Behave, CommonsFile, CommonsServer, write_files
from tests.commons.pictures import clouds, encoded

T = TypeVar("T")
Serve = Callable[..., CommonsServer]
Use = Callable[[CommonsClient], Awaitable[T]]

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"></svg>'


def free(title: str, data: bytes, mime: str = "image/jpeg", licence: str = "CC BY-SA 4.0") -> CommonsFile:
    return CommonsFile(title, data, mime, artist='<a href="//x">The Painter</a>', licence_short_name=licence)


def many(number: int) -> list[CommonsFile]:
    """Photographs of several sizes, narrower and wider than a thumbnail of 120 px."""
    return [free(f"Photo {n}.jpg", encoded(clouds(80 + 40 * (n % 5), 90, n))) for n in range(number)]


FILES = [
    free("Wide.jpg", encoded(clouds(400, 300))),
    free("Narrow.jpg", encoded(clouds(100, 80, 1))),
    free("Grand café's (été).jpg", encoded(clouds(300, 200, 2))),
    free("寺院 Temple.png", encoded(clouds(300, 200, 3), "PNG"), "image/png"),
    free("Moving.gif", encoded(clouds(300, 200, 4), "GIF"), "image/gif"),
    free("New.webp", encoded(clouds(300, 200, 5), "WEBP"), "image/webp"),
    free("Scan.tif", encoded(clouds(300, 200, 6), "TIFF"), "image/tiff"),
    free("Small scan.tif", encoded(clouds(100, 80, 7), "TIFF"), "image/tiff"),
    free("Coat of arms.svg", SVG, "image/svg+xml"),
    free("Recording.ogg", b"OggS" + bytes(200), "audio/ogg"),
    CommonsFile("Old name.jpg", redirect_to="Wide.jpg"),
    CommonsFile("Older name.jpg", redirect_to="Old name.jpg"),
    CommonsFile("Circle.jpg", redirect_to="Circle.jpg"),
]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers over the files given, which end with the test."""
    with ExitStack() as stack:

        def start(files: list[CommonsFile] | None = None, behave: Behave | None = None) -> CommonsServer:
            write_files(tmp_path / "commons", FILES if files is None else files)
            return stack.enter_context(CommonsServer(tmp_path / "commons", behave=behave))

        yield start


def settings_for(server: CommonsServer, **changes: Any) -> CommonsSettings:
    """A fast client of a local server."""
    plain: dict[str, Any] = {
        "api_url": server.api_url, "upload_url": server.upload_url, "user_agent": "tests", "width": 120,
        "max_bytes": 2_000_000, "timeout_s": 20.0, "max_attempts": 4, "connections": 2, "requests_per_s": 1e5,
        "bytes_per_s": 1e10, "backoff_s": 0.01,
    }  # fmt: skip
    return CommonsSettings(**(plain | changes))


def using(server: CommonsServer, use: Use[T], clock: Clock | None = None, **changes: Any) -> T:
    async def run() -> T:
        async with CommonsClient(settings_for(server, **changes), clock=clock) as client:
            return await use(client)

    return asyncio.run(run())
