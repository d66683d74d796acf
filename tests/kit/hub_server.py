"""A hub of repositories on loopback, by the API that `huggingface_hub` speaks, with the moods of a real one.

It keeps branches of data sets, and large files as Git LFS does: by SHA-256, sent in one piece or in parts, seen by
everyone once a commit names them. What its listing tells of a large file is computed from the bytes that it has.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

WRITER, READER = "hf_writer", "hf_reader"
OWNER, ORGANISATION = "team", "lab"
_BLOCK = 1 << 16
_SMALL_BLOCK = 1 << 12
_LFS = "/datasets/(?P<repo>[^/]+/[^/]+)\\.git/info/lfs/objects"
_API = "/api/datasets/(?P<repo>[^/]+/[^/]+)"


@dataclass
class Mood:
    """What happens to `times` requests of a method ("" is any) whose path matches, after the first `skip` of them.

    `refuse` answers `status` and nothing else; `reset` takes `after` bytes of the body and breaks the connection;
    `lose_answer` does what is asked and breaks it then; `corrupt` changes a byte of the body that came; `hold` takes
    half the body, tells so by `holding`, and waits for `release`.
    """

    kind: Literal["refuse", "reset", "lose_answer", "corrupt", "hold"]
    method: str
    path: str
    times: int = 1
    skip: int = 0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    after: int = 0
    holding: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


@dataclass
class Entry:
    """A file of a branch: its bytes, or the name of a large one."""

    content: bytes | None
    oid: str = ""


@dataclass
class Repo:
    """A data set's repository."""

    private: bool
    branches: dict[str, dict[str, Entry]] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)


class HubServer:
    """The hub; all that it holds may be looked at and changed.

    Attributes:
        repos: by owner/name.
        objects: large files by the name under which they came, committed or not.
        came: bytes of bodies that came for a large file, by name, also of attempts that broke.
        small_came: how often a small file came in a commit, by path.
        asked: method and path of every request.
        large_bytes: from which size on a file is a large one; .parquet and .tar always are.
        part_bytes: large files above that size come in parts.
        page: entries of a listing's page.
        ignored: paths that a .gitignore names.
    """

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.came: Counter[str] = Counter()
        self.small_came: Counter[str] = Counter()
        self.asked: list[tuple[str, str]] = []
        self.moods: list[Mood] = []
        self.large_bytes, self.part_bytes, self.page = 5000, 1 << 30, 3
        self.ignored: set[str] = set()
        self.parts: dict[tuple[str, int], bytes] = {}
        self.lock = threading.Lock()
        self.url = ""

    def files(self, repo: str, branch: str = "main") -> dict[str, bytes]:
        """What a reader of a branch gets, but for the hub's own file."""
        found = self.repos[repo].branches[branch]
        return {path: self.content(entry) for path, entry in found.items() if path != ".gitattributes"}

    def content(self, entry: Entry) -> bytes:
        return self.objects[entry.oid] if entry.content is None else entry.content

    def mood(self, method: str, path: str) -> Mood | None:
        """What is to happen to this request."""
        with self.lock:
            self.asked.append((method, path))
            for mood in self.moods:
                if mood.times and mood.method in (method, "") and re.search(mood.path, path):
                    if mood.skip:
                        mood.skip -= 1
                        continue
                    mood.times -= 1
                    return mood
        return None

    def described(self, path: str, entry: Entry) -> dict[str, Any]:
        """As the listing tells it."""
        content = self.content(entry)
        if entry.content is not None:
            return {"type": "file", "path": path, "size": len(content), "oid": _blob_id(content)}
        sha256 = hashlib.sha256(content).hexdigest()
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(content)}\n".encode()
        lfs = {"oid": sha256, "size": len(content), "pointerSize": len(pointer)}
        return {"type": "file", "path": path, "size": len(content), "oid": _blob_id(pointer), "lfs": lfs}


def _blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


class _RefusedError(Exception):
    def __init__(self, status: int, message: str, code: str = "", **more: str) -> None:
        super().__init__(message)
        self.status, self.code, self.answer = status, code, {"error": message, **more}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub: HubServer

    def _serve(self) -> None:
        path = unquote(urlsplit(self.path).path)
        mood = self.hub.mood(self.command, path)
        try:
            body = self._body(mood, path)
            if mood is not None and mood.kind == "refuse":
                self._answer(mood.status, mood.body or {"error": "as it pleases the hub"}, mood.headers)
                return
            answer, headers = self._done(path, body)
        except _RefusedError as error:
            headers = {"X-Error-Code": error.code} if error.code else {}
            self._answer(error.status, error.answer, headers)
            return
        except ConnectionError:
            self.close_connection = True
            return
        if mood is not None and mood.kind == "lose_answer":
            self._break()
            return
        self._answer(200, answer, headers)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815

    def _body(self, mood: Mood | None, path: str) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise _RefusedError(501, "A header you provided implies functionality that is not implemented.")
        left = int(self.headers.get("Content-Length", 0))
        half, blocks = left // 2, []
        size = _BLOCK if mood is None else max(1, min(_SMALL_BLOCK, half))
        while left:
            if mood is not None and mood.kind == "reset" and sum(map(len, blocks)) >= mood.after:
                self._break()
                raise ConnectionError
            if mood is not None and mood.kind == "hold" and sum(map(len, blocks)) >= half:
                mood.holding.set()
                mood.release.wait(60)
            block = self.rfile.read(min(left, size))
            if not block:
                raise ConnectionError
            left -= len(block)
            blocks.append(block)
            if self.command == "PUT":
                with self.hub.lock:
                    self.hub.came[path.split("/")[2]] += len(block)
        body = b"".join(blocks)
        return bytes([body[0] ^ 1]) + body[1:] if mood is not None and mood.kind == "corrupt" else body

    def _done(self, path: str, body: bytes) -> tuple[Any, dict[str, str]]:
        if self.command == "PUT":
            return self._put(path, body)
        # As addresses that are signed: whoever has one needs no token.
        user = "" if path.startswith("/complete/") else self._user()
        for pattern, handle in _ROUTES:
            # Names of branches may have slashes, which come quoted.
            if found := re.fullmatch(pattern, urlsplit(self.path).path):
                given = {name: unquote(value) for name, value in found.groupdict().items()}
                with self.hub.lock:
                    answer = handle(self, given, body, user)
                return answer if isinstance(answer, tuple) else (answer, {})
        raise _RefusedError(404, f"no such address: {self.command} {path}")

    def _user(self) -> str:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in (WRITER, READER):
            raise _RefusedError(401, "Invalid username or password.")
        return token

    def _repo(self, name: str) -> Repo:
        if name not in self.hub.repos:
            raise _RefusedError(404, "Repository not found", "RepoNotFound")
        return self.hub.repos[name]

    def _branch(self, found: dict[str, str]) -> dict[str, Entry]:
        branches = self._repo(found["repo"]).branches
        if found["branch"] not in branches:
            raise _RefusedError(404, f"Invalid rev id: {found['branch']}", "RevisionNotFound")
        return branches[found["branch"]]

    def _whoami(self, found: dict[str, str], body: bytes, user: str) -> Any:
        role = "write" if user == WRITER else "read"
        return {"name": OWNER, "orgs": [{"name": ORGANISATION}], "auth": {"accessToken": {"role": role}}}

    def _create(self, found: dict[str, str], body: bytes, user: str) -> Any:
        asked = json.loads(body)
        owner, name = asked["organization"] or OWNER, asked["name"]
        if owner not in (OWNER, ORGANISATION) or user != WRITER:
            raise _RefusedError(403, f'You don\'t have the rights to create a dataset under the namespace "{owner}"')
        url = f"{self.hub.url}/datasets/{owner}/{name}"
        if f"{owner}/{name}" in self.hub.repos:
            raise _RefusedError(409, "You already created this dataset repo", url=url)
        repo = Repo(asked.get("visibility") == "private")
        repo.branches["main"] = {".gitattributes": Entry(b"*.parquet filter=lfs\n")}
        self.hub.repos[f"{owner}/{name}"] = repo
        return {"url": url}

    def _info(self, found: dict[str, str], body: bytes, user: str) -> Any:
        return {"id": found["repo"], "sha": "0" * 40, "private": self._repo(found["repo"]).private}

    def _new_branch(self, found: dict[str, str], body: bytes, user: str) -> Any:
        branches = self._repo(found["repo"]).branches
        if found["branch"] in branches:
            raise _RefusedError(409, "Reference already exists")
        branches[found["branch"]] = dict(branches["main"])
        return {}

    def _refs(self, found: dict[str, str], body: bytes, user: str) -> Any:
        names = self._repo(found["repo"]).branches
        refs = [{"name": name, "ref": f"refs/heads/{name}", "targetCommit": "0" * 40} for name in names]
        return {"branches": refs, "converts": [], "tags": []}

    def _tree(self, found: dict[str, str], body: bytes, user: str) -> Any:
        branch = self._branch(found)
        query = parse_qs(urlsplit(self.path).query)
        start = int(query.get("cursor", ["0"])[0])
        entries: list[dict[str, Any]] = [self.hub.described(path, entry) for path, entry in sorted(branch.items())]
        folders = {path.rpartition("/")[0] for path in branch if "/" in path}
        entries += [{"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in sorted(folders)]
        page, end = entries[start : start + self.hub.page], start + self.hub.page
        url = f"{self.hub.url}{urlsplit(self.path).path}?recursive=True&cursor={end}"
        return page, {"Link": f'<{url}>; rel="next"'} if end < len(entries) else {}

    def _paths_info(self, found: dict[str, str], body: bytes, user: str) -> Any:
        branch, asked = self._branch(found), parse_qs(body.decode())["paths"]
        return [self.hub.described(path, branch[path]) for path in asked if path in branch]

    def _preupload(self, found: dict[str, str], body: bytes, user: str) -> Any:
        branch = self._branch(found)
        self._may_write(user)
        answers = []
        for file in json.loads(body)["files"]:
            path = file["path"]
            is_large = file["size"] >= self.hub.large_bytes or path.endswith((".parquet", ".tar"))
            entry = branch.get(path)
            oid = None if entry is None else (entry.oid or _blob_id(self.hub.content(entry)))
            mode = "lfs" if is_large else "regular"
            answers.append({"path": path, "uploadMode": mode, "shouldIgnore": path in self.hub.ignored, "oid": oid})
        return {"files": answers}

    def _batch(self, found: dict[str, str], body: bytes, user: str) -> Any:
        self._may_write(user)
        objects = []
        for each in json.loads(body)["objects"]:
            oid, size = each["oid"], each["size"]
            answer = {"oid": oid, "size": size}
            if oid not in self.hub.objects:
                upload: dict[str, Any] = {"href": f"{self.hub.url}/lfs/{oid}"}
                if size > self.hub.part_bytes:
                    numbers = range(1, -(-size // self.hub.part_bytes) + 1)
                    parts = {f"{number:05d}": f"{self.hub.url}/lfs/{oid}/{number}" for number in numbers}
                    upload = {
                        "href": f"{self.hub.url}/complete/{oid}",
                        "header": {"chunk_size": str(self.hub.part_bytes), **parts},
                    }
                verify = f"{self.hub.url}/datasets/{found['repo']}.git/info/lfs/objects/verify"
                answer["actions"] = {"upload": upload, "verify": {"href": verify}}
            objects.append(answer)
        return {"transfer": "basic", "objects": objects}

    def _put(self, path: str, body: bytes) -> tuple[Any, dict[str, str]]:
        oid, *number = path.split("/")[2:]
        with self.hub.lock:
            if number:
                self.hub.parts[oid, int(number[0])] = body
            else:
                self.hub.objects[oid] = body
        return {}, {"ETag": hashlib.sha256(body).hexdigest()}

    def _complete(self, found: dict[str, str], body: bytes, user: str) -> Any:
        oid = json.loads(body)["oid"]
        numbers = [part["partNumber"] for part in json.loads(body)["parts"]]
        self.hub.objects[oid] = b"".join(self.hub.parts.pop((oid, number)) for number in numbers)
        return {}

    def _verify(self, found: dict[str, str], body: bytes, user: str) -> Any:
        asked = json.loads(body)
        if len(self.hub.objects.get(asked["oid"], b"")) != asked["size"]:
            raise _RefusedError(422, "the object has another size")
        return {}

    def _commit(self, found: dict[str, str], body: bytes, user: str) -> Any:
        self._may_write(user)
        branch, lines = dict(self._branch(found)), [json.loads(line) for line in body.splitlines()]
        for line in lines[1:]:
            path = line["value"]["path"]
            match line["key"]:
                case "file":
                    branch[path] = Entry(base64.b64decode(line["value"]["content"]))
                    self.hub.small_came[path] += 1
                case "lfsFile":
                    if line["value"]["oid"] not in self.hub.objects:
                        raise _RefusedError(400, f"Your commit references an LFS file that is not there: {path}")
                    branch[path] = Entry(None, line["value"]["oid"])
                case "deletedFile":
                    if branch.pop(path, None) is None:
                        raise _RefusedError(404, "A file with this name doesn't exist", "EntryNotFound")
        repo = self.hub.repos[found["repo"]]
        repo.branches[found["branch"]] = branch
        repo.commits.append(lines[0]["value"]["summary"])
        oid = f"{len(repo.commits):040x}"
        return {"commitUrl": f"{self.hub.url}/datasets/{found['repo']}/commit/{oid}", "commitOid": oid}

    def _resolve(self, found: dict[str, str], body: bytes, user: str) -> Any:
        branch = self._branch(found)
        if found["path"] not in branch:
            raise _RefusedError(404, "Entry not found", "EntryNotFound")
        return self.hub.content(branch[found["path"]])

    def _valid(self, found: dict[str, str], body: bytes, user: str) -> Any:
        return {"errors": [], "warnings": []}

    def _may_write(self, user: str) -> None:
        if user != WRITER:
            raise _RefusedError(403, "Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request")

    def _answer(self, status: int, answer: Any, headers: dict[str, str]) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(answer, bytes) else "application/json"
        for name, value in {"Content-Type": kind, **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _break(self) -> None:
        """Close so that the other side sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RD)
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """The hub's own record is `asked`."""


_ROUTES = [
    ("/api/whoami-v2", _Handler._whoami),
    ("/api/repos/create", _Handler._create),
    ("/api/validate-yaml", _Handler._valid),
    (_API, _Handler._info),
    (f"{_API}/revision/(?P<branch>.+)", _Handler._info),
    (f"{_API}/branch/(?P<branch>.+)", _Handler._new_branch),
    (f"{_API}/refs", _Handler._refs),
    (f"{_API}/tree/(?P<branch>.+)", _Handler._tree),
    (f"{_API}/paths-info/(?P<branch>.+)", _Handler._paths_info),
    (f"{_API}/preupload/(?P<branch>.+)", _Handler._preupload),
    (f"{_API}/commit/(?P<branch>.+)", _Handler._commit),
    (f"{_LFS}/batch", _Handler._batch),
    (f"{_LFS}/verify", _Handler._verify),
    ("/complete/.+", _Handler._complete),
    ("/datasets/(?P<repo>[^/]+/[^/]+)/resolve/(?P<branch>[^/]+)/(?P<path>.+)", _Handler._resolve),
]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed, or whose connection was broken on purpose, is no error."""


@contextmanager
def hub_server() -> Iterator[HubServer]:
    """A hub that is gone when the block ends."""
    hub = HubServer()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        for mood in hub.moods:
            mood.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
