"""Titles and addresses of Commons files.

A file lies under the first one and two hex digits of the MD5 of its title with underscores. Thumbnail names follow
MediaWiki: `<width>px-<name>`, with `.png` after SVG, WebP and XCF and `.jpg` after TIFF, whose first page is asked
for; a name of more than 160 bytes is replaced by `thumbnail.<extension>`, as Commons configures it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote, unquote

from pipeline.commons.picture import PictureError

_SPACES = re.compile("[ _\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e]")
_PERCENT = re.compile("%[0-9A-Fa-f]{2}")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f#<>\\[\\]|{}\ufffd]")
_NAMESPACE = re.compile("^(?:file|image) ?: ?", re.IGNORECASE | re.ASCII)
_MAX_TITLE_BYTES = 255
_ABBREVIATE_ABOVE_BYTES = 160
_RENDERED_AS = {"svg": "png", "webp": "png", "xcf": "png", "tif": "jpg", "tiff": "jpg"}
_PAGED = frozenset({"tif", "tiff"})


def normalise_title(title: str) -> str:
    """The title as MediaWiki stores it, without `File:` and with spaces; applying it twice changes nothing.

    Percent-encoding is undone, which is safe: MediaWiki forbids a percent sign before two hex digits in titles.

    Raises:
        PictureError: invalid_title, where MediaWiki could not have such a title either.
    """
    name = _INVISIBLE.sub("", title)
    try:
        while _PERCENT.search(name):
            name = _INVISIBLE.sub("", unquote(name, errors="strict"))
        name.encode("utf-8")
    except UnicodeError as error:
        raise PictureError("invalid_title", f"{title!r} is not UTF-8") from error
    name = _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip(" ")
    while prefix := _NAMESPACE.match(name := _capitalise(name)):
        name = name[prefix.end() :]
    if _FORBIDDEN.search(name):
        raise PictureError("invalid_title", f"{title!r} has characters that titles cannot have")
    if name in ("", ".", "..") or len(name.encode("utf-8")) > _MAX_TITLE_BYTES:
        raise PictureError("invalid_title", f"{title!r} is empty or longer than {_MAX_TITLE_BYTES} bytes")
    return name


def _capitalise(name: str) -> str:
    first = name[:1]
    upper = unicodedata.normalize("NFC", first.upper())
    # Wikimedia keeps letters whose capital is several characters, and Georgian, which has no capitals in titles.
    if len(upper) != 1 or "\u10d0" <= first <= "\u10ff":
        return name
    return unicodedata.normalize("NFC", upper + name[1:])


def file_name(title: str) -> str:
    """A normalised title with underscores: the file's name on the server."""
    return title.replace(" ", "_")


def hashed_path(title: str) -> str:
    """`a/ab/<File>`, percent-encoded, for a normalised title."""
    name = file_name(title)
    digest = hashlib.md5(name.encode("utf-8"), usedforsecurity=False).hexdigest()
    return f"{digest[0]}/{digest[:2]}/{quote(name, safe='')}"


def original_url(title: str, upload_url: str) -> str:
    """Address of the original, under `upload_url` such as https://upload.wikimedia.org/wikipedia/commons."""
    return f"{upload_url.rstrip('/')}/{hashed_path(title)}"


def thumbnail_url(title: str, width: int, upload_url: str) -> str:
    """Address of the rendering `width` px wide; whether there is one depends on the original's width."""
    return f"{upload_url.rstrip('/')}/thumb/{hashed_path(title)}/{quote(thumbnail_name(title, width), safe='')}"


def thumbnail_name(title: str, width: int) -> str:
    """The file's name of that rendering of a normalised title."""
    name = file_name(title)
    extension = name.rpartition(".")[2].lower()
    if len(name.encode("utf-8")) > _ABBREVIATE_ABOVE_BYTES:
        name = f"thumbnail.{extension}"
    if extension in _RENDERED_AS:
        name = f"{name}.{_RENDERED_AS[extension]}"
    page = "lossy-page1-" if extension in _PAGED else ""
    return f"{page}{width}px-{name}"


def page_url(title: str, wiki_url: str = "https://commons.wikimedia.org/wiki") -> str:
    """Address of the file's page, where people read its licence."""
    return f"{wiki_url.rstrip('/')}/File:{quote(file_name(title), safe=';@$!*(),/:~')}"
