"""All predictions of a text against a plain pass over it, and the page's controls until painted.

The predictions are what the page needs: for each token its surprisal and rank, the entropy, and ten
best guesses. Plain: transformers' own sdpa attention on a second copy of the network, no cache, all
logits kept, which ours never are.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

import torch
from playwright.sync_api import Page

from core.model import run
from core.model.predictions import Predictions
from tests.bench import paint, passes
from tests.bench.measure import Row, compared, in_turns, seconds
from tests.browser.conftest import CHROMIUM, HOW

TURNS = {128: 11, 1024: 5}  # tokens: how often
AT_REST = 400  # milliseconds; then the server has answered the last click
HOST = "document.querySelector('.st-key-predicted [data-shade]')?.dataset"


def rows() -> Iterator[Row]:
    """Passes first, then the browser."""
    model, plain = passes.both()
    for n_tokens, turns in TURNS.items():
        yield _at(model, plain, n_tokens, turns)
    del model, plain  # the server that follows has its own
    yield from _painted()


def _at(model, plain, n_tokens: int, turns: int) -> Row:
    text = passes.text_of(model, n_tokens)
    batch = torch.tensor([run.token_ids(model, text)], device=model.network.device)
    actions = {
        "plain": lambda: seconds(lambda: passes.plain_pass(plain, batch)),
        "predictions": lambda: seconds(lambda: _answer(model, Predictions(text))),
    }
    in_turns(actions, 1)
    found = in_turns(actions, turns)
    what = f"bits, entropies, ranks, guesses / plain pass, at {n_tokens:,} tokens"
    return compared(what, 1.5, found, "predictions", "plain")


def _answer(model, question: Predictions):
    for _ in question.steps(model, lambda: False):
        pass


def _painted() -> Iterator[Row]:
    if not CHROMIUM:
        yield Row(HOW, 0, None, "")
        return
    with paint.beside_echo({"surprisal": "bits"}) as (page, echo):
        actions = {
            "colours": _turning(page, ".chooser button", (1, 0), f"{HOST}.shade"),
            "guesses": _turning(page, ".passage button", (2, 3, 4), f"{HOST}.shown"),
            "figure": _turning(page, ".passage button", (5, 6, 7), paint.drawn("guesses")),
            "echo": echo,
        }
        found = paint.timed(actions)
    for name, what, budget in (
        ("colours", "choice of colours to paint", 1.0),
        ("guesses", "a token's guesses beside the text to paint", 1.0),
        ("figure", "the figure of its guesses, by the server, to paint", 1.5),
    ):
        yield compared(f"{what} / echo page", budget, found, name, "echo")


def _turning(page: Page, buttons: str, places: Sequence[int], seen: str) -> Callable[[], float]:
    """One of the buttons after the other is clicked."""
    turns = cycle(places)

    def move() -> float:
        page.bring_to_front()
        page.wait_for_timeout(AT_REST)
        button = page.locator(f".st-key-predicted {buttons}").nth(next(turns))
        return paint.until_changed(page, "click", seen, lambda: button.dispatch_event("click"))

    return move
