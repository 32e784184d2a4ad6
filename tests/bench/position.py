"""Position encodings: runs with another one against the plain pass, and sliders until painted.

A switched run turns queries and keys back and puts the other encoding on, in every layer; a long
text goes through in chunks, with a cache. In the browser, a slider inside a figure needs no server:
its frames were computed from the formula when the page opened. The others ask the server.
"""

from collections.abc import Iterator

import torch

from core import alibi, interpolation, switched
from core.model import load, run
from core.model.switch import LongLosses, Switch, Switched
from tests.bench import paint, passes
from tests.bench.measure import Row, compared, in_turns, seconds
from tests.browser.conftest import CHROMIUM, HOW

TURNS = {128: 11, 512: 5}  # tokens: how often
LONG, LONG_TURNS = 1024, 3
STRETCH = 2.0
AT_REST = 1_500  # milliseconds; then the server has been told, and has answered
ARROWS = (
    "[...document.querySelectorAll('.st-key-frame_planes .scatterlayer path.js-line')]"
    ".map(path => path.getAttribute('d')).join()"
)


def rows() -> Iterator[Row]:
    """Runs first, then the browser."""
    model, plain = passes.both()
    encodings = switches(model)
    for n_tokens, turns in TURNS.items():
        yield from _runs(model, plain, encodings, n_tokens, turns)
    yield _long(model, plain, encodings["YaRN"])
    del model, plain  # the server that follows has its own
    yield from _painted()


def switches(model: load.LoadedModel) -> dict[str, Switch]:
    """The encodings that are put in the place of the network's own."""
    plan = interpolation.Plan(STRETCH)
    yarn = interpolation.scaled("yarn", interpolation.trained(model.card), plan)
    slopes = alibi.slopes(model.card.n_heads).tolist()
    return {"YaRN": switched.switch(yarn), "ALiBi": Switch(slopes=tuple(slopes))}


def _runs(model, plain, encodings, n_tokens: int, turns: int) -> Iterator[Row]:
    text = passes.text_of(model, n_tokens)
    actions = {"plain": _plain(model, plain, text)}
    for name, switch in encodings.items():
        actions[name] = _asking(model, Switched(text, switch))
    in_turns(actions, 1)
    found = in_turns(actions, turns)
    for name in encodings:
        what = f"a run with {name} / plain sdpa pass, at {n_tokens} tokens"
        yield compared(what, None, found, name, "plain")


def _long(model, plain, switch: Switch) -> Row:
    text = passes.text_of(model, LONG)
    actions = {
        "plain": _plain(model, plain, text),
        "losses": _asking(model, LongLosses(text, (switch,), LONG)),
    }
    in_turns(actions, 1)
    found = in_turns(actions, LONG_TURNS)
    return compared(
        f"long losses of one encoding / plain sdpa pass, at {LONG:,} tokens",
        None,
        found,
        "losses",
        "plain",
    )


def _plain(model, plain, text: str):
    batch = torch.tensor([run.token_ids(model, text)], device=model.network.device)
    return lambda: seconds(lambda: passes.plain_pass(plain, batch))


def _asking(model, question: Switched | LongLosses):
    def answer():
        for _ in question.steps(model, lambda: False):
            pass

    return lambda: seconds(answer)


def _painted() -> Iterator[Row]:
    if not CHROMIUM:
        yield Row(HOW, 0, None, "")
        return
    with paint.beside_echo({"rope": "planes", "alibi": "alibi_slopes"}) as (rope, served, echo):
        rail = rope.locator(".st-key-frame_planes .slider-rail-touch-rect").first
        actions = {
            "frames": paint.by_pointer(rope, rail, ARROWS, AT_REST),
            "server": paint.by_key(served, "alibi_heads", paint.drawn("alibi_slopes")),
            "echo": echo,
        }
        found = paint.timed(actions)
    yield compared("slider in a figure to paint / echo page", 1, found, "frames", "echo")
    yield compared("slider of the ALiBi page to paint / echo page", 1.5, found, "server", "echo")
