"""Which files a category of Commons has, or a gallery page shows; never those of subcategories.

One question names one category, whose files come in the order of their sort keys, or up to 50 galleries, whose files
come by title and include what their templates show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.commons import api
from pipeline.commons.collection import CATEGORY, GALLERY, Collection
from pipeline.commons.fetch import CommonsClient
from pipeline.commons.picture import PictureError
from pipeline.commons.urls import normalise_title

FILES_PER_REQUEST = 500
Members = dict[Collection, list[str] | PictureError]


async def members(client: CommonsClient, collections: Sequence[Collection], limit: int) -> Members:
    """The first files of each collection, titles without `File:`, or why they cannot be had; a missing page has none.

    Args:
        client: asked once for each category, and for galleries 50 at a time.
        collections: each is asked for once.
        limit: files of one collection at most, up to 500.

    Raises:
        SourceUnavailable: the API refuses us, is not an API, or its host is down.
    """
    found: Members = {}
    valid = []
    for collection in dict.fromkeys(collections):
        try:
            normalise_title(collection.title)
            valid.append(collection)
        except PictureError as error:
            found[collection] = error
    for collection in valid:
        if collection.property == CATEGORY:
            found[collection] = await _of_category(client, collection, limit)
    for batch in api.batches([collection.title for collection in valid if collection.property == GALLERY]):
        found |= {
            Collection(GALLERY, title): files for title, files in (await _of_galleries(client, batch, limit)).items()
        }
    return found


async def _of_category(client: CommonsClient, category: Collection, limit: int) -> list[str] | PictureError:
    try:
        answer = await client.ask(api.category_parameters(str(category), limit), str(category))
    except PictureError as error:
        return error
    with client.reading():
        return _titles((answer.get("query") or {}).get("categorymembers"))[:limit]


async def _of_galleries(
    client: CommonsClient, titles: Sequence[str], limit: int
) -> Mapping[str, list[str] | PictureError]:
    """The parts of one answer put together, until every gallery has enough or the server has no more to say."""
    renamed: dict[str, str] = {}
    files: dict[str, dict[str, None]] = {}
    following: Mapping[str, str] = {}
    try:
        while True:
            part = await client.ask({**api.gallery_parameters(titles, FILES_PER_REQUEST), **following}, titles[0])
            with client.reading():
                query = part.get("query") or {}
                renamed |= api.renames(query)
                before = sum(map(len, files.values()))
                for page in query.get("pages") or []:
                    files.setdefault(str(page["title"]), {}).update(dict.fromkeys(_titles(page.get("images"))))
                following = {key: str(value) for key, value in (part.get("continue") or {}).items()}
            # A server that repeats itself is not asked for ever.
            if not following or sum(map(len, files.values())) == before:
                break
    except PictureError as error:
        return dict.fromkeys(titles, error)
    return {title: list(files.get(api.follow(title, renamed), {}))[:limit] for title in titles}


def _titles(rows: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return [str(row["title"]).removeprefix("File:") for row in rows or []]
