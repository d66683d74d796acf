"""A tiny endpoint of chat completions on the loopback: answers what it is told to, keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from pipeline.generation.warm_up import warm_up_request

Answer = tuple[int, dict[str, str], Any]


def completion(text: str | None, reason: str = "stop") -> Answer:
    """Status, headers and body of a completion."""
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": reason}
    return 200, {}, {"choices": [choice], "usage": {"prompt_tokens": 11, "completion_tokens": 3}}


def is_warm_up(body: dict[str, Any]) -> bool:
    """Whether a request is the check that an engine makes before its first."""
    content = body["messages"][-1]["content"]
    return warm_up_request(sees_pictures=False).user in (
        content,
        content[-1].get("text") if content and isinstance(content, list) else None,
    )


class ChatServer:
    """Serves until the block ends.

    Args:
        answer: given the number of the request, from 0, and its body; None drops the connection.
        checked: the check that an engine makes before its first request goes to `answer` too; otherwise it passes.

    Attributes:
        bodies, headers: of every request so far, without checks that passed.
    """

    def __init__(self, answer: Callable[[int, dict[str, Any]], Answer | None], *, checked: bool = False) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.most_at_once = 0
        at_once = 0
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                nonlocal at_once
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not checked and is_warm_up(body):
                    self._send(completion(""))
                    return
                with lock:
                    number = len(outer.bodies)
                    outer.bodies.append(body)
                    outer.headers.append({"path": self.path, **self.headers})
                    at_once += 1
                    outer.most_at_once = max(outer.most_at_once, at_once)
                found = answer(number, body)
                with lock:
                    at_once -= 1
                if found is None:
                    self.close_connection = True
                    return
                self._send(found)

            def _send(self, found: Answer) -> None:
                status, headers, content = found
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
