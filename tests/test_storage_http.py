"""Files on a web server, which may be slow to serve, or unable to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline import storage_http
from pipeline.errors import StorageError
from pipeline.storage import open_object, open_storage

CONTENT = bytes(range(256)) * 40


class Server(ThreadingHTTPServer):
    """Serves `/folder/file`; answers the first requests with the status codes that it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.failures: list[int] = []
        self.serves_ranges = True

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/folder/file"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, *, with_body: bool) -> None:
        if self.server.failures:
            self.send_error(self.server.failures.pop(0))
            return
        if self.path != "/folder/file":
            self.send_error(404)
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        content, status = CONTENT, 200
        if wanted and self.server.serves_ranges:
            start = int(wanted[1])
            if start >= len(CONTENT):
                self.send_error(416)
                return
            content, status = CONTENT[start : int(wanted[2]) + 1 if wanted[2] else None], 206
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"one"')
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(storage_http.time, "sleep", lambda seconds: None)
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.mark.parametrize(("start", "length"), [(0, None), (0, 10), (7, 1), (10_000, None), (10_000, 999_999), (5, 0)])
def test_parts_are_those_of_the_file(server: Server, start: int, length: int | None) -> None:
    storage, path = open_object(server.uri)
    expected = CONTENT[start:] if length is None else CONTENT[start : start + length]
    assert storage.read(path, start, length) == expected


def test_past_the_end_there_is_nothing(server: Server) -> None:
    storage, path = open_object(server.uri)
    assert storage.read(path, len(CONTENT) + 5, 10) == b""


def test_size_and_tag_are_the_servers(server: Server) -> None:
    storage, path = open_object(server.uri)
    info = storage.stat(path)
    assert info is not None
    assert (info.size, info.etag) == (len(CONTENT), '"one"')
    assert storage.stat("nothing") is None


def test_a_busy_server_is_asked_again(server: Server) -> None:
    server.failures = [503, 429, 500]
    storage, path = open_object(server.uri)
    assert storage.read(path, 0, 4) == CONTENT[:4]


def test_one_that_stays_busy_is_named(server: Server) -> None:
    server.failures = [503] * 50
    storage, path = open_object(server.uri)
    with pytest.raises(StorageError, match=r"folder/file: the server answered 503, 8 times"):
        storage.read(path)


def test_one_without_ranges_is_named_and_not_read_whole_for_each_part(server: Server) -> None:
    server.serves_ranges = False
    storage, path = open_object(server.uri)
    with pytest.raises(StorageError, match="cannot be read piece by piece"):
        storage.read(path, 5, 4)


def test_a_server_that_is_not_there_is_named(server: Server) -> None:
    storage = open_storage("http://127.0.0.1:9/folder")
    with pytest.raises(StorageError, match=r"127.0.0.1:9/folder/file: ConnectError.*8 times"):
        storage.read("file")


def test_nothing_can_be_written(server: Server) -> None:
    storage = open_storage(server.uri)
    for refused in (lambda: storage.write("x", b""), lambda: storage.create("x", b""), lambda: storage.delete("x"),
                    lambda: list(storage.list()), lambda: list(storage.folders())):  # fmt: skip
        with pytest.raises(StorageError, match="only read from"):
            refused()
