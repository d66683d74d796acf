"""A proxy on loopback between a client and an HTTP server, which does what networks and busy servers do.

Every request gets a number, in the order of arrival, and what happens to it depends on that number and a seed alone.
The Host header passes unchanged, so a signature made for the proxy's address stays valid on the server.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["slow_down", "expired", "drop", "cut", "lose_answer"]

_PIECE = 16 * 1024
_ERROR = '<?xml version="1.0"?><Error><Code>{}</Code><Message>{}</Message></Error>'
# Status, and what S3 says with it.
_REFUSALS: dict[Fault, tuple[int, bytes]] = {
    "slow_down": (503, _ERROR.format("SlowDown", "Please reduce your request rate.").encode()),
    "expired": (400, _ERROR.format("ExpiredToken", "The provided token has expired.").encode()),
}


@dataclass(frozen=True)
class Seen:
    """A request that arrived, and what was done to it."""

    number: int
    method: str
    path: str
    fault: Fault | None


@dataclass
class _Order:
    """A fault for the next `left` requests that match."""

    fault: Fault
    left: int
    method: str | None
    path: str


@dataclass
class _Shares:
    """Share of requests that meet a fault, drawn from the seed and the number of the request."""

    faults: dict[Fault, float] = field(default_factory=dict)

    def draw(self, seed: int, number: int) -> Fault | None:
        left = random.Random(f"{seed} {number}").random()
        for fault, share in self.faults.items():
            if left < share:
                return fault
            left -= share
        return None


class FaultyProxy:
    """Passes requests on to `upstream` until told otherwise; settings may change while it runs.

    Args:
        upstream: address of the server, http://host:port.
        seed: of the requests that `share` chooses.
        port: on loopback; 0 takes a free one.

    Attributes:
        latency_s: seconds before each request is passed on.
        bytes_per_s: of bodies, in both directions and over all connections together; None is no limit.
        seen: requests so far, in the order of their numbers.
    """

    def __init__(self, upstream: str, seed: int = 0, port: int = 0) -> None:
        self.latency_s = 0.0
        self.bytes_per_s: float | None = None
        self.seen: list[Seen] = []
        self._upstream = urlsplit(upstream).netloc
        self._seed = seed
        self._lock = threading.Lock()
        self._orders: list[_Order] = []
        self._shares = _Shares()
        self._lasting: tuple[int, Fault] | None = None
        self._free_at = 0.0
        self._passing = threading.Event()
        self._passing.set()
        self._closed = False
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self, fault: Fault, number: int = 1, method: str | None = None, path: str = "") -> None:
        """Do this to the next `number` requests of a method whose path contains `path`.

        `slow_down` answers 503 SlowDown and `expired` 400 ExpiredToken; `drop` closes the connection before the server
        hears of the request; `cut` closes it in the middle of the answer's body; `lose_answer` closes it after the
        server has answered.
        """
        with self._lock:
            self._orders.append(_Order(fault, number, method, path))

    def share(self, fault: Fault, share: float) -> None:
        """Do this to a share of all requests; 0 ends it."""
        with self._lock:
            self._shares.faults[fault] = share

    def last(self, fault: Fault | None, after: int = 0) -> None:
        """Do this to all requests once `after` more have arrived; None ends it."""
        with self._lock:
            self._lasting = None if fault is None else (len(self.seen) + after, fault)

    def blackhole(self) -> None:
        """Take requests and let them wait, as a network does that swallows packets."""
        self._passing.clear()

    def resume(self) -> None:
        """Pass on again, also what has been waiting."""
        self._passing.set()

    def close(self) -> None:
        """Stop listening: the next connection is refused."""
        self._closed = True
        self._passing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> FaultyProxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def arrived(self, method: str, path: str) -> Fault | None:
        """Number a request and say what happens to it."""
        with self._lock:
            number = len(self.seen)
            fault = self._lasting_at(number) or self._ordered(method, path) or self._shares.draw(self._seed, number)
            self.seen.append(Seen(number, method, path, fault))
            return fault

    def wait_for_passage(self) -> bool:
        """Wait out latency and blackhole; False when the proxy was closed meanwhile."""
        time.sleep(self.latency_s)
        self._passing.wait()
        return not self._closed

    def pieces(self, body: bytes) -> Iterable[bytes]:
        """The body in pieces, no faster than `bytes_per_s`."""
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE]
            if self.bytes_per_s is not None:
                with self._lock:
                    self._free_at = max(self._free_at, time.monotonic()) + len(piece) / self.bytes_per_s
                    wait_s = self._free_at - time.monotonic()
                time.sleep(max(0.0, wait_s))
            yield piece

    def ask(self, method: str, path: str, headers: Message, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """The server's answer: status, headers, body.

        Raises:
            OSError, HTTPException: the server does not answer.
        """
        connection = HTTPConnection(self._upstream, timeout=120)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if name.lower() not in {"expect", "connection", "transfer-encoding", "content-length"}:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            for piece in self.pieces(body):
                connection.send(piece)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _lasting_at(self, number: int) -> Fault | None:
        return self._lasting[1] if self._lasting is not None and number >= self._lasting[0] else None

    def _ordered(self, method: str, path: str) -> Fault | None:
        for order in self._orders:
            if order.left and order.path in path and order.method in (None, method):
                order.left -= 1
                return order.fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], proxy: FaultyProxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away, as one with a short time-out does, is no error of the proxy."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_any(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = proxy.arrived(self.command, self.path)
        if not proxy.wait_for_passage() or fault == "drop":
            self.close_connection = True
            return
        if fault in _REFUSALS:
            status, content = _REFUSALS[fault]
            self._answer(status, [("Content-Type", "application/xml")], content)
            return
        try:
            status, headers, content = proxy.ask(self.command, self.path, self.headers, body)
        except (OSError, HTTPException):
            self.close_connection = True
            return
        if fault == "lose_answer":
            self.close_connection = True
            return
        self._answer(status, headers, content, cut=fault == "cut")

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_any  # noqa: N815

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        length = str(len(content))
        for name, value in headers:
            if name.lower() == "content-length":
                length = value
            elif name.lower() not in {"connection", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        for piece in self.server.proxy.pieces(content[: len(content) // 2] if cut else content):
            self.wfile.write(piece)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:
        """The proxy's own record is `seen`."""
