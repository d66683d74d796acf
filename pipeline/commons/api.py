"""Questions to MediaWiki's API about files and the reading of its answers.

One question names up to 50 titles, or one category. An answer maps the titles asked for to the titles it has
(`normalized`, `redirects`), lists pages in no promised order, and may come in several parts (`continue`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pipeline.commons.licence import parse_licence
from pipeline.commons.picture import FileInfo, PictureError, Reason
from pipeline.commons.urls import page_url

TITLES_PER_REQUEST = 50
# Servers commonly refuse addresses over 8 KiB; the other parameters take under 400 bytes.
_TITLE_BYTES_PER_REQUEST = 6000
_METADATA = (
    "LicenseShortName|LicenseUrl|UsageTerms|Artist|Attribution|Credit|AttributionRequired|Restrictions|NonFree"
    "|Categories"
)
_MAX_REDIRECTS = 5


def batches(titles: Sequence[str]) -> Iterator[list[str]]:
    """Split normalised titles, in order, into what one request can hold."""
    batch: list[str] = []
    size = 0
    for title in titles:
        cost = len(quote(f"File:{title}|", safe=""))
        if batch and (len(batch) == TITLES_PER_REQUEST or size + cost > _TITLE_BYTES_PER_REQUEST):
            yield batch
            batch, size = [], 0
        batch.append(title)
        size += cost
    if batch:
        yield batch


def parameters(titles: Sequence[str]) -> dict[str, str]:
    """Query parameters that ask for size, revision, licence and categories of files, redirects followed."""
    return {
        "action": "query",
        "format": "json",
        "formatversion": "2",
        "prop": "imageinfo",
        "iiprop": "url|size|sha1|mime|timestamp|extmetadata",
        "iiextmetadatafilter": _METADATA,
        "iiextmetadatalanguage": "en",
        "redirects": "1",
        "titles": "|".join(f"File:{title}" for title in titles),
    }


def category_parameters(category: str, limit: int) -> dict[str, str]:
    """Query parameters that ask for the first files of a category, `Category:` included; subcategories are left out."""
    return {
        "action": "query",
        "format": "json",
        "formatversion": "2",
        "list": "categorymembers",
        "cmtype": "file",
        "cmprop": "title",
        "cmlimit": str(limit),
        "cmtitle": category,
    }


def gallery_parameters(titles: Sequence[str], limit: int) -> dict[str, str]:
    """Query parameters that ask for the files on pages, `limit` of all pages together, redirects followed."""
    return {
        "action": "query",
        "format": "json",
        "formatversion": "2",
        "prop": "images",
        "imlimit": str(limit),
        "redirects": "1",
        "titles": "|".join(titles),
    }


def renames(query: Mapping[str, Any]) -> dict[str, str]:
    """Titles asked for -> titles that the API has instead."""
    changed = [*(query.get("normalized") or []), *(query.get("redirects") or [])]
    return {str(rename["from"]): str(rename["to"]) for rename in changed}


def follow(name: str, renamed: Mapping[str, str]) -> str:
    """The title at the end of the renames that start with `name`."""
    for _ in range(_MAX_REDIRECTS):
        if name not in renamed:
            break
        name = renamed[name]
    return name


class Answers:
    """The parts of the answer to one question, put together."""

    def __init__(self) -> None:
        self._renamed: dict[str, str] = {}
        self._pages: dict[str, Mapping[str, Any]] = {}

    def add(self, reply: Mapping[str, Any]) -> None:
        """Take in one part. The first description of a page counts: later parts may bring older revisions."""
        query = reply.get("query") or {}
        self._renamed |= renames(query)
        for page in query.get("pages") or []:
            title = str(page["title"])
            if not _says_something(self._pages.get(title, {})):
                self._pages[title] = page

    def answered(self, titles: Sequence[str]) -> bool:
        """Whether every title has been described or found missing, so that no further part is needed."""
        return all(_says_something(self._pages.get(self._resolve(title), {})) for title in titles)

    def file_info(self, title: str) -> FileInfo | PictureError:
        """What the answer says of a normalised title."""
        name = self._resolve(title)
        page = self._pages.get(name)
        if page is None:
            return PictureError("no_file_info", f"the API's answer does not mention {title}")
        if page.get("invalid"):
            return PictureError("invalid_title", str(page.get("invalidreason") or title))
        if not page.get("imageinfo"):
            reason: Reason = "missing_file" if page.get("missing") else "no_file_info"
            return PictureError(reason, f"Commons has no file {name.removeprefix('File:')}")
        return _file_info(page)

    def _resolve(self, title: str) -> str:
        return follow(f"File:{title}", self._renamed)


def _says_something(page: Mapping[str, Any]) -> bool:
    return bool(page.get("imageinfo") or page.get("missing") or page.get("invalid"))


def _file_info(page: Mapping[str, Any]) -> FileInfo | PictureError:
    info = page["imageinfo"][0]
    name = str(page["title"])
    if "filemissing" in info or "mime" not in info:
        return PictureError("missing_file", f"Commons has the page {name} but not the file")
    title = name.removeprefix("File:")
    address = str(info.get("descriptionurl") or "")
    return FileInfo(
        title=title,
        page_url=address if address.startswith(("https://", "http://")) else page_url(title),
        sha1=info.get("sha1"),
        timestamp=info.get("timestamp"),
        mime=str(info["mime"]),
        width=int(info.get("width") or 0),
        height=int(info.get("height") or 0),
        num_bytes=int(info.get("size") or 0),
        licence=parse_licence(page),
        categories=_categories(info),
    )


def _categories(info: Mapping[str, Any]) -> tuple[str, ...]:
    """Names without `Category:`, hidden ones too, once each; none where nothing usable is stated."""
    entry = (info.get("extmetadata") or {}).get("Categories")
    value = entry.get("value") if isinstance(entry, dict) else None
    names = value.replace("_", " ").split("|") if isinstance(value, str) else []
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
