"""A picture server for measurements: asyncio, latency like that of a distant host, some errors, all in a process apart.

It speaks as Commons does to `prop=imageinfo` and serves originals. Which request fails is drawn from a hash of its
address and of how often it came, so that all clients meet the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sample.commons_answers import Commons

_REASONS = {200: "OK", 404: "Not Found", 429: "Too Many Requests", 503: "Service Unavailable"}


@dataclass(frozen=True)
class Faults:
    """Shares of requests for pictures that end so; the median latency in s, spread log-normally with sigma 0.5."""

    latency_s: float = 0.04
    busy: float = 0.002
    failed: float = 0.01
    reset: float = 0.005


@contextmanager
def serving(folder: Path, faults: Faults) -> Iterator[int]:
    """Serve what `sample.commons_files.write_files` wrote; gives the port."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    stop = context.Event()
    process = context.Process(target=_serve, args=(folder, faults, sender, stop), daemon=True)
    process.start()
    try:
        yield receiver.recv()
    finally:
        stop.set()
        process.join()


def _serve(folder: Path, faults: Faults, ready: Any, stop: Event) -> None:
    asyncio.run(_Server(folder, faults).run(ready, stop))


class _Server:
    def __init__(self, folder: Path, faults: Faults) -> None:
        self._commons, self._faults = Commons(folder), faults
        self._files = {path.name: path.read_bytes() for path in (folder / "files").iterdir()}
        self._seen: Counter[str] = Counter()

    async def run(self, ready: Any, stop: Event) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=1024)
        ready.send(server.sockets[0].getsockname()[1])
        while not stop.is_set():
            await asyncio.sleep(0.1)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                if not await self._answer(head[0].split(" ")[1], headers, writer):
                    return
                await writer.drain()
                if headers.get("connection", "").lower() == "close":
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, target: str, headers: Mapping[str, str], writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        address = urlsplit(target)
        self._seen[target] += 1
        draw = random.Random(hashlib.sha256(f"{target}|{self._seen[target]}".encode()).digest())
        await asyncio.sleep(self._faults.latency_s * draw.lognormvariate(0, 0.5))
        if address.path == "/w/api.php":
            status, body, _ = self._commons.answer(address.path, dict(parse_qsl(address.query)), headers)
            _write(writer, status, body, {"Content-Type": "application/json"})
            return True
        fate = draw.random()
        if fate < self._faults.reset:
            writer.transport.abort()
            return False
        if fate < self._faults.reset + self._faults.failed:
            _write(writer, 503, b"", {})
        elif fate < self._faults.reset + self._faults.failed + self._faults.busy:
            _write(writer, 429, b"", {"Retry-After": "1"})
        else:
            body = self._files.get(unquote(address.path.rpartition("/")[2]), b"")
            _write(writer, 200 if body else 404, body, {"Content-Type": "image/jpeg"})
        return True


def _write(writer: asyncio.StreamWriter, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join((*lines, "", "")).encode() + body)


def describe(faults: Faults) -> str:
    """The faults as JSON, to be printed with what was measured."""
    return json.dumps({"server": vars(faults)})
