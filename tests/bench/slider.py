"""A slider on a cached result against a page with nothing but that slider: the server's time.

From sending the slider's new place until the script is through, over the server's websocket, on
two servers side by side. The app's page computes the distribution anew and sends two figures.
"""

from collections.abc import Iterator
from itertools import cycle

from tests.bench.measure import Row, compared, in_turns
from tests.bench.visitor import ECHO, Visitor
from tests.server import serving

PLACES = [round(0.5 + 0.05 * step, 2) for step in range(12)]


def rows() -> Iterator[Row]:
    """The ratio of the two."""
    with (
        serving() as app,
        serving(ECHO) as echo,
        Visitor(app, "sampling") as here,
        Visitor(echo) as there,
    ):
        here.wait_for_model()
        actions = {"app": _moving(here), "echo": _moving(there)}
        in_turns(actions, 5)
        found = in_turns(actions, 60)
    yield compared("slider on a cached result / echo page, server", 2, found, "app", "echo")


def _moving(visitor: Visitor):
    places = cycle(PLACES)
    return lambda: visitor.move("temperature", next(places))
