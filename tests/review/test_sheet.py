"""The page of a sheet, read as a tree: what it says, and that nothing in it comes from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.review.item import ReviewItem
from pipeline.review.sheet_csv import COLUMNS, shown
from pipeline.review.sheet_html import sheet_html
from tests.eval.report.test_colours import contrast
from tests.eval.report.tree import Element, read
from tests.review.rows import GUID, review_item

# What the parser itself normalises in any page is left out.
WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\0") | st.sampled_from("<>&\"'`{}%#/-!"), min_size=1
)
HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "<!--<script>",
    "&lt;",
]
TEXTS = [
    *((text, ground) for text in ("ink", "muted", "link", "accent", "right") for ground in ("paper", "card")),
    ("ink", "note"), ("on-chosen", "chosen"),
]  # fmt: skip


def html(*items: ReviewItem, language: str = "sw") -> str:
    return sheet_html("debug-sw", "debug", language, items)


def tree(*items: ReviewItem, language: str = "sw") -> Element:
    return read(html(*items, language=language))


def same_words(words: str, kind: str) -> ReviewItem:
    """An item whose every text is the same."""
    changes: dict[str, Any] = {"question": words, "answer": words, "original_question": words + ".", "means": words}
    if kind == "choice":
        changes["choices"] = [words, words]
    return review_item(7, "sw", kind, title=words, attribution=words, licence=words, licence_url=words, page_url=words,
                       statement_ids=[words], **changes)  # fmt: skip


def assert_stays_words(words: str, kind: str) -> None:
    page = tree(same_words(words, kind))
    assert page.shape() == tree(same_words("word", kind)).shape()
    assert page.one("p", "question").text == words
    assert page.one("img").attributes["alt"] == words
    assert words in page.one("figcaption").text
    assert json.loads(page.one("script", id="sheet").text)["rows"] == [shown(same_words(words, kind))]


@pytest.mark.parametrize("kind", ["open", "choice"])
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_labels_stay_words(words: str, kind: str) -> None:
    assert_stays_words(words, kind)


@settings(max_examples=30)
@given(WORDS)
def test_no_label_changes_the_structure_of_the_page(words: str) -> None:
    assert_stays_words(words, "choice")


def test_all_that_is_needed_to_judge_is_there() -> None:
    page = tree(review_item(7, "sw", "choice", licence_url="https://example.org/l"), review_item(8))
    first, second = page.find("article")
    assert first.one("p", "question").text == "Hiki kipo wapi?"
    assert [option.text for option in first.one("ol", "options").find("bdi")] == ["Peru", "Kenya"]
    assert first.one("li", "right").one("bdi").text == "Kenya"
    assert second.one("p", "answer").text == "Kenya"
    assert "Where is this?" in first.one("p", "means").text
    assert [link.attributes["href"] for link in first.find("a")] == [
        "https://example.org/p",
        "https://example.org/l",
        f"https://www.wikidata.org/wiki/Q42#{GUID}",
        "https://www.wikidata.org/wiki/Property:P31",
    ]
    assert "Oud.jpg by A" in first.one("figcaption").text
    assert first.one("code").text == "country/sw/choice/1/r1"
    fields = [[field.attributes["value"] for field in group.find("input")] for group in first.find("fieldset")]
    assert fields == [["good", "odd", "wrong"], ["yes", "no"], ["right", "wrong", "cannot tell"], ["yes", "no"]]
    assert first.one("textarea").attributes["name"] == "comment"
    assert (
        first.one("img").attributes["src"] == "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8picture").decode()
    )


def test_the_name_of_a_thing_rests_on_the_statement_of_its_picture() -> None:
    links = tree(review_item(property=0)).one("p", "source").find("a")
    assert links[-1].attributes["href"].endswith("Property:P18")


def test_a_reworded_question_stands_beside_its_template() -> None:
    page = tree(review_item(question="new", original_question="old"))
    assert page.one("p", "question").text == "new"
    assert "old" in page.find("p", "means")[0].text
    assert shown(review_item(question="new", original_question="old"))[COLUMNS.index("reworded")] == "yes"
    assert shown(review_item(answer="It is Kenya", original_answer="Kenya"))[COLUMNS.index("reworded")] == "yes"
    page = tree(review_item(answer="It is in Kenya", original_answer="Kenya"))
    assert "Hiki kipo wapi? Kenya" in " ".join(each.text for each in page.find("p", "means"))


@pytest.mark.parametrize(
    ("language", "code", "direction"), [("ar", "ar", "rtl"), ("iw", "he", "rtl"), ("sw", "sw", "ltr")]
)
def test_words_run_in_the_direction_of_their_language(language: str, code: str, direction: str) -> None:
    items = [review_item(7, language), review_item(8, language, "choice", question="n", original_question="o")]
    page = tree(*items, language=language)
    spoken = [*page.find("p", "question"), *page.find("p", "answer"), *page.find("ol", "options"),
              page.find("p", "means")[1].one("span")]  # fmt: skip
    assert len(spoken) == 5
    assert {(each.attributes["lang"], each.attributes["dir"]) for each in spoken} == {(code, direction)}
    assert page.one("html").attributes["lang"] == "en"


def test_the_page_may_do_nothing_but_run_its_own_script() -> None:
    text = html(review_item())
    page = read(text)
    (policy,) = (meta.attributes["content"] for meta in page.find("meta") if "http-equiv" in meta.attributes)
    data, script = page.find("script")
    assert data.attributes["type"] == "application/json"

    def hashed(element: Element) -> str:
        return base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()

    assert policy.startswith("default-src 'none'; img-src data:;")
    assert f"style-src 'sha256-{hashed(page.one('style'))}'" in policy
    assert f"script-src 'sha256-{hashed(script)}'" in policy
    assert not [each for each in page.all() if each.tag in ("link", "iframe", "object", "embed")]
    assert not [each for each in page.all() if "style" in each.attributes or "onclick" in each.attributes]
    assert all(image.attributes["src"].startswith("data:") for image in page.find("img"))
    assert not any("src" in script.attributes for script in page.find("script"))


def test_the_same_items_give_the_same_page_and_others_keep_their_verdicts_apart() -> None:
    assert html(review_item()) == html(review_item())
    keys = {re.findall(r'"key": "(\w+)"', html(item))[0] for item in (review_item(), review_item(8))}
    assert len(keys) == 2


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_stands_out_in_both_schemes(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", html(review_item()), re.DOTALL)
    palette = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[scheme]))
    assert all(contrast(palette[text], palette[ground]) >= 4.5 for text, ground in TEXTS)
    assert all(contrast(palette["edge"], palette[ground]) >= 3 for ground in ("paper", "card"))
