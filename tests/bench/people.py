"""Thirty-two people in one process against one person, nobody pausing to think.

On cached pages everybody moves a slider as soon as the page has followed: the time that 95 of a
hundred moves keep to. Typing, everybody sends a short sentence that nobody has sent before, so
that the network runs for each: sentences per second.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count

from tests.bench.measure import Row, in_turns, share_95
from tests.bench.visitor import Visitor
from tests.server import serving

PEOPLE = 32
ROUNDS = 3
MOVES = {"one": 30, "all": 4}  # a person's, in each round
SENTENCES = {"one": 12, "all": 2}
_number = count()


def rows() -> Iterator[Row]:
    """Moving, then typing."""
    with serving() as app, ExitStack() as doors:
        first = doors.enter_context(Visitor(app, "sampling"))
        first.wait_for_model()
        others = [doors.enter_context(Visitor(app, "sampling")) for _ in range(PEOPLE - 1)]
        people = [first, *others]
        for person in people:
            _move(person)
        yield _moving(people)
        _type(first)
        yield _typing(people)


def _moving(people: list[Visitor]) -> Row:
    waits: dict[str, list[float]] = {"one": [], "all": []}

    def measured(who: str) -> Callable[[], float]:
        def act() -> float:
            found = _at_once(people[:1] if who == "one" else people, _move, MOVES[who])
            waits[who].extend(found)
            return share_95(found)

        return act

    in_turns({"one": measured("one"), "all": measured("all")}, ROUNDS)
    one, everybody = (share_95(waits[who]) for who in ("one", "all"))
    middles = [sorted(waits[who])[len(waits[who]) // 2] for who in ("one", "all")]
    raw = (
        f"p95: one {1000 * one:.0f} ms, {PEOPLE} {1000 * everybody:.0f} ms; "
        f"p50: {1000 * middles[0]:.0f}, {1000 * middles[1]:.0f} ms"
    )
    return Row(f"{PEOPLE} people on cached pages / one, p95", everybody / one, 12, raw)


def _typing(people: list[Visitor]) -> Row:
    refused = []

    def rate(who: str) -> Callable[[], float]:
        def act() -> float:
            typing = people[:1] if who == "one" else people
            started = time.perf_counter()
            found = _at_once(typing, _type, SENTENCES[who])
            took = time.perf_counter() - started
            refused.extend(person for person in typing if "alert" in person.kinds)
            return len(found) / took

        return act

    found = in_turns({"one": rate("one"), "all": rate("all")}, ROUNDS)
    one, everybody = (sorted(found[who])[ROUNDS // 2] for who in ("one", "all"))
    raw = f"one {one:.1f}, {PEOPLE} {everybody:.1f} sentences a second; {len(refused)} refused"
    return Row(f"{PEOPLE} people typing / one, rate", everybody / one, 3, raw, is_floor=True)


def _at_once(people: list[Visitor], act: Callable[[Visitor], float], times: int) -> list[float]:
    """What each of the people waited each time."""
    with ThreadPoolExecutor(len(people)) as pool:
        waits = pool.map(lambda person: [act(person) for _ in range(times)], people)
        return [wait for of_person in waits for wait in of_person]


def _move(person: Visitor) -> float:
    return person.move("temperature", round(0.5 + 0.05 * (next(_number) % 20), 2))


def _type(person: Visitor) -> float:
    return person.type(f"The train number {next(_number)} leaves from the station at")
