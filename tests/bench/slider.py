"""A slider on a cached result against a page with nothing but that slider: the server's time.

From sending the slider's new place until the script is through, over the server's websocket, on
servers side by side. The app's page computes the distribution anew and sends two figures. The page
with only the slider comes in two kinds, see echo.py: as Streamlit runs it, and with its garbage
frozen like the app's, which leaves what the page's own work costs.
"""

import time
from collections.abc import Callable, Iterator
from itertools import cycle

from tests.bench.measure import Row, compared, in_turns
from tests.bench.visitor import ECHO, Visitor
from tests.server import serving

PLACES = [round(0.5 + 0.05 * step, 2) for step in range(12)]
PAUSE = 0.1  # seconds; the next move should not wait for what the last one left to do
TURNS = 30


def rows() -> Iterator[Row]:
    """The ratio to each of the two kinds."""
    with (
        serving() as app,
        serving(ECHO) as echo,
        serving(ECHO, ECHO_FREEZES="1") as frozen,
        Visitor(app, "sampling") as here,
        Visitor(echo) as there,
        Visitor(frozen) as aside,
    ):
        here.wait_for_model()
        visitors = {"app": here, "echo": there, "frozen echo": aside}
        actions = {name: _moving(visitor) for name, visitor in visitors.items()}
        in_turns(actions, 5)
        found = in_turns(actions, TURNS)
    what = "slider on a cached result / echo page, server"
    yield compared(what, 2, found, "app", "echo")
    yield compared("  the same / echo page with frozen garbage", None, found, "app", "frozen echo")


def _moving(visitor: Visitor) -> Callable[[], float]:
    places = cycle(PLACES)

    def move() -> float:
        time.sleep(PAUSE)
        return visitor.move("temperature", next(places))

    return move
