"""What the room hands out about one picture: why it was refused, what Commons says of it, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from pipeline.commons.licence import LicenceInfo

Reason = Literal[
    # the title
    "invalid_title", "missing_file", "no_file_info",
    # the way here
    "http_4xx", "http_5xx", "rate_limited", "api_error", "timeout", "connection", "redirect_refused", "too_large",
    # the bytes
    "empty", "html", "truncated", "not_a_picture", "unsupported", "corrupt", "too_many_pixels", "too_small",
    "decoder_failed",
]  # fmt: skip

REASONS: frozenset[str] = frozenset(get_args(Reason))


class PictureError(Exception):
    """One picture cannot be had or used. A row's status, not the end of a run: the stage sets the row aside."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


@dataclass(frozen=True)
class FileInfo:
    """A file as the API describes it.

    `title` is without `File:`, with spaces, after redirects; `width` and `height` are px of the original (for SVG the
    nominal size), `num_bytes` its size; `sha1` is the hex digest of the original and so names its revision;
    `timestamp` is its upload time in ISO 8601; `categories` are those that its page stands in, without `Category:`.
    """

    title: str
    page_url: str
    sha1: str | None
    timestamp: str | None
    mime: str
    width: int
    height: int
    num_bytes: int
    licence: LicenceInfo
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Fetched:
    """Bytes as a server sent them, the address that gave them (after redirects), and how many they are."""

    data: bytes
    url: str
    num_bytes: int
