"""What Commons' API answers about the files of a category and of gallery pages, in parts where they are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.commons.picture import PictureError
from pipeline.commons.urls import normalise_title
from sample.commons_files import CommonsFile

_MAX_FILES = 500
_DEFAULT_FILES = 10


class CommonsMembers:
    """The pages that gather the files of one folder. Sort keys of a category are titles, as where nobody set others."""

    def __init__(self, files: Mapping[str, CommonsFile]) -> None:
        self._categories: dict[str, list[str]] = {}
        self._galleries: dict[str, list[str]] = {}
        for title, file in sorted(files.items()):
            for category in file.categories:
                self._categories.setdefault(normalise_title(category), []).append(title)
            for gallery in file.galleries:
                self._galleries.setdefault(normalise_title(gallery), []).append(title)

    def of_category(self, query: Mapping[str, str]) -> dict[str, Any]:
        """The answer to `list=categorymembers`."""
        prefix, _, name = query.get("cmtitle", "").partition(":")
        try:
            title = normalise_title(name)
        except PictureError:
            title = ""
        if prefix != "Category" or not title:
            return {"error": {"code": "invalidcategory", "info": "The category name you entered is not valid."}}
        files = self._categories.get(title, []) if "file" in query.get("cmtype", "file").split("|") else []
        start = int(query.get("cmcontinue", "file|0").partition("|")[2])
        end = start + _limit(query.get("cmlimit"))
        rows = [{"ns": 6, "title": f"File:{file}"} for file in files[start:end]]
        following = {"continue": {"cmcontinue": f"file|{end}", "continue": "-||"}} if end < len(files) else {}
        return {"batchcomplete": True, **following, "query": {"categorymembers": rows}}

    def of_galleries(self, query: Mapping[str, str]) -> dict[str, Any]:
        """The answer to `prop=images`: `imlimit` counts the files of all pages together."""
        normalised: list[dict[str, Any]] = []
        pages: dict[str, dict[str, Any]] = {}
        shown: list[tuple[str, str]] = []
        for asked in dict.fromkeys(query.get("titles", "").split("|")):
            title = normalise_title(asked)
            if title != asked:
                normalised.append({"fromencoded": False, "from": asked, "to": title})
            if title in pages:
                continue
            pages[title] = {"ns": 0, "title": title} | ({} if title in self._galleries else {"missing": True})
            shown += [(title, file) for file in self._galleries.get(title, [])]
        start = int(query.get("imcontinue", "0|").partition("|")[0])
        end = start + _limit(query.get("imlimit"))
        for title, file in shown[start:end]:
            pages[title].setdefault("images", []).append({"ns": 6, "title": f"File:{file}"})
        following = {"continue": {"imcontinue": f"{end}|", "continue": "||"}} if end < len(shown) else {}
        content = {"normalized": normalised} if normalised else {}
        done = {} if following else {"batchcomplete": True}
        return {**done, **following, "query": {**content, "pages": list(pages.values())}}


def _limit(text: str | None) -> int:
    return min(int(text or _DEFAULT_FILES), _MAX_FILES)
