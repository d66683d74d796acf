"""Pictures are decoded in a process of its own: what a file from outside does to a decoder, it does not do to a worker.

The process holds no credentials, may take only so much memory and time, and is replaced when it dies.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.commons.decoder_process import REPLY, REQUEST, arguments
from pipeline.commons.making import Made, Making
from pipeline.commons.picture import PictureError
from pipeline.errors import UserError

_START_S = 120.0
# Of the environment nothing else is given: a decoder that was taken over finds no credentials there.
_ENVIRONMENT = ("HOME", "LANG", "LD_LIBRARY_PATH", "NUMBA_CACHE_DIR", "PATH", "TMPDIR")
# One file after another: more threads would only wait for each other.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Decoder:
    """One process, started when first asked. It takes one file at a time: callers hold a lock.

    Args:
        making: how pictures are made.
        timeout_s: s for one file; a process that takes longer is ended.
        module: what the process runs.
    """

    def __init__(
        self, making: Making, timeout_s: float = 60.0, module: str = "pipeline.commons.decoder_process"
    ) -> None:
        self._making, self._timeout_s, self._module = making, timeout_s, module
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the decoder

    @property
    def pid(self) -> int | None:
        """The process that decodes now."""
        return self._process.pid if self._process else None

    async def make(self, data: bytes) -> Made:
        """The picture of a file.

        Raises:
            PictureError: these bytes are no usable picture; `decoder_failed` where the decoder crashed twice, or took
                too long or too much memory.
            UserError: no decoder can be started.
        """
        try:
            return await self._ask(data)
        except ConnectionError:
            pass  # perhaps not this file's fault: the system ends processes where memory is short
        try:
            return await self._ask(data)
        except ConnectionError as error:
            raise PictureError("decoder_failed", f"the decoder ended with {error}") from error

    async def _ask(self, data: bytes) -> Made:
        asked = self._socket or await self._start()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                await loop.sock_sendall(asked, REQUEST.pack(len(data)) + data)
                sizes = REPLY.unpack(await _receive(asked, REPLY.size))
                answer = await _receive(asked, sum(sizes))
        except TimeoutError as error:
            self.close()
            raise PictureError("decoder_failed", f"not decoded within {self._timeout_s:g} s") from error
        except OSError as error:
            raise ConnectionError(self._end()) from error
        except asyncio.CancelledError:
            self.close()  # half an answer may be on its way
            raise
        header: dict[str, Any] = json.loads(answer[: sizes[0]])
        if "reason" in header:
            raise PictureError(header["reason"], header["detail"])
        return Made(answer[sizes[0] :], header["sha256"], header["facts"])

    async def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, *arguments(self._making)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env={**environment, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # an interrupt is for the worker, which then closes this end
            )
        ours.setblocking(False)
        self._socket = ours
        try:
            async with asyncio.timeout(_START_S):
                await _receive(ours, 1)
        except (OSError, TimeoutError) as error:
            raise UserError(f"images: the decoder's process does not start: {self._end()}") from error
        return ours

    def _end(self) -> str:
        """How the process ended, once it is closed."""
        process = self._process
        assert process is not None
        try:
            code = process.wait(1.0)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
        self._complaints.seek(0)
        self._complaints.truncate()
        how = "no answer" if code is None else signal.Signals(-code).name if code < 0 else f"status {code}"
        return f"{how}: {said}" if said else how

    def close(self) -> None:
        """End the process; the next file starts another."""
        process, self._process = self._process, None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if process is not None:
            process.kill()
            process.wait()


async def _receive(asked: socket.socket, number: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray(number)
    view, done = memoryview(data), 0
    while done < number:
        come = await loop.sock_recv_into(asked, view[done:])
        if come == 0:
            raise ConnectionError("closed")
        done += come
    return bytes(data)


_idle: dict[Making, list[Decoder]] = {}
_lending = threading.Lock()


@contextmanager
def lent(making: Making) -> Iterator[Decoder]:
    """A decoder that nobody else in this process uses meanwhile; it is kept for the next who asks for the like."""
    with _lending:
        waiting = _idle.setdefault(making, [])
        decoder = waiting.pop() if waiting else Decoder(making)
    try:
        yield decoder
    finally:
        with _lending:
            _idle[making].append(decoder)


@atexit.register
def close_idle() -> None:
    """End the processes that are kept for later."""
    with _lending:
        for decoders in _idle.values():
            for decoder in decoders:
                decoder.close()
