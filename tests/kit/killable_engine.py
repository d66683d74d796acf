"""An engine with a process of its own that can be killed, as vLLM's can: what it answers is a function of the request.

The process writes a journal: one line for each request that it begins to work on, appended and synced before anything
is answered, so that a test can tell what was paid for twice. While a file `held` lies beside it, none is begun.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.generation.request import EngineDied, Reply, Request, request_key
from tests.generation.stub import StubEngine
from tests.kit.processes import parent_of

ROOT = Path(__file__).parents[2]
MODULE = "tests.kit.killable_engine"
# Requests at work at once in one engine, and s that one takes: by the request's hash, as everything here.
SLOTS = 2
QUICK_S, SLOW_S = 0.05, 0.5
HELD_S = 0.02
_LENGTH_BYTES = 4


@dataclass(frozen=True)
class Asked:
    """A line of the journal: that an engine began to work on a request, and what becomes of it."""

    engine: int
    key: str
    behaviour: str


def behaviour_of(request: Request) -> str:
    """Most are answered well; of sixteen, one is no JSON and one fails."""
    return {0: "garbage", 1: "error"}.get(_drawn(request) % 16, "good")


def held(journal: Path) -> Path:
    """The file that keeps engines from beginning anything."""
    return journal.with_name("held")


def journalled(journal: Path) -> list[Asked]:
    """All that engines have begun so far, in order."""
    lines = journal.read_text().splitlines() if journal.exists() else []
    return [Asked(**json.loads(line)) for line in lines]


def engines_of(journal: Path) -> dict[int, int]:
    """Living engines with this journal: process id -> that of the worker that holds it."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if {MODULE.encode(), str(journal).encode()} <= set(words) and (parent := parent_of(int(folder.name))):
                found[int(folder.name)] = parent
    return found


class KillableEngine:
    """The worker's end: hands requests to the process, and says so when that is gone.

    Args:
        journal: file that the process appends to.
        pace: of what requests take: 0 is at once.
        sees_pictures: whether requests may carry one.
    """

    model, revision = "stub", "1"

    def __init__(self, journal: Path, pace: float, *, sees_pictures: bool) -> None:
        self.sees_pictures = sees_pictures
        self._own, other = socket.socketpair()
        command = [sys.executable, "-m", MODULE, str(journal), str(pace)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=other.fileno())
        other.close()
        self._connected: asyncio.Task[tuple[asyncio.StreamWriter, asyncio.Task[None]]] | None = None
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._number = 0
        self._dead = False

    async def generate(self, request: Request) -> Reply:
        if self._connected is None:
            self._connected = asyncio.create_task(self._connect())
        writer, _ = await asyncio.shield(self._connected)
        if self._dead:
            raise EngineDied("the process of the engine has ended")
        self._number += 1
        number, reply = self._number, asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        with suppress(ConnectionError):
            _send(writer, (number, request))
        return await reply

    async def _connect(self) -> tuple[asyncio.StreamWriter, asyncio.Task[None]]:
        reader, writer = await asyncio.open_connection(sock=self._own)
        return writer, asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                number, reply = await _receive(reader)
                if not (waiting := self._waiting.pop(number)).done():
                    waiting.set_result(reply)
        self._dead = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(EngineDied("the process of the engine has ended"))

    async def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._connected is not None:
            writer, reading = await self._connected
            await reading
            writer.close()


def _drawn(request: Request) -> int:
    return int(request_key(request, KillableEngine.model, KillableEngine.revision)[8:16], 16)


def _send(writer: asyncio.StreamWriter, message: Any) -> None:
    data = pickle.dumps(message)
    writer.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)


async def _receive(reader: asyncio.StreamReader) -> Any:
    return pickle.loads(await reader.readexactly(int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")))


async def serve(connection: socket.socket, journal: Path, pace: float) -> None:
    """The process: works on what comes in until the worker is gone."""
    reader, writer = await asyncio.open_connection(sock=connection)
    stub, slots = StubEngine(behaviour_of, sees_pictures=True), asyncio.Semaphore(SLOTS)
    file = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def answer(number: int, request: Request) -> None:
        async with slots:
            while held(journal).exists():
                await asyncio.sleep(HELD_S)
            line = Asked(os.getpid(), request_key(request, stub.model, stub.revision), behaviour_of(request))
            os.write(file, json.dumps(vars(line)).encode() + b"\n")
            os.fsync(file)
            await asyncio.sleep(pace * (SLOW_S if _drawn(request) // 16 % 32 == 0 else QUICK_S))
            _send(writer, (number, await stub.generate(request)))

    at_work = set()
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            number, request = await _receive(reader)
            at_work.add(asyncio.create_task(answer(number, request)))
    # The worker is gone, or has let go: nobody waits for the rest.
    os._exit(0)


def main(arguments: Sequence[str]) -> None:
    asyncio.run(serve(socket.socket(fileno=0), Path(arguments[0]), float(arguments[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
