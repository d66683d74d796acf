"""The page on benchmarks in a real browser, at a phone's width and at a desk's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from eval.report.benchmarks.pages import pages
from tests.eval.report.benchmarks import made_up
from tests.eval.report.test_browser import ARGUMENTS, CHROMIUM, DESK, PHONE, TOO_WIDE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("benchmarks") / "benchmarks.html"
    written.write_bytes(pages(made_up.data())["benchmarks.html"])
    return written


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_all_of_it_fits_the_screen_and_the_browser_has_nothing_to_say(
    browser: Browser, file: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    tab.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    tab.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    tab.goto(file.as_uri())
    tab.evaluate("() => document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert tab.evaluate(TOO_WIDE) == []
    assert tab.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    # A word of a tile that is cut is not read.
    cut = "() => [...document.querySelectorAll('.tile')].filter(tile => tile.scrollWidth > tile.clientWidth + 1).length"
    assert tab.evaluate(cut) == 0
    tab.close()
    assert said == []
