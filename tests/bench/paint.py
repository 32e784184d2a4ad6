"""A slider until the picture has changed, in a real browser, against the page with only a slider.

From the key press, as the browser sees it, until the figure's element says that it is drawn, or
the echo's text has changed: by a clock inside the page, so that the remote control costs nothing.
"""

from collections.abc import Iterator
from itertools import cycle

from playwright.sync_api import Page, sync_playwright

from tests.bench.measure import Row, compared, in_turns
from tests.bench.visitor import ECHO, Visitor
from tests.browser.conftest import CHROMIUM, HOW, SWITCHES
from tests.server import serving

TURNS = 20
FIGURE = ".st-key-frame_distribution .stage"
ECHOED = "[data-testid=stMarkdownContainer] p"
DRAWN = f"document.querySelector('{FIGURE}')?.dataset.drawn"
# not the slider's own number, which the browser changes by itself
SAID = (
    f"[...document.querySelectorAll('{ECHOED}')].map(p => p.textContent)"
    ".find(words => words.startsWith('echo'))"
)
# Notes the time of a key press, and of the first change of something that is looked at.
CLOCK = """() => {
  window.changed = null
  const before = %s
  addEventListener("keydown", () => { window.pressed = performance.now() },
    { capture: true, once: true })
  const watch = new MutationObserver(() => {
    if (%s === before) return
    watch.disconnect()
    // after the frame that shows it
    requestAnimationFrame(() => setTimeout(() => { window.changed = performance.now() }))
  })
  watch.observe(document.body,
    { subtree: true, childList: true, characterData: true, attributes: true })
}"""


def rows() -> Iterator[Row]:
    """The ratio of the two."""
    if not CHROMIUM:
        yield Row(HOW, 0, None, "")
        return
    with serving() as app, serving(ECHO) as echo, sync_playwright() as playwright:
        with Visitor(app) as visitor:
            visitor.wait_for_model()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        here, there = browser.new_page(), browser.new_page()
        here.goto(f"{app}/sampling?lang=en")
        here.wait_for_function(f"() => Number({DRAWN}) > 0", timeout=60_000)
        there.goto(echo)
        there.wait_for_function(f"() => {SAID}", timeout=60_000)
        actions = {
            "app": _moving(here, ".st-key-temperature", DRAWN),
            "echo": _moving(there, ".st-key-temperature", SAID),
        }
        in_turns(actions, 3)
        found = in_turns(actions, TURNS)
        browser.close()
    yield compared("slider to paint / echo page, in Chromium", 1.5, found, "app", "echo")


def _moving(page: Page, slider: str, looked_at: str):
    keys = cycle(["ArrowLeft"] * 5 + ["ArrowRight"] * 5)
    clock = CLOCK % (looked_at, looked_at)
    handle = page.locator(f"{slider} [role=slider], {slider} input[type=range]").first

    def move() -> float:
        page.bring_to_front()
        handle.focus()
        page.wait_for_timeout(200)  # what the last move left behind
        page.evaluate(clock)
        page.keyboard.press(next(keys))
        page.wait_for_function("() => window.changed")
        return page.evaluate("() => (window.changed - window.pressed) / 1000")

    return move
