"""A key until the tokens of what is typed are on screen, against a page that echoes what is typed.

In a real browser, by a clock inside the page. Both hand over each key at once.
"""

from collections.abc import Callable, Iterator
from itertools import cycle

from playwright.sync_api import Page, sync_playwright

from tests.bench.measure import Row, compared
from tests.bench.paint import PAUSE, SAID, timed, until_changed
from tests.bench.visitor import ECHO, Visitor
from tests.browser.conftest import CHROMIUM, HOW, SWITCHES
from tests.server import serving

DRAWN = "document.querySelector('.st-key-splits [data-drawn]')?.dataset.drawn"


def rows() -> Iterator[Row]:
    """With two tokenizers, and with all that come along."""
    if not CHROMIUM:
        yield Row(HOW, 0, None, "")
        return
    echoing = ECHO.with_name("echo_typing.py")
    with serving() as app, serving(echoing) as echo, sync_playwright() as playwright:
        with Visitor(app) as visitor:
            visitor.wait_for_model()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        two, all_, there = browser.new_page(), browser.new_page(), browser.new_page()
        two.goto(f"{app}/tokens?lang=en&tokenizers=model,cl100k_base")
        all_.goto(f"{app}/tokens?lang=en")
        there.goto(echo)
        for page in (two, all_):
            page.wait_for_function(f"() => {DRAWN}", timeout=60_000)
        there.wait_for_function(f"() => {SAID}", timeout=60_000)
        found = timed(
            {
                "two": typing(two, ".st-key-prompt textarea", DRAWN),
                "all": typing(all_, ".st-key-prompt textarea", DRAWN),
                "echo": typing(there, ".st-key-words input", SAID),
            }
        )
        browser.close()
    yield compared("key to tokens on screen / echo page, 2 tokenizers", None, found, "two", "echo")
    yield compared("  the same with all that come along", None, found, "all", "echo")


def typing(page: Page, box: str, seen: str) -> Callable[[], float]:
    """A key is pressed in a box of the page's."""
    keys = cycle("tokens")  # a space at the end would not be seen on the echo page

    def press() -> float:
        page.bring_to_front()
        page.locator(box).focus()
        page.keyboard.press("End")
        page.wait_for_timeout(2 * PAUSE)
        return until_changed(page, "keydown", seen, lambda: page.keyboard.press(next(keys)))

    return press
