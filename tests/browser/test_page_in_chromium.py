"""The page as people see it: in Chromium, from disk, wide and narrow, light and dark.

Run by `tox -e browser`, which needs a Chromium on the machine: Debian's `apt-get install chromium`,
or one whose path stands in CHROMIUM.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from gradcheck.records import Run
from gradcheck.report.page import render
from tests.gradcheck.report.samples import GREEN, RUN, VANDAL, named

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
TELEPHONE, DESKTOP = 375, 1200
RUNS = {"refuted": RUN, "verified": GREEN, "hostile": named(VANDAL), "long": named("x" * 10_000)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one headless Chromium for all tests."""
    assert CHROMIUM, "no chromium on the PATH, and CHROMIUM names none"
    with sync_playwright() as playwright:
        # Without the sandbox it also starts as root, in a container; the page is our own.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(autouse=True)
def _closed_again(browser: Browser) -> Iterator[None]:
    """Close what a test has opened: two dozen pages that stay open slow down each other."""
    yield
    for context in browser.contexts:
        context.close()


class Opened:
    """A page that was opened from disk, and what happened meanwhile."""

    def __init__(self, browser: Browser, run: Run, folder: Path, **options: object) -> None:
        self.messages: list[str] = []
        self.requests: list[str] = []
        path = folder / "index.html"
        path.write_text(render(run), encoding="utf-8")
        self.url = path.as_uri()
        self.page: Page = browser.new_page(**options)  # type: ignore[arg-type]
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", lambda dialog: self.messages.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(self.url)


def unfold(page: Page) -> None:
    """Show also what is folded, so that it is looked at."""
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")


@pytest.mark.parametrize("name", RUNS)
def test_it_loads_nothing_and_complains_of_nothing(
    name: str, browser: Browser, tmp_path: Path
) -> None:
    """One request, for itself; no message, no error, no dialog of somebody's script."""
    opened = Opened(browser, RUNS[name], tmp_path)
    assert opened.requests == [opened.url]
    assert opened.messages == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [TELEPHONE, DESKTOP])
@pytest.mark.parametrize("name", RUNS)
def test_axe_finds_no_barrier(
    name: str, width: int, scheme: str, browser: Browser, tmp_path: Path
) -> None:
    """Contrast, names, order of headings, regions: all that can be judged by a program."""
    viewport = {"width": width, "height": 900}
    # The page's own policy keeps the examiner's script out as well.
    options = {"viewport": viewport, "color_scheme": scheme, "bypass_csp": True}
    page = Opened(browser, RUNS[name], tmp_path, **options).page
    unfold(page)
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []


@pytest.mark.parametrize("name", RUNS)
def test_a_telephone_scrolls_it_only_downwards(name: str, browser: Browser, tmp_path: Path) -> None:
    """Tables and code scroll inside their frames; text is no smaller than 11 pixels."""
    viewport = {"width": TELEPHONE, "height": 800}
    page = Opened(browser, RUNS[name], tmp_path, viewport=viewport).page
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    sizes = page.evaluate(
        "[...document.querySelectorAll('main *:not(svg *)')].filter((e) => e.innerText)"
        ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 11


def test_the_table_is_sorted_with_the_keyboard(browser: Browser, tmp_path: Path) -> None:
    """Each press turns the order around, and a screen reader is told."""
    page = Opened(browser, RUN, tmp_path).page
    button = page.get_by_role("button", name="target")
    button.focus()
    orders = []
    for _ in range(2):
        page.keyboard.press("Enter")
        orders.append(page.locator("#overview tbody th").all_inner_texts())
    assert orders[0] == sorted(orders[0])
    assert orders[1] == sorted(orders[0], reverse=True)
    assert page.locator("thead th").first.get_attribute("aria-sort") == "descending"
    assert page.get_by_role("status").inner_text() == "sorted by target, descending"


def test_a_link_to_a_target_opens_what_is_folded_there(browser: Browser, tmp_path: Path) -> None:
    """Whoever asks for a verified target wants to see more than its heading."""
    page = Opened(browser, RUN, tmp_path).page
    assert page.locator("#t4 details[open]").count() == 0
    page.get_by_role("link", name="scratchnn.Tanh").click()
    assert page.locator("#t4 details[open]").count() == 2


def test_a_hostile_page_would_be_noticed(browser: Browser, tmp_path: Path) -> None:
    """The check above sees a script that runs, a request that is made, and missing contrast."""
    opened = Opened(browser, GREEN, tmp_path, bypass_csp=True)
    opened.page.evaluate(
        "console.error('here'); new Image().src = 'file:///nowhere.png';"
        "document.querySelector('h1').style.color = '#fdfdfd'"
    )
    opened.page.wait_for_timeout(200)
    assert opened.messages[0] == "here"
    assert "file:///nowhere.png" in opened.requests
    violations = Axe().run(opened.page).response["violations"]
    assert "color-contrast" in [one["id"] for one in violations]
