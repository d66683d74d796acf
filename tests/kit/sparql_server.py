"""A SPARQL service on loopback: a real engine behind the protocol, with the moods of a busy one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pyoxigraph

TIMEOUT = (500, {}, b"java.util.concurrent.TimeoutException")
BUSY = (429, {"Retry-After": "3"}, b"too many requests")
DOWN = (503, {}, b"maintenance")
CUT_OFF = (200, {"Content-Type": "application/sparql-results+json"}, b'{"head": {"vars": ["item"]}, "results": {"bin')
HTML = (403, {}, b"<html>set a User-Agent</html>")


@dataclass
class SparqlServer:
    """Answers from a store, or with what is in `moods`, one each request; None there is an answer from the store.

    Attributes:
        max_items: queries about more items than that run out of time.
        queries: what was asked.
        agents: by whom.
    """

    store: pyoxigraph.Store
    url: str = ""
    max_items: int = 1_000_000
    moods: list[tuple[int, dict[str, str], bytes] | None] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    agents: list[str | None] = field(default_factory=list)

    def answer(self, query: str) -> tuple[int, dict[str, str], bytes]:
        self.queries.append(query)
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            return mood
        if query.partition("VALUES ?item {")[2].partition("}")[0].count("wd:Q") > self.max_items:
            return TIMEOUT
        try:
            solutions = self.store.query(query)
        except SyntaxError as error:
            return 400, {}, str(error).encode()
        body = solutions.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
        return 200, {"Content-Type": "application/sparql-results+json"}, body


@contextmanager
def sparql_server(triples: bytes) -> Iterator[SparqlServer]:
    """Serve these N-Triples."""
    store = pyoxigraph.Store()
    store.bulk_load(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)
    served = SparqlServer(store)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            served.agents.append(self.headers["User-Agent"])
            status, headers, body = served.answer(form["query"][0])
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/sparql"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
