"""A bar that is dragged until the figure is the server's, against the page with only a slider.

From the move of the mouse until the figure's element says that it is drawn anew, with what follows
from the new height; the bar itself has followed the pointer long before. See paint.py.
"""

from collections.abc import Callable, Iterator
from itertools import cycle

from playwright.sync_api import Page

from tests.bench.measure import Row, compared
from tests.bench.paint import PAUSE, beside_echo, drawn, timed, until_changed
from tests.browser.conftest import CHROMIUM, HOW

FIGURE = "by_hand"


def rows() -> Iterator[Row]:
    """The ratio of the two."""
    if not CHROMIUM:
        yield Row(HOW, 0, None, "")
        return
    with beside_echo({"entropy": FIGURE}) as (here, there):
        found = timed({"app": by_dragging(here), "echo": there})
    yield compared("drag to paint / echo page, in Chromium", 1.5, found, "app", "echo")


def by_dragging(page: Page) -> Callable[[], float]:
    """The first bar is held, and moved a little, up and down by turns."""
    grip = page.locator(f".st-key-frame_{FIGURE} .drag-grip").first
    grip.wait_for()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    moves = cycle((-30, -10, -40, -20, -50, 0))

    def move() -> float:
        page.bring_to_front()
        page.wait_for_timeout(PAUSE)
        to = y + next(moves)
        return until_changed(page, "pointermove", drawn(FIGURE), lambda: page.mouse.move(x, to))

    return move
