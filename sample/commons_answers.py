"""What Commons answers: the API's JSON about files, originals, renderings; status, body and headers of each."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from pipeline.commons.picture import PictureError
from pipeline.commons.urls import file_name, normalise_title
from sample.commons_files import CommonsFile, read_files
from sample.commons_members import CommonsMembers

Answer = tuple[int, bytes, dict[str, str]]

STANDARD_WIDTHS_PX = (20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840)
_MAX_TITLES = 50
_MAX_QUERY_BYTES = 8_000
_UPLOADS = re.compile(
    r"/wikipedia/commons/(?P<thumb>thumb/)?(?P<hash>[0-9a-f]/[0-9a-f]{2})/(?P<name>[^/]+)(?P<rest>/.*)?"
)
_RENDERING = re.compile(r"/(?P<page>lossy-page1-)?(?P<width>\d+)px-(?P<name>[^/]+)")
_RENDERED_AS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif",
    "image/svg+xml": "png", "image/webp": "png", "image/tiff": "jpg",
}  # fmt: skip
_CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
_LONG_NAME_BYTES = 160


class Commons:
    """The files of one folder, by the addresses and questions that Commons knows."""

    def __init__(self, folder: Path) -> None:
        self._files = read_files(folder)
        self._members = CommonsMembers(self._files)
        self._page_ids = {title: number for number, title in enumerate(sorted(self._files), 1)}
        self._rendering = lru_cache(256)(CommonsFile.rendering)

    def answer(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if not headers.get("user-agent", "").strip():
            return _page(403, "Please set a User-Agent that names your tool and a contact.")
        if sum(len(quote(value, safe="")) for value in query.values()) > _MAX_QUERY_BYTES:
            return _page(414, "URI Too Long")
        if path == "/w/api.php":
            site = f"http://{headers.get('host', '')}"
            reply = self._query(query, site)
            flag = {"MediaWiki-API-Error": str(reply["error"]["code"])} if "error" in reply else {}
            body = json.dumps(reply, ensure_ascii=False).encode()
            return 200, body, {"Content-Type": "application/json; charset=utf-8", **flag}
        upload = _UPLOADS.fullmatch(path)
        return self._upload(upload) if upload else _page(404, "Not found")

    def _upload(self, address: re.Match[str]) -> Answer:
        name = unquote(address["name"])
        digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        file = self._files.get(name.replace("_", " "))
        if file is None or file.redirect_to is not None or address["hash"] != f"{digest[0]}/{digest[:2]}":
            return _page(404, "File not found")
        if not address["thumb"]:
            return _page(404, "Not found") if address["rest"] else (200, file.data, {"Content-Type": file.mime})
        rendering = _RENDERING.fullmatch(unquote(address["rest"] or ""))
        extension = _RENDERED_AS.get(file.mime)
        if rendering is None or extension is None or rendering["name"] != _rendering_name(name, file.mime):
            return _page(404, "There is no such thumbnail")
        if rendering["page"] and file.mime != "image/tiff":
            return _page(404, "This file has no pages")
        width = int(rendering["width"])
        if width not in STANDARD_WIDTHS_PX:
            return _page(400, f"Use thumbnail sizes listed on https://w.wiki/GHai: {STANDARD_WIDTHS_PX}")
        if width >= file.size_px[0] and file.mime != "image/svg+xml":
            return _page(400, "The requested width is not smaller than that of the source file")
        try:
            return 200, self._rendering(file, width, extension), {"Content-Type": _CONTENT_TYPES[extension]}
        except OSError as error:
            return _page(500, f"Error generating thumbnail: {error}")

    def _query(self, query: Mapping[str, str], site: str) -> dict[str, Any]:
        if query.get("action") != "query":
            return _error("badvalue", f'Unrecognized value for parameter "action": {query.get("action", "")}.')
        if query.get("format") != "json" or query.get("formatversion") != "2":
            return _error("badvalue", "This server knows format=json and formatversion=2 only.")
        if query.get("list") == "categorymembers":
            return self._members.of_category(query)
        titles = list(dict.fromkeys(query.get("titles", "").split("|")))
        if len(titles) > _MAX_TITLES:
            return _error(
                "toomanyvalues", f'Too many values supplied for parameter "titles". The limit is {_MAX_TITLES}.'
            )
        if query.get("prop") == "images":
            return self._members.of_galleries(query)
        normalised: list[dict[str, Any]] = []
        redirects: dict[str, str] = {}
        pages: dict[str, dict[str, Any]] = {}
        for asked in titles:
            name = _page_name(asked)
            if name is None:
                pages[asked] = {"title": asked, "invalidreason": f"Bad title: {asked}", "invalid": True}
                continue
            if name != asked:
                normalised.append({"fromencoded": False, "from": asked, "to": name})
            chain = self._redirects(name) if "redirects" in query else [name]
            redirects |= dict(pairwise(chain))
            pages[chain[-1]] = self._describe(chain[-1], query, site)
        content: dict[str, Any] = {}
        if normalised:
            content["normalized"] = normalised
        if redirects:
            content["redirects"] = [{"from": name, "to": target} for name, target in redirects.items()]
        content["pages"] = sorted(pages.values(), key=lambda page: page.get("pageid", 0))
        return {"batchcomplete": True, "query": content}

    def _redirects(self, name: str) -> list[str]:
        """The page and those it leads to, one after another; a circle is left where it closes."""
        chain = [name]
        while (file := self._files.get(chain[-1].removeprefix("File:"))) and file.redirect_to:
            target = f"File:{normalise_title(file.redirect_to)}"
            if target in chain:
                break
            chain.append(target)
        return chain

    def _describe(self, name: str, query: Mapping[str, str], site: str) -> dict[str, Any]:
        title = name.removeprefix("File:")
        file = self._files.get(title)
        if file is None:
            return {"ns": 6, "title": name, "missing": True, "imagerepository": ""}
        page = {"pageid": self._page_ids[title], "ns": 6, "title": name, "imagerepository": "local"}
        if query.get("prop") != "imageinfo" or file.redirect_to is not None:
            return page
        wanted = query.get("iiprop", "timestamp|user").split("|")
        page["imageinfo"] = [_image_info(file, title, wanted, query, site)]
        return page


def _image_info(
    file: CommonsFile, title: str, wanted: list[str], query: Mapping[str, str], site: str
) -> dict[str, Any]:
    name = quote(file_name(title), safe=";@$!*(),/:~")
    digest = hashlib.md5(file_name(title).encode(), usedforsecurity=False).hexdigest()
    width, height = file.size_px
    known: dict[str, dict[str, Any]] = {
        "timestamp": {"timestamp": file.timestamp},
        "size": {"size": len(file.data), "width": width, "height": height},
        "url": {
            "url": f"{site}/wikipedia/commons/{digest[0]}/{digest[:2]}/{name}",
            "descriptionurl": f"{site}/wiki/File:{name}",
        },
        "sha1": {"sha1": file.sha1},
        "mime": {"mime": file.mime},
        "extmetadata": {"extmetadata": _metadata(file, query.get("iiextmetadatafilter", ""))},
    }
    return {key: value for prop in known if prop in wanted for key, value in known[prop].items()}


def _metadata(file: CommonsFile, keys: str) -> dict[str, dict[str, str]]:
    texts = {
        "Credit": file.credit,
        "Artist": file.artist,
        "LicenseShortName": file.licence_short_name,
        "UsageTerms": file.licence_short_name,
        "AttributionRequired": "true" if file.attribution_required else "false",
        "LicenseUrl": file.licence_url,
        "Restrictions": "|".join(file.restrictions),
        "Categories": "|".join(file.categories),
    }
    return {
        key: {"value": text, "source": "commons-desc-page", "hidden": ""}
        for key, text in texts.items()
        if (text or key == "Restrictions") and (not keys or key in keys.split("|"))
    }


def _page_name(asked: str) -> str | None:
    """The title of the page as MediaWiki writes it; None where it refuses the title."""
    if re.search("%[0-9A-Fa-f]{2}", asked) or not re.match("file:", asked, re.IGNORECASE):
        return None
    try:
        return f"File:{normalise_title(asked)}"
    except PictureError:
        return None


def _rendering_name(name: str, mime: str) -> str:
    extension = name.rpartition(".")[2].lower()
    if len(name.encode()) > _LONG_NAME_BYTES:
        name = f"thumbnail.{extension}"
    rendered = _RENDERED_AS[mime]
    return name if mime in ("image/jpeg", "image/png", "image/gif") else f"{name}.{rendered}"


def _error(code: str, info: str) -> dict[str, Any]:
    return {"error": {"code": code, "info": info}}


def _page(status: int, text: str) -> Answer:
    html = f"<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><p>{text}</p></body></html>\n"
    return status, html.encode(), {"Content-Type": "text/html; charset=utf-8"}
