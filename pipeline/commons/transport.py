"""GET as a polite client does it: within the budget of the host, bounded in bytes and time, retried with backoff."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
import xxhash
from yarl import URL

from pipeline.commons.governor import Budget, Clock, retry_after_s
from pipeline.commons.picture import PictureError, Reason
from pipeline.commons.resolver import PublicResolver

_MAX_REDIRECTS = 5
_MAX_BACKOFF_S = 120.0
_MAX_ERROR_BODY_BYTES = 65_536
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int | None]


@dataclass(frozen=True)
class Reply:
    """A final reply: any status but redirects, 429 and 5xx. `url` is the address that gave it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class AttemptError(Exception):
    """One attempt failed in a way that the next may not. `backoff`: whether to wait before it."""

    def __init__(self, reason: Reason, detail: str, *, backoff: bool = True) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail
        self.backoff = backoff


def open_session(user_agent: str) -> aiohttp.ClientSession:
    """An HTTP client that leaves to the governor how many connections there are, and to the transport all waiting."""
    session = aiohttp.ClientSession(
        headers={"User-Agent": user_agent},
        connector=aiohttp.TCPConnector(limit=0, resolver=PublicResolver()),
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=True,
    )
    # It would ask once more by itself where a host closed a connection: a request that no budget knows of. There is no
    # public way to say so; aiohttp's own test client does the same.
    session._retry_connection = False
    return session


class Transport:
    """An HTTP client for some allowed origins. `num_bytes` counts bodies over the wire, failed attempts included."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        governor: Budget,
        clock: Clock,
        *,
        urls: Iterable[str],
        timeout_s: float,
        max_attempts: int,
        backoff_base_s: float,
    ) -> None:
        self._http = http
        self._governor = governor
        self._clock = clock
        self._origins = {_origin(url) for url in urls}
        self._timeout_s = timeout_s
        self._max_attempts = max_attempts
        self._backoff_base_s = backoff_base_s
        self.num_bytes = 0

    async def get(self, url: str, key: str, max_bytes: int, check: Callable[[Reply], None] | None = None) -> Reply:
        """The final reply, 4xx included. `key` seeds the jitter; `check` may raise `AttemptError` to ask again.

        Raises:
            PictureError: the attempts are used up, the body is too large, or a redirect leads elsewhere.
            SourceUnavailable: the host's breaker is open.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                reply = await self._follow(url, max_bytes)
                if check:
                    check(reply)
                return reply
            except AttemptError as failure:
                if attempt >= self._max_attempts:
                    detail = f"{failure.detail}; gave up after {attempt} attempts at {urlsplit(url).path}"
                    raise PictureError(failure.reason, detail) from failure
                if failure.backoff:
                    await self._clock.sleep(backoff_s(self._backoff_base_s, key, attempt))

    async def _follow(self, url: str, max_bytes: int) -> Reply:
        for _ in range(_MAX_REDIRECTS + 1):
            reply = await self._exchange(url, max_bytes)
            if reply.status not in (301, 302, 303, 307, 308) or "location" not in reply.headers:
                return reply
            try:
                target = urljoin(url, reply.headers["location"])
            except ValueError as error:
                raise PictureError("redirect_refused", f"{url} leads to no address: {error}") from error
            if _UNPRINTABLE.search(target):
                raise PictureError("redirect_refused", f"{url} leads to {target!r}, which is no address")
            if _origin(target) not in self._origins:
                raise PictureError("redirect_refused", f"{url} leads to {target}, which is not an allowed host")
            url = target
        raise PictureError("redirect_refused", f"more than {_MAX_REDIRECTS} redirects, the last to {url}")

    async def _exchange(self, url: str, max_bytes: int) -> Reply:
        """One request in its turn; the governor learns from the outcome whether the host is well."""
        host = urlsplit(url).netloc
        await self._governor.acquire(host)
        well: bool | None = None
        detail = ""
        try:
            reply = await self._receive(url, host, max_bytes)
            self._raise_if_busy(host, reply)
            well, detail = reply.status not in (401, 403), f"status {reply.status}"
            return reply
        except PictureError:
            well = True  # the host served what it has, though it is of no use
            raise
        except AttemptError as failure:
            well, detail = False, failure.detail
            raise
        finally:
            self._governor.release(host, well, detail)

    def _raise_if_busy(self, host: str, reply: Reply) -> None:
        if reply.status != 429 and reply.status < 500:
            return
        pause_s = retry_after_s(reply.headers.get("retry-after")) if reply.status in (429, 503) else None
        if pause_s:
            self._governor.pause(host, pause_s)
        reason: Reason = "rate_limited" if reply.status == 429 else "http_5xx"
        raise AttemptError(reason, f"status {reply.status}", backoff=not pause_s)

    async def _receive(self, url: str, host: str, max_bytes: int) -> Reply:
        response: aiohttp.ClientResponse | None = None
        # Addresses are encoded as they should be: the client's own idea of it would change some.
        asked = self._http.get(URL(url, encoded=True), allow_redirects=False)
        try:
            async with asyncio.timeout(self._timeout_s) as deadline, asked as response:
                body = await self._read(response, host, max_bytes, deadline)
                return Reply(response.status, response.headers, body, url)
        except TimeoutError as error:
            raise AttemptError("timeout", f"no complete reply within {self._timeout_s:g} s") from error
        except aiohttp.ClientError as error:
            reason: Reason = "connection" if response is None else "truncated"
            raise AttemptError(reason, f"{type(error).__name__}: {error}") from error

    async def _read(
        self, response: aiohttp.ClientResponse, host: str, max_bytes: int, deadline: asyncio.Timeout
    ) -> bytes:
        is_error = response.status != 200
        announced = response.headers.get("content-length", "")
        if not is_error and announced.isdigit() and int(announced) > max_bytes:
            raise PictureError("too_large", f"{response.url} announces {announced} bytes, over {max_bytes}")
        chunks: list[bytes] = []
        size = on_wire = 0
        async for chunk in response.content.iter_any():
            come = response.content.total_raw_bytes
            await self._account(host, come - on_wire, deadline)
            on_wire = come
            size += len(chunk)
            if is_error and size > _MAX_ERROR_BODY_BYTES:
                break
            if size > max_bytes:
                raise PictureError("too_large", f"{response.url} goes on after {max_bytes} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    async def _account(self, host: str, num_bytes: int, deadline: asyncio.Timeout) -> None:
        """Count bytes and wait for the budget, with the attempt's time limit stopped meanwhile."""
        self.num_bytes += num_bytes
        loop = asyncio.get_running_loop()
        left = (deadline.when() or loop.time()) - loop.time()
        deadline.reschedule(None)
        await self._governor.spend(host, num_bytes)
        deadline.reschedule(loop.time() + left)


def _origin(url: str) -> Origin | None:
    try:
        parts: SplitResult = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None


def backoff_s(base_s: float, key: str, attempt: int) -> float:
    """Wait after the n-th attempt, s: doubled each time, spread by half either way by a hash of key and attempt."""
    spread = 0.5 + float(xxhash.xxh3_64_intdigest(f"backoff|{key}|{attempt}".encode())) / 2**64
    return min(base_s * 2.0 ** (attempt - 1), _MAX_BACKOFF_S) * spread
