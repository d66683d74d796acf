"""The client of Commons, or of anything that speaks its API and paths: what files are, and their pictures.

Every outcome for one title is a value or a `PictureError`; when the source as a whole fails, `SourceUnavailable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import orjson

from pipeline.commons import api
from pipeline.commons.governor import Budget, Clock, Governor, Limits, SourceUnavailable, SystemClock
from pipeline.commons.picture import Fetched, FileInfo, PictureError
from pipeline.commons.profiles import check_policy
from pipeline.commons.transport import AttemptError, Reply, Transport, open_session
from pipeline.commons.urls import normalise_title, original_url, thumbnail_url

_DEFAULT_USER_AGENT = "culturalground"
_MAX_API_REPLY_BYTES = 20_000_000
_SVG = "image/svg+xml"
_TITLE_ERRORS = ("invalidcategory", "invalidtitle")
_BUSY_API_CODES = ("maxlag", "ratelimited", "readonly", "internal_api_error")


@dataclass(frozen=True)
class CommonsSettings:
    """Where to ask, as whom, and how gently; connections and rates are per host.

    `upload_url` is the folder above `thumb/`; `width` is px of a thumbnail; `timeout_s` bounds one attempt, waiting for
    the budget left out; the n-th retry waits about `backoff_s` x 2^(n-1).
    """

    api_url: str
    upload_url: str
    user_agent: str
    width: int
    max_bytes: int
    timeout_s: float
    max_attempts: int
    connections: int
    requests_per_s: float
    bytes_per_s: float
    backoff_s: float = 1.0

    def limits(self) -> Limits:
        return Limits(self.connections, self.requests_per_s, self.bytes_per_s)

    def check(self) -> None:
        """Raise ConfigError where these settings break the dated policy of a host (see `profiles.yaml`)."""
        for url in (self.api_url, self.upload_url):
            check_policy(
                url,
                user_agent=self.user_agent,
                connections=self.connections,
                bytes_per_s=self.bytes_per_s,
                width=self.width,
            )


class CommonsClient:
    """Asks one API and one upload server. Made in an event loop, an async context manager, for many calls at once.

    Raises:
        ConfigError: the settings break the policy of the host.
    """

    def __init__(
        self, settings: CommonsSettings, *, governor: Budget | None = None, clock: Clock | None = None
    ) -> None:
        settings.check()
        self.settings = settings
        clock = clock or SystemClock()
        self._http = open_session(settings.user_agent or _DEFAULT_USER_AGENT)
        self._transport = Transport(
            self._http,
            governor or Governor(settings.limits(), clock),
            clock,
            urls=(settings.api_url, settings.upload_url),
            timeout_s=settings.timeout_s,
            max_attempts=settings.max_attempts,
            backoff_base_s=settings.backoff_s,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    @property
    def num_bytes(self) -> int:
        """Bytes of bodies that came over the wire so far, failed attempts and API replies included."""
        return self._transport.num_bytes

    async def describe(self, titles: Sequence[str]) -> dict[str, FileInfo | PictureError]:
        """What Commons says of each title, keyed by the title as it was given.

        Raises:
            SourceUnavailable: the API refuses us, is not an API, or its host is down.
        """
        found: dict[str, FileInfo | PictureError] = {}
        names: dict[str, str] = {}
        for title in titles:
            try:
                names[title] = normalise_title(title)
            except PictureError as error:
                found[title] = error
        answers: dict[str, FileInfo | PictureError] = {}
        for batch in api.batches(list(dict.fromkeys(names.values()))):
            answers.update(await self._describe_batch(batch))
        return found | {title: answers[name] for title, name in names.items()}

    async def _describe_batch(self, batch: Sequence[str]) -> dict[str, FileInfo | PictureError]:
        answers = api.Answers()
        following: Mapping[str, str] = {}
        try:
            # Each part describes one more title at least: a server that repeats itself is not asked for ever.
            for _ in range(len(batch) + 1):
                part = await self.ask({**api.parameters(batch), **following}, batch[0])
                with self.reading():
                    answers.add(part)
                    if answers.answered(batch) or not part.get("continue"):
                        break
                    following = {key: str(value) for key, value in part["continue"].items()}
        except PictureError as error:
            return dict.fromkeys(batch, error)
        with self.reading():
            return {title: answers.file_info(title) for title in batch}

    async def ask(self, question: Mapping[str, str], key: str) -> dict[str, Any]:
        """The API's answer to query parameters; `key` is what messages call the question.

        Raises:
            PictureError: this question is not answered, others may be.
            SourceUnavailable: the API refuses us, is not an API, or its host is down.
        """
        url = f"{self.settings.api_url}?{urlencode(question)}"
        try:
            reply = await self._transport.get(url, key, _MAX_API_REPLY_BYTES, _check_api_reply)
        except PictureError as error:
            if error.reason == "connection":
                raise SourceUnavailable(
                    f"images.api_url: {self.settings.api_url} cannot be reached ({error.detail}); "
                    "check the address and the network, and run again"
                ) from error
            if error.reason == "api_error":
                raise self._not_an_api(error.detail) from error
            raise
        if reply.status != 200:
            raise SourceUnavailable(
                f"images.api_url: {self.settings.api_url} answers with status {reply.status}; "
                "check the address, and that images.user_agent says who asks"
            )
        answer: dict[str, Any] = orjson.loads(reply.body)
        if "error" in answer:
            with self.reading():
                code, info = answer["error"].get("code"), answer["error"].get("info")
            if code in _TITLE_ERRORS:
                raise PictureError("invalid_title", f"{key}: {info}")
            raise self._not_an_api(f"{code}: {info}")
        return answer

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While an answer is read: one that is not built as MediaWiki's are means that the address is wrong."""
        try:
            yield
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            raise self._not_an_api(repr(error)) from error

    def _not_an_api(self, detail: str) -> SourceUnavailable:
        return SourceUnavailable(
            f"images.api_url: {self.settings.api_url} does not answer like MediaWiki's API ({detail}); "
            "check the address"
        )

    async def picture(self, info: FileInfo) -> Fetched:
        """The thumbnail at the standard width, or the original where it is not wider or has no thumbnail.

        Raises:
            PictureError: this picture cannot be had.
            SourceUnavailable: the upload server is down.
        """
        settings = self.settings
        if not info.mime.startswith("image/"):
            raise PictureError("not_a_picture", f"{info.title} is {info.mime}")
        is_svg = info.mime == _SVG  # rendered at any width, and of no use as it is
        if is_svg or info.width > settings.width:
            url = thumbnail_url(info.title, settings.width, settings.upload_url)
            reply = await self._transport.get(url, info.title, settings.max_bytes)
            if is_svg or reply.status not in (400, 404):
                return _picture_of(reply)
        if info.num_bytes > settings.max_bytes:
            raise PictureError("too_large", f"{info.title} has {info.num_bytes} bytes, over {settings.max_bytes}")
        url = original_url(info.title, settings.upload_url)
        return _picture_of(await self._transport.get(url, info.title, settings.max_bytes))


def _check_api_reply(reply: Reply) -> None:
    """Ask again where the API is busy, or where something in between answered in its stead."""
    if reply.status != 200:
        return
    try:
        answer = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise AttemptError("api_error", f"the reply is not JSON: {reply.body[:60]!r}") from error
    if not isinstance(answer, dict):
        raise AttemptError("api_error", f"the reply is not an object: {reply.body[:60]!r}")
    refusal = answer.get("error")
    code = str(refusal.get("code", "")) if isinstance(refusal, dict) else ""
    if code.startswith(_BUSY_API_CODES):
        raise AttemptError("rate_limited", f"the API is busy: {code}")


def _picture_of(reply: Reply) -> Fetched:
    if reply.status in (404, 410):
        raise PictureError("missing_file", f"{reply.url} answers with status {reply.status}")
    if reply.status != 200:
        raise PictureError("http_4xx", f"{reply.url} answers with status {reply.status}")
    if reply.headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml")):
        raise PictureError("html", f"{reply.url} is a page: {reply.body[:60]!r}")
    if not reply.body:
        raise PictureError("empty", f"{reply.url} has no bytes")
    return Fetched(reply.body, reply.url, len(reply.body))
