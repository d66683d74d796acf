"""The sheet in a real browser: Debian's Chromium, at a phone's width and at a desk's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.review.cells import write_cells
from pipeline.review.item import ReviewItem
from pipeline.review.sheet_csv import COLUMNS, read_sheet, shown
from pipeline.review.sheet_html import sheet_html
from tests.eval.report.made_up import jpeg
from tests.eval.report.test_browser import ARGUMENTS, CHROMIUM, TOO_WIDE
from tests.review.rows import review_item

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PHONE, DESK = 390, 1280

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium"),
]


def items(language: str = "ar") -> list[ReviewItem]:
    """One of each kind, with what could break a page or a table in it."""
    long = "ﻻ" * 200
    made = [
        review_item(-7, language, question="=1+1", means="@ means"),
        review_item(2**63 - 1, language, "choice", title='A "quoted", title; x.jpg'),
        review_item(9, language, question="new\nline", original_question="old", attribution=long),
    ]
    return [replace(each, picture=jpeg(number)) for number, each in enumerate(made, start=1)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    file = tmp_path / "sheet.html"
    file.write_text(sheet_html("debug-ar", "debug", "ar", items()), encoding="utf-8")
    return file


@pytest.fixture(params=[PHONE, DESK])
def context(request: pytest.FixtureRequest, browser: Browser, scheme: str) -> Iterator[BrowserContext]:
    """Windows of that width; fails where the browser has something to say, or something comes from elsewhere."""
    windows = browser.new_context(viewport={"width": request.param, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    windows.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    windows.on("weberror", lambda error: said.append(str(error.error)))
    windows.on(
        "request",
        lambda asked: said.append(asked.url) if not asked.url.startswith(("file:", "data:", "blob:")) else None,
    )
    yield windows
    windows.close()
    assert said == []


@pytest.fixture
def opened(context: BrowserContext, page_file: Path) -> Page:
    tab = context.new_page()
    tab.goto(page_file.as_uri())
    return tab


def saved(tab: Page) -> tuple[str, bytes]:
    """Name and bytes of the file that the button saves."""
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Save verdicts").click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def reload_until_named(tab: Page) -> None:
    """Read what is kept anew: what one page stores reaches the next, which may have another process, a moment later."""
    for _ in range(50):
        tab.reload()
        if tab.locator("#reviewer").input_value():
            return


def test_everything_fits_and_every_picture_loads(opened: Page) -> None:
    assert opened.evaluate(TOO_WIDE) == []
    assert opened.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    opened.locator("article").last.scroll_into_view_if_needed()
    opened.wait_for_function("() => [...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_words_run_from_right_to_left_in_a_page_that_does_not(opened: Page) -> None:
    directions = opened.evaluate(
        """() => ['body', '.question', '.answer', '.options', '.means span[dir]', '.source'].map(
             name => getComputedStyle(document.querySelector(name)).direction)"""
    )
    assert directions == ["ltr", "rtl", "rtl", "rtl", "rtl", "ltr"]


def test_what_is_saved_is_the_table_with_the_verdicts_in_it(opened: Page) -> None:
    opened.locator("#reviewer").fill("=reader-1  K ")
    first, second, _ = opened.locator("article").all()
    for name, word in (("question", "odd"), ("answerable", "no"), ("answer", "cannot tell"), ("picture", "no")):
        first.locator(f"input[name={name}][value='{word}']").check()
    first.locator("textarea").fill('-say "so",\nand so; @x')
    second.locator("input[name=question][value=good]").check()
    assert opened.locator("#progress").inner_text() == "2 of 3 judged"

    name, data = saved(opened)
    assert name == "debug-ar-verdicts-reader-1-K.csv"
    words = [
        ("odd", "no", "cannot tell", "no", '-say "so",\nand so; @x', "=reader-1 K"),
        ("good", "", "", "", "", "=reader-1 K"),
        ("", "", "", "", "", "=reader-1 K"),
    ]
    assert data == write_cells(COLUMNS, [[*shown(each), *row] for each, row in zip(items(), words, strict=True)])
    rows = [said for _, said in read_sheet(data, "saved.csv")]
    assert [said.qa_id for said in rows] == [-7, 2**63 - 1, 9]
    assert [said.is_empty for said in rows] == [False, False, True]
    assert (rows[0].answerable, rows[0].comment) == (words[0][1], words[0][4])


def test_verdicts_stay_in_the_browser_and_the_name_for_other_sheets(
    opened: Page, context: BrowserContext, tmp_path: Path
) -> None:
    opened.locator("article input[value=odd]").first.check()
    opened.locator("article textarea").last.fill("so")
    # Last, as what is stored reaches another process in its order.
    opened.locator("#reviewer").fill("reader-1")
    _, before = saved(opened)
    reload_until_named(opened)
    assert saved(opened)[1] == before
    other = tmp_path / "other.html"
    other.write_text(sheet_html("debug-ur", "debug", "ur", items("ur")), encoding="utf-8")
    tab = context.new_page()
    tab.goto(other.as_uri())
    reload_until_named(tab)
    assert tab.locator("#reviewer").input_value() == "reader-1"
    assert tab.locator("#progress").inner_text() == "0 of 3 judged"


def test_it_can_be_judged_by_keyboard_and_taken_back(opened: Page) -> None:
    opened.get_by_role("button", name="Next").focus()
    opened.keyboard.press("Enter")
    opened.keyboard.press("Space")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Space")
    form = "() => Object.fromEntries(new FormData(document.querySelector('form')))"
    assert opened.evaluate(form) == {"question": "odd", "answerable": "yes", "comment": ""}
    opened.get_by_role("button", name="Next").focus()
    opened.keyboard.press("Enter")
    assert opened.evaluate("() => document.activeElement.closest('article').id") == "q2"
    opened.get_by_role("button", name="Clear question 1", exact=True).click()
    assert opened.evaluate(form) == {"comment": ""}
    assert opened.locator("#progress").inner_text() == "0 of 3 judged"
    assert [said.is_empty for _, said in read_sheet(saved(opened)[1], "saved.csv")] == [True] * 3


def test_what_is_reached_by_keyboard_is_not_behind_the_bar(opened: Page) -> None:
    for _ in range(28):
        opened.keyboard.press("Tab")
        hidden = opened.evaluate(
            """() => {
              const box = document.activeElement.getBoundingClientRect(), bar = document.querySelector('footer');
              return !bar.contains(document.activeElement) && box.bottom > bar.getBoundingClientRect().top + 1;
            }"""
        )
        assert not hidden, opened.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")
