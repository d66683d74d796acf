from __future__ import annotations

from typing import Any

import pytest

from pipeline.commons.collection import CATEGORY, GALLERY, Collection
from pipeline.commons.governor import SourceUnavailable
from pipeline.commons.members import Members, members
from pipeline.commons.picture import PictureError
from sample.commons_server import CommonsFile, CommonsServer, Reply, Request
from tests.commons.clocks import SkippingClock
from tests.commons.conftest import Serve, using
from tests.kit.commons import Script, api_error, api_reply, status

TEA = Collection(CATEGORY, "Tea")
FILES = [
    CommonsFile(f"Cup {n:03}.jpg", b"x", categories=("Tea",), galleries=(f"Gallery {n % 3}", "All")) for n in range(600)
]


def ask(server: CommonsServer, *collections: Collection, limit: int = 5, **changes: Any) -> Members:
    return using(server, lambda client: members(client, collections, limit), SkippingClock(), **changes)


def cups(*numbers: int) -> list[str]:
    return [f"Cup {n:03}.jpg" for n in numbers]


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_the_first_files_of_each_collection_come_in_order(serve: Serve, limit: int) -> None:
    galleries = [Collection(GALLERY, f"Gallery {n}") for n in range(3)]
    found = ask(serve(FILES), TEA, *galleries, Collection(GALLERY, "All"), limit=limit)
    assert found == {
        TEA: cups(*range(limit)),
        **{gallery: cups(*range(n, 600, 3))[:limit] for n, gallery in enumerate(galleries)},
        Collection(GALLERY, "All"): cups(*range(limit)),
    }


def test_categories_are_asked_one_by_one_and_galleries_50_at_a_time(serve: Serve) -> None:
    server = serve(FILES[:2])
    galleries = [Collection(GALLERY, f"Gallery {n}") for n in range(60)]
    found = ask(server, TEA, *galleries, TEA, Collection(CATEGORY, "Coffee"), *galleries)
    assert len(found) == 62
    assert found[Collection(CATEGORY, "Coffee")] == found[galleries[59]] == []
    questions = [request.query for request in server.requests]
    assert [one.get("cmtitle") for one in questions] == ["Category:Tea", "Category:Coffee", None, None]
    assert {one["cmtype"] for one in questions[:2]} == {"file"}, "subcategories are not entered"
    assert [len(one["titles"].split("|")) for one in questions[2:]] == [50, 10]


def test_titles_are_found_as_they_were_written(serve: Serve) -> None:
    written = [Collection(CATEGORY, "tea"), Collection(GALLERY, "gallery_1")]
    assert ask(serve(FILES), *written, limit=2) == {written[0]: cups(0, 1), written[1]: cups(1, 4)}


def test_a_title_that_cannot_be_is_not_asked_for(serve: Serve) -> None:
    server = serve(FILES)
    found = ask(server, Collection(CATEGORY, "A|b"), Collection(GALLERY, ""))
    assert [error.reason for error in found.values() if isinstance(error, PictureError)] == ["invalid_title"] * 2
    assert server.requests == []


@pytest.mark.parametrize("code", ["invalidcategory", "invalidtitle"])
def test_a_category_that_the_api_refuses_does_not_stop_the_others(serve: Serve, code: str) -> None:
    found = ask(serve(FILES, behave=Script().api(api_error(code))), Collection(CATEGORY, "Odd"), TEA, limit=1)
    refused, tea = found.values()
    assert isinstance(refused, PictureError)
    assert refused.reason == "invalid_title"
    assert tea == cups(0)


def test_a_question_that_fails_costs_its_own_collections_only(serve: Serve) -> None:
    server = serve(FILES, behave=Script().api(status(500), status(500)))
    found = ask(server, TEA, Collection(GALLERY, "All"), Collection(CATEGORY, "Coffee"), max_attempts=1)
    assert {str(one): getattr(answer, "reason", answer) for one, answer in found.items()} == {
        "Category:Tea": "http_5xx", "Category:Coffee": "http_5xx", "All": cups(*range(5)),
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [{"query": {"categorymembers": 7}}, {"query": {"categorymembers": [{"ns": 6}]}}, {"query": [1]}, {"error": "no"}],
)
def test_what_is_not_mediawikis_answer_stops_the_run(serve: Serve, answer: dict[str, Any]) -> None:
    with pytest.raises(SourceUnavailable, match=r"images\.api_url: .* does not answer like MediaWiki's API"):
        ask(serve(FILES, behave=Script().api(always=api_reply(answer))), TEA)


def test_a_server_that_repeats_itself_is_not_asked_for_ever(serve: Serve) -> None:
    def repeat(request: Request) -> Reply:
        page = {"title": request.query["titles"], "images": [{"ns": 6, "title": "File:A.jpg"}]}
        return api_reply({"query": {"pages": [page]}, "continue": {"imcontinue": "1|A", "continue": "||"}})

    server = serve(FILES, behave=repeat)
    assert ask(server, Collection(GALLERY, "All")) == {Collection(GALLERY, "All"): ["A.jpg"]}
    assert len(server.requests) == 2


def test_the_server_gives_no_more_than_500_files_at_once(serve: Serve) -> None:
    server = serve(FILES)
    ask(server, Collection(GALLERY, "All"), limit=500)
    assert [request.query.get("imcontinue") for request in server.requests] == [None, "500|"]
