"""Draws: tokens drawn from the distribution that the stages leave, against what was expected."""

from core import draws
from pages.figures import draws as figures
from pages.ui import address
from pages.ui.current import current_run, measured_on
from pages.ui.number import type_number
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.sampler import choose_chain, through

SHOWN, STEPPED = 16, 40  # tokens by name; draws one by one
MOST, USUAL, LAST_SEED = 10_000, 1_000, 999

text = open_page("draws")
forward = current_run(text)
chain = choose_chain(forward, text)
with chain.row:
    n_draws = type_number(text("control.n_draws"), 1, MOST, USUAL, key="n_draws", width=150)
    seed = type_number(text("control.seed"), 0, LAST_SEED, 0, key="seed", width=120)
result = through(chain, forward, text)
found = draws.draw(result.final, n_draws, seed)
test = draws.chi_square(found.counts, found.probabilities)
shown = tuple(forward.token(int(token_id)) for token_id in found.ids[:SHOWN])
stepped = [forward.token(int(token_id)).visible for token_id in found.ids[found.places[:STEPPED]]]
draw, choose_draw = address.place("draw", len(stepped), 0)
values = {
    "text": forward.text,
    "steps": tuple((step.name, step.value, step.biases) for step in result.steps),
    "n_written": len(result.context.written),
    "n_draws": n_draws,
    "seed": seed,
    "kept": len(found.ids),
    "missed": found.n_missed,
    "draw": draw,
    "nth": draw + 1,
    "u": float(found.uniforms[draw]),
    "token": stepped[draw],
    "n_stepped": len(stepped),
    "verdict": text(f"verdict.{test.verdict}", **vars(test), degrees=test.degrees),
    "model": measured_on(forward, text),
}
show_figure("drawn", figures.drawn(found, shown, text), text, values)
show_figure(
    "staircase",
    figures.staircase(found, shown, stepped, draw, text),
    text,
    values,
    step=choose_draw,
)
show_source(draws.draw, draws.hit, draws.chi_square, draws.survival, text=text)
