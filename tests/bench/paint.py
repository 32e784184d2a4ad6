"""A slider until the picture has changed, in a real browser, against the page with only a slider.

From the key press, as the browser sees it, until the figure's element says that it is drawn, or
the echo's text has changed: by a clock inside the page, so that the remote control costs nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

from playwright.sync_api import Locator, Page, sync_playwright

from tests.bench.measure import Row, compared, in_turns
from tests.bench.visitor import ECHO, Visitor
from tests.browser.conftest import CHROMIUM, HOW, SWITCHES
from tests.server import serving

TURNS = 20
PAUSE = 200  # milliseconds, for what the last move left behind
ECHOED = "[data-testid=stMarkdownContainer] p"
# not the slider's own number, which the browser changes by itself
SAID = (
    f"[...document.querySelectorAll('{ECHOED}')].map(p => p.textContent)"
    ".find(words => words.startsWith('echo'))"
)
# Notes the time of an event, and of the first change of something that is looked at.
CLOCK = """() => {
  window.changed = null
  const before = %(seen)s
  addEventListener("%(event)s", () => { window.pressed = performance.now() },
    { capture: true, once: true })
  const watch = new MutationObserver(() => {
    if (%(seen)s === before) return
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
    with beside_echo({"sampling": "distribution"}) as (here, there):
        actions = {"app": by_key(here, "temperature", drawn("distribution")), "echo": there}
        found = timed(actions)
    yield compared("slider to paint / echo page, in Chromium", 1.5, found, "app", "echo")


@contextmanager
def beside_echo(topics: dict[str, str]) -> Iterator[tuple[Page | Callable[[], float], ...]]:
    """A page for each topic, once its named figure is drawn; last, how to move the echo's slider.

    The model is there, and the pages show its run.
    """
    with serving() as app, serving(ECHO) as echo, sync_playwright() as playwright:
        with Visitor(app) as visitor:
            visitor.wait_for_model()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        pages = []
        for topic, figure in topics.items():
            pages.append(browser.new_page())
            pages[-1].goto(f"{app}/{topic}?lang=en")
            pages[-1].wait_for_function(f"() => Number({drawn(figure)}) > 0", timeout=60_000)
        there = browser.new_page()
        there.goto(echo)
        there.wait_for_function(f"() => {SAID}", timeout=60_000)
        yield *pages, by_key(there, "temperature", SAID)
        browser.close()


def timed(actions: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """The seconds of each, in turns, after a few that do not count."""
    in_turns(actions, 3)
    return in_turns(actions, TURNS)


def drawn(figure: str) -> str:
    """How often a figure has been drawn, for the clock to look at."""
    return f"document.querySelector('.st-key-frame_{figure} .stage')?.dataset.drawn"


def by_key(page: Page, slider: str, seen: str) -> Callable[[], float]:
    """A slider of the page's is moved by an arrow key."""
    keys = cycle(["ArrowLeft"] * 5 + ["ArrowRight"] * 5)
    key = f".st-key-{slider}"
    handle = page.locator(f"{key} [role=slider], {key} input[type=range]").first

    def move() -> float:
        page.bring_to_front()
        handle.focus()
        page.wait_for_timeout(PAUSE)
        return until_changed(page, "keydown", seen, lambda: page.keyboard.press(next(keys)))

    return move


def by_pointer(page: Page, rail: Locator, seen: str, pause: int) -> Callable[[], float]:
    """A slider inside a figure is put to another place by the mouse; `pause` in milliseconds."""
    shares = cycle((0.2, 0.4, 0.6, 0.8, 0.5))

    def move() -> float:
        page.bring_to_front()
        page.wait_for_timeout(pause)
        box = rail.bounding_box()
        page.mouse.move(box["x"] + next(shares) * box["width"], box["y"] + box["height"] / 2)

        def press():
            page.mouse.down()
            page.mouse.up()

        return until_changed(page, "mousedown", seen, press)

    return move


def until_changed(page: Page, event: str, seen: str, act: Callable[[], object]) -> float:
    """Seconds from the event that the action causes until what is seen has changed."""
    page.evaluate(CLOCK % {"event": event, "seen": seen})
    act()
    page.wait_for_function("() => window.changed")
    return page.evaluate("() => (window.changed - window.pressed) / 1000")
