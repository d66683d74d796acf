from __future__ import annotations

import random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commons.api import TITLES_PER_REQUEST, Answers, batches, parameters
from pipeline.commons.picture import FileInfo, PictureError


def described(title: str) -> dict[str, Any]:
    info = {
        "timestamp": "2020-01-01T00:00:00Z",
        "size": 1234,
        "width": 40,
        "height": 30,
        "descriptionurl": f"https://commons.wikimedia.org/wiki/{title.replace(' ', '_')}",
        "sha1": "ab" * 20,
        "mime": "image/jpeg",
        "extmetadata": {"LicenseShortName": {"value": "CC BY 4.0"}, "Artist": {"value": "A. Painter"}},
    }
    return {"ns": 6, "title": title, "imageinfo": [info]}


def whole_answer() -> dict[str, Any]:
    return {
        "batchcomplete": True,
        "query": {
            "normalized": [{"from": "File:Old name.jpg", "to": "File:Old Name.jpg"}],
            "redirects": [{"from": "File:Old Name.jpg", "to": "File:New.jpg"}],
            "pages": [
                {"ns": 6, "title": "File:Gone.jpg", "missing": True},
                {"title": "File:A[b].jpg", "invalid": True, "invalidreason": "It has brackets."},
                {"ns": 6, "title": "File:Page only.jpg", "imageinfo": [{"filemissing": True}]},
                {"ns": 6, "title": "File:Silent.jpg"},
                described("File:New.jpg"),
                described("File:Same.jpg"),
            ],
        },
    }


ASKED = ["Old name.jpg", "Gone.jpg", "A[b].jpg", "Page only.jpg", "Silent.jpg", "Same.jpg", "Never mentioned.jpg"]


def said(answers: Answers) -> list[Any]:
    infos = [answers.file_info(title) for title in ASKED]
    return [(info.reason, info.detail) if isinstance(info, PictureError) else info for info in infos]


def test_every_title_gets_what_the_answer_says_of_it() -> None:
    answers = Answers()
    answers.add(whole_answer())
    renamed, *failures, same, unmentioned = [answers.file_info(title) for title in ASKED]
    assert isinstance(renamed, FileInfo)
    assert (renamed.title, renamed.width, renamed.height, renamed.num_bytes) == ("New.jpg", 40, 30, 1234)
    assert renamed.page_url == "https://commons.wikimedia.org/wiki/File:New.jpg"
    assert renamed.licence.family == "cc-by"
    reasons = [failure.reason for failure in failures if isinstance(failure, PictureError)]
    assert reasons == ["missing_file", "invalid_title", "missing_file", "no_file_info"]
    assert isinstance(same, FileInfo)
    assert isinstance(unmentioned, PictureError)
    assert unmentioned.reason == "no_file_info"


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_an_answer_in_parts_of_any_order_says_the_same_as_the_whole(seed: int, num_parts: int) -> None:
    whole = Answers()
    whole.add(whole_answer())
    chance = random.Random(seed)
    parts: list[dict[str, Any]] = []
    for number in range(num_parts):
        part = whole_answer()
        chance.shuffle(part["query"]["pages"])
        # MediaWiki repeats the pages in each part, with what has been found for some of them.
        for place, page in enumerate(part["query"]["pages"]):
            if len(page["title"]) % num_parts != number:
                part["query"]["pages"][place] = {key: page[key] for key in page if key not in ("imageinfo", "missing")}
        parts.append(part)
    chance.shuffle(parts)
    together = Answers()
    for part in parts:
        together.add(part)
    assert said(together) == said(whole)


def test_only_a_complete_answer_counts_as_answered() -> None:
    answers = Answers()
    assert not answers.answered(["Same.jpg"])
    answers.add({"query": {"pages": [{"title": "File:Same.jpg"}, {"title": "File:Gone.jpg", "missing": True}]}})
    assert not answers.answered(["Same.jpg", "Gone.jpg"])
    answers.add({"query": {"pages": [described("File:Same.jpg")]}})
    assert answers.answered(["Same.jpg", "Gone.jpg"])


def test_redirects_in_a_circle_come_to_an_end() -> None:
    answers = Answers()
    circle = [{"from": "File:A.jpg", "to": "File:B.jpg"}, {"from": "File:B.jpg", "to": "File:A.jpg"}]
    answers.add({"query": {"redirects": circle, "pages": []}})
    error = answers.file_info("A.jpg")
    assert isinstance(error, PictureError)
    assert error.reason == "no_file_info"


def test_an_answer_without_pages_describes_nothing() -> None:
    answers = Answers()
    answers.add({"batchcomplete": True})
    assert isinstance(answers.file_info("A.jpg"), PictureError)


def test_a_page_without_an_address_gets_the_one_that_commons_would_give() -> None:
    page = described("File:Same thing.jpg")
    page["imageinfo"][0]["descriptionurl"] = "javascript:alert(1)"
    answers = Answers()
    answers.add({"query": {"pages": [page]}})
    info = answers.file_info("Same thing.jpg")
    assert isinstance(info, FileInfo)
    assert info.page_url == "https://commons.wikimedia.org/wiki/File:Same_thing.jpg"


@pytest.mark.parametrize(
    ("stated", "categories"),
    [
        ({"value": "Kinkaku-ji|Personality rights warning"}, ("Kinkaku-ji", "Personality rights warning")),
        ({"value": "Wrap_dresses|Wrap dresses||"}, ("Wrap dresses",)),
        ({"value": ""}, ()),
        ({"value": None}, ()),
        ({}, ()),
        ("Kinkaku-ji", ()),
        (None, ()),
    ],
)
def test_a_file_has_the_categories_that_its_metadata_states(stated: Any, categories: tuple[str, ...]) -> None:
    page = described("File:Same.jpg")
    page["imageinfo"][0]["extmetadata"]["Categories"] = stated
    answers = Answers()
    answers.add({"query": {"pages": [page]}})
    info = answers.file_info("Same.jpg")
    assert isinstance(info, FileInfo)
    assert info.categories == categories
    assert "Categories" in parameters(["Same.jpg"])["iiextmetadatafilter"].split("|")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="|"), min_size=1, max_size=250)))
def test_batches_hold_every_title_in_order_and_fit_a_request(titles: list[str]) -> None:
    cut = list(batches(titles))
    assert [title for batch in cut for title in batch] == titles
    assert all(batch and len(batch) <= TITLES_PER_REQUEST for batch in cut)
    assert all(len(urlencode(parameters(batch))) < 8000 for batch in cut)


@pytest.mark.parametrize(("number", "sizes"), [(0, []), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_batches_of_short_titles_are_as_large_as_the_api_allows(number: int, sizes: list[int]) -> None:
    assert [len(batch) for batch in batches([f"A{n}.jpg" for n in range(number)])] == sizes
