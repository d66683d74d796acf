"""The page in a real browser: Debian's Chromium, at a phone's width and at a desk's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from eval.report.page import page
from eval.report_stage import report_data
from jobs.chain import survey
from jobs.cli import main
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.eval.report import made_up
from tests.kit.sample_run import SampleRun

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE, DESK = 360, 1280
# A4 across, less its margins, at CSS' 96 px an inch.
PAPER = 1047
# Text of a few pixels over the edge is what a reader sees first; a scrolling table is cut by its own frame.
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(element => !element.parentElement.closest('.scroll'))
  .filter(element => {
    const box = element.getBoundingClientRect();
    return box.left < -0.5 || box.right > document.documentElement.clientWidth + 0.5;
  })
  .filter(element => !element.closest('.skip'))
  .map(element => element.outerHTML.slice(0, 200))"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser(report_file: Path) -> Iterator[Browser]:
    """Chromium, started after the run: from then on this thread has an event loop, and no other may start in it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def report_file(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a real run up to its data set; losses and scores are made up, for their layout alone."""
    folder = tmp_path_factory.mktemp("report")
    run = SampleRun(built_sample, commons, str(folder / "run"), ("generation.engine=none", "evaluate.engine=none"))
    assert main(run.arguments("run", "--local", "--to", "assemble")) == 0
    outputs = {stage.name: stage.output for stage in survey(run.config) if stage.output}
    notes = ("Losses and scores are made up.",)
    data = report_data("debug", outputs, losses=made_up.losses(), scores=made_up.scores(), notes=notes)
    file = folder / "report.html"
    file.write_text(page(data), encoding="utf-8")
    return file


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    return "light" if request.param == "light" else "dark"


@pytest.fixture(params=[PHONE, DESK])
def opened(
    request: pytest.FixtureRequest, browser: Browser, report_file: Path, scheme: Literal["light", "dark"]
) -> Iterator[Page]:
    """The report in a window of that width; fails where the browser has something to say about it."""
    tab = browser.new_page(viewport={"width": request.param, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    tab.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    tab.on("requestfailed", lambda asked: said.append(f"failed: {asked.url[:200]}"))
    tab.goto(report_file.as_uri())
    yield tab
    tab.close()
    assert said == []


def test_every_picture_loads_in_its_size(opened: Page) -> None:
    pictures = opened.evaluate(
        "() => [...document.images].map(image => [image.complete, image.naturalWidth, +image.getAttribute('width')])"
    )
    assert len(pictures) == 24
    assert all(complete and width == told > 0 for complete, width, told in pictures)


def test_nothing_is_wider_than_the_screen(opened: Page) -> None:
    assert opened.evaluate(TOO_WIDE) == []
    assert opened.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_matrix_scrolls_in_its_frame_under_headers_that_stay(opened: Page) -> None:
    frame = opened.locator(".scroll")
    assert frame.evaluate("frame => frame.scrollWidth > frame.clientWidth && frame.scrollHeight > frame.clientHeight")
    places = """frame => ['.corner', 'tbody th', 'thead th:nth-child(2)', 'tfoot td'].map(name => {
      const box = frame.querySelector(name).getBoundingClientRect(), edge = frame.getBoundingClientRect();
      return [box.left - edge.left, box.top - edge.top];
    })"""
    before = frame.evaluate(places)
    frame.evaluate("frame => frame.scrollTo(150, 120)")
    after = frame.evaluate(places)
    corner, country, language, total = range(4)
    assert after[corner] == before[corner]
    assert after[country] == [before[country][0], before[country][1] - 120]
    assert after[language] == [before[language][0] - 150, before[language][1]]
    assert after[total] == [before[total][0] - 150, before[total][1]]


def test_right_to_left_words_are_set_so(opened: Page) -> None:
    directions = opened.evaluate(
        """() => [...document.querySelectorAll('.question')].map(
             question => [question.lang, getComputedStyle(question).direction, getComputedStyle(question).textAlign])"""
    )
    leftwards = {lang for lang, direction, _ in directions if direction == "rtl"}
    assert leftwards == {lang for lang, _, _ in directions} & {"ar", "fa", "he", "ur"}
    assert leftwards
    assert {align for _, _, align in directions} == {"start"}


def test_each_entry_of_the_contents_leads_to_its_section(opened: Page) -> None:
    for link in opened.locator("nav a").all():
        link.click()
        target = opened.locator(link.get_attribute("href") or "")
        assert abs(target.evaluate("target => target.getBoundingClientRect().top")) < 800


def test_the_page_can_be_walked_by_keyboard(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("() => document.activeElement.className") == "skip"
    assert opened.evaluate("() => document.activeElement.getBoundingClientRect().top") >= 0
    opened.locator(".scroll").focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function("() => document.querySelector('.scroll').scrollLeft > 0")


def test_paper_shows_everything_without_the_contents(opened: Page) -> None:
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": PAPER, "height": 700})
    assert not opened.locator("nav").is_visible()
    assert not opened.locator(".to-contents").is_visible()
    frame = opened.locator(".scroll")
    assert frame.evaluate("frame => frame.scrollHeight <= frame.clientHeight && frame.scrollWidth <= frame.clientWidth")
    # What is folded on the screen is open on paper.
    heights = opened.evaluate("() => [...document.querySelectorAll('details table')].map(table => table.offsetHeight)")
    assert all(height > 0 for height in heights)
