"""A small Commons on loopback: MediaWiki's API for files, originals, thumbnails at the standard widths.

It serves a folder of the layout that `sample/commons_files.py` describes, and refuses what Wikimedia refuses, so that
a client that works with it works with Wikimedia.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from pipeline.errors import UserError
from sample.commons_answers import Commons
from sample.commons_files import CommonsFile, write_files

__all__ = ["Behave", "CommonsFile", "CommonsServer", "Reply", "Request", "write_files"]

_CHUNK_BYTES = 16_384


@dataclass
class Request:
    """A GET as it came: percent-encoded path, decoded query, lower-case header names.

    `start` and `end` are s of the monotonic clock. `end` is taken before the last bytes leave, so that the request of
    a client that waited for them never seems to overlap.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    start: float
    end: float | None = None
    status: int | None = None
    num_bytes: int = 0


@dataclass(frozen=True)
class Reply:
    """What is sent. `headers` replace the usual ones; one with an empty value is left out.

    `pause_s` is waited before each 16 KiB of the body; `hang_up` closes the connection without a word; `reset` breaks
    it off after the body, as a host that restarts does.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    hang_up: bool = False
    reset: bool = False


Behave = Callable[[Request], Reply | None]


class CommonsServer:
    """Serves from entering to leaving the context; the port is taken at once. `behave` may answer in its stead.

    Raises:
        UserError: the port is taken, or the folder is not complete.
    """

    def __init__(self, folder: Path, port: int = 0, behave: Behave | None = None) -> None:
        self._commons = Commons(folder)
        self._behave = behave
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        try:
            self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        except OSError as error:
            raise UserError(
                f"port {port} of 127.0.0.1 cannot be used ({error.strerror}): end the program that holds it, or choose "
                "another with --set images.api_url=http://127.0.0.1:PORT/w/api.php "
                "--set images.upload_url=http://127.0.0.1:PORT/wikipedia/commons"
            ) from error
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self.port = int(self._http.server_address[1])

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/w/api.php"

    @property
    def upload_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/wikipedia/commons"

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in the order in which they came."""
        with self._lock:
            return list(self._requests)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            self._requests.append(request)
        scripted = self._behave(request) if self._behave is not None else None
        if scripted is not None:
            return scripted
        return Reply(*self._commons.answer(request.path, request.query, request.headers))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60
            disable_nagle_algorithm = True  # or each reply waits 40 ms for the acknowledgement of its headers

            def handle(self) -> None:
                with suppress(ConnectionError):  # a client may leave at any time
                    super().handle()

            def do_GET(self) -> None:
                target = urlsplit(self.path)
                query = dict(parse_qsl(target.query, keep_blank_values=True))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(target.path, query, headers, time.monotonic())
                reply = server._answer(request)
                request.status, request.num_bytes = reply.status, len(reply.body)
                try:
                    self._send(reply, request)
                finally:
                    request.end = request.end or time.monotonic()

            def _send(self, reply: Reply, request: Request) -> None:
                headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(reply.body))}
                headers |= reply.headers
                if reply.hang_up or headers["Content-Length"] != str(len(reply.body)):
                    self.close_connection = True
                if reply.hang_up:
                    return
                self.send_response(reply.status)
                for name, value in headers.items():
                    if value:
                        self.send_header(name, value)
                request.end = None if reply.body else time.monotonic()
                self.end_headers()
                for start in range(0, len(reply.body), _CHUNK_BYTES):
                    time.sleep(reply.pause_s)
                    if start + _CHUNK_BYTES >= len(reply.body):
                        request.end = time.monotonic()
                    self.wfile.write(reply.body[start : start + _CHUNK_BYTES])
                if reply.reset:
                    self.wfile.flush()
                    # Closed without lingering, a connection ends with RST.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
