"""A bar that is dragged, against the page with only a slider.

From the move of the mouse until the bar has followed it, which the browser does by itself; and
until the server's figure is drawn, with what follows from the new height. See paint.py.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle

from playwright.sync_api import Page

from tests.bench.measure import Row, compared
from tests.bench.paint import beside_echo, drawn, timed, until_changed
from tests.browser.conftest import CHROMIUM, HOW

FIGURE = "by_hand"
AT_REST = 400  # milliseconds; then the server has answered the last move
HEIGHT = f"document.querySelector('.st-key-frame_{FIGURE} .stage')?._fullData?.[0].y[0]"


def rows() -> Iterator[Row]:
    """The ratio of the two."""
    if not CHROMIUM:
        yield Row(HOW, 0, None, "")
        return
    with beside_echo({"entropy": FIGURE}) as (here, there):
        pull = by_dragging(here)
        actions = {"bar": partial(pull, HEIGHT), "figure": partial(pull, drawn(FIGURE))}
        found = timed(actions | {"echo": there})
    yield compared("a dragged bar to paint / echo page", 1.0, found, "bar", "echo")
    yield compared("what follows from it, by the server / echo page", 1.5, found, "figure", "echo")


def by_dragging(page: Page) -> Callable[[str], float]:
    """The first bar is held and moved a little, up and down by turns, until a thing has changed."""
    grip = page.locator(f".st-key-frame_{FIGURE} .drag-grip").first
    grip.wait_for()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    moves = cycle((-30, -10, -40, -20, -50, 0))

    def move(seen: str) -> float:
        page.bring_to_front()
        page.wait_for_timeout(AT_REST)
        to = y + next(moves)
        return until_changed(page, "pointermove", seen, lambda: page.mouse.move(x, to))

    return move
