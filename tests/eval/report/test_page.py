from __future__ import annotations

import base64
import hashlib
import itertools
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.report.page import page
from pipeline import vocabulary
from tests.eval.report import made_up
from tests.eval.report.tree import Element, read

pytestmark = pytest.mark.slow

# What the parser itself normalises in any page (line ends, nulls) is left out.
WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\0") | st.sampled_from("<>&\"'`{}%#/-!"), min_size=1
)
# Large tables take time to parse and say nothing about a card.
FEW_NUMBERS = {"losses": (), "scores": (), "statistics": made_up.statistics(["iran"], ["fa"])}
HOSTILE = [
    "</style><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "{% raw %}", "<!--", "]]>",
    "\u202eright to left override", "&lt;&amp;&#39;", "javascript:alert(1)",
]  # fmt: skip


def tree(**changes: Any) -> Element:
    return read(page(made_up.report(**changes)))


def card(*items: dict[str, Any], **changes: Any) -> Element:
    """The one card of a report without results."""
    row = made_up.shard(42, items, **changes)
    return tree(gallery=[row], **FEW_NUMBERS).one("article")


def small(words: str) -> dict[str, Any]:
    """A report of one picture whose every text is the same."""
    item = made_up.item(
        7, "ar", "choice", question=words, original_question=words + ".", answer=words, choices=[words] * 4,
        statement_ids=[words], template_id=f"{words}/x", answer_label_language="mul", dump_date=words,
    )  # fmt: skip
    row = made_up.shard(
        7, [item], title=words, page_url=words, licence=words, licence_url=words, attribution=words, domain=words,
        split=words,
    )  # fmt: skip
    return {"name": words, "gallery": [row], "notes": (words,), **FEW_NUMBERS}


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_labels_stay_words(words: str) -> None:
    assert_stays_words(words)


@settings(max_examples=30)
@given(WORDS)
def test_no_label_changes_the_structure_of_the_page(words: str) -> None:
    assert_stays_words(words)


def assert_stays_words(words: str) -> None:
    plain, hostile = tree(**small("word")), tree(**small(words))
    assert hostile.shape() == plain.shape()
    assert hostile.one("p", "question").text == words
    assert [element.text for element in hostile.one("ol", "choices").find("bdi")] == [words] * 4
    assert hostile.one("p", "attribution").text == words
    assert hostile.one("h1").text == words
    assert hostile.one("aside").find("li")[0].text == words


def test_only_web_addresses_are_linked() -> None:
    for url in ("javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//host/x", ""):
        footer = card(made_up.item(42, "en"), page_url=url, licence_url=url).one("footer")
        assert footer.find("a") == []
        assert "Picture 42.jpg" in footer.text
        assert "CC0" in footer.text


@pytest.mark.parametrize("kind", ["open", "choice"])
@pytest.mark.parametrize("code", made_up.LANGUAGES)
def test_every_language_has_its_code_and_direction(code: str, kind: str) -> None:
    language = vocabulary.languages()[code]
    shown = card(made_up.item(42, code, kind))
    for element in (shown.one("p", "question"), shown.one(cls="choices" if kind == "choice" else "answer")):
        assert (element.attributes["lang"], element.attributes["dir"]) == (language.wikidata[0], language.direction)
    assert language.own_name in shown.one("p", "language").text
    assert language.name in shown.one("p", "language").text


def test_the_right_option_alone_is_marked() -> None:
    options = card(made_up.item(42, "en", "choice")).one("ol", "choices").find("li")
    assert [option.attributes.get("class") for option in options] == [None, None, "right", None]


def test_a_reworded_question_keeps_the_template_beside_it() -> None:
    shown = card(made_up.item(42, "ar", question="new", original_question="old"), made_up.item(42, "ur"))
    original = shown.one("p", "original").one("bdi")
    assert (original.text, original.attributes["lang"], original.attributes["dir"]) == ("old", "ar", "rtl")


def test_a_reworded_answer_keeps_its_label_beside_it_and_is_in_the_questions_language() -> None:
    shown = card(made_up.item(42, "ar", answer="new", original_answer="old", answer_label_language="en"))
    answer, label = shown.one("p", "answer"), shown.one("p", "original").one("bdi")
    assert (answer.text, answer.attributes["lang"], answer.attributes["dir"]) == ("new", "ar", "rtl")
    assert (label.text, label.attributes["lang"]) == ("old", "ar")


def test_a_thing_is_called_by_the_label_of_its_name() -> None:
    shown = card(made_up.item(42, "en", number=0, answer="This is a krar.", original_answer="krar"))
    assert shown.one("h3").text == "krar"


def test_a_borrowed_label_is_told_and_set_as_its_own_language() -> None:
    for code, lang in (("en", "en"), ("mul", "")):
        shown = card(made_up.item(42, "am", answer="Krar", original_answer="Krar", answer_label_language=code))
        answer = shown.one("p", "answer")
        assert (answer.attributes["lang"], answer.attributes["dir"]) == (lang, "auto")
        assert f"label borrowed from {code}" in shown.one("p", "ground").text


def test_the_statement_is_linked_and_its_guid_is_the_title() -> None:
    (link,) = card(made_up.item(42, "en", statement_ids=["Q42$a", "Q42$b"])).one("p", "ground").find("a")
    assert link.attributes["href"] == "https://www.wikidata.org/wiki/Q42#P31"
    assert link.attributes["title"] == "Q42$a, Q42$b"


def test_what_the_judge_said_is_told_word_for_word() -> None:
    judged = made_up.item(
        42, "en", judge_status="judged", picture_shows_entity=True, answer_supported=False, fluent=None
    )
    text = card(judged).one("p", "ground").text
    for said in ("picture shows it: yes", "answer is supported: no", "text is fluent: not said"):
        assert said in text


def test_nothing_is_loaded_and_nothing_runs() -> None:
    shown = tree()
    assert not shown.find("script")
    for element in shown.all():
        assert not {name for name in element.attributes if name.startswith("on") or name == "style"}, element.tag
        assert element.attributes.get("src", "data:").startswith("data:")
        if element.tag != "a":
            assert element.attributes.get("href", "data:").startswith("data:")
    style = shown.one("style").text
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [meta for meta in shown.find("meta") if meta.attributes.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy.attributes["content"]
    assert "default-src 'none'" in policy.attributes["content"]
    assert "unsafe" not in policy.attributes["content"]


def test_every_reference_inside_the_page_has_its_target_once() -> None:
    shown = tree()
    ids = Counter(element.attributes["id"] for element in shown.all() if "id" in element.attributes)
    assert set(ids.values()) == {1}
    targets = [link.attributes["href"][1:] for link in shown.find("a") if link.attributes["href"].startswith("#")]
    labels = [
        element.attributes["aria-labelledby"] for element in shown.all() if "aria-labelledby" in element.attributes
    ]
    assert {*targets, *labels} <= ids.keys()
    contents = [link.attributes["href"][1:] for link in shown.one("nav").find("a")]
    assert contents == [
        section.attributes["id"] for section in shown.one("main").find("section") if section.attributes.get("id")
    ]


def test_a_reader_who_sees_nothing_is_told_everything() -> None:
    shown = tree()
    assert all(image.attributes["alt"] for image in shown.find("img"))
    for header in shown.find("th"):
        assert header.attributes["scope"] in {"row", "col"}
        assert header.text.strip()
    for table in shown.find("table"):
        assert table.one("caption").text
    for drawing in shown.find("svg"):
        nested = "viewbox" in drawing.attributes or "overflow" in drawing.attributes
        assert nested or drawing.attributes.get("aria-hidden") == "true" or drawing.one("title").text
    levels = [int(element.tag[1]) for element in shown.all() if element.tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_without_losses_and_scores_sentences_stand_where_charts_would() -> None:
    shown = tree(losses=(), scores=())
    assert "nothing was trained" in shown.one(id="training").text
    assert "no model was evaluated" in shown.one(id="scores").text
    for name in ("training", "scores"):
        assert not shown.one(id=name).find("svg")
        assert not shown.one(id=name).find("table")
    assert not shown.find(cls="findings")


def test_a_run_that_made_nothing_still_has_a_report() -> None:
    nothing = {
        "num_samples": 0, "num_pictures": 0, "num_entities": 0,
        **{f"samples_by_{by}": {} for by in ("split", "kind", "country", "language", "country_and_language")},
    }  # fmt: skip
    shown = tree(gallery=(), statistics=nothing, funnel=(), timings=(), losses=(), scores=(), notes=())
    assert "made no questions" in shown.one(id="gallery").text
    assert "0 of 42" in shown.one(id="overview").text
    assert not shown.find("aside")


def test_the_same_data_give_the_same_bytes() -> None:
    assert page(made_up.report()) == page(made_up.report())
