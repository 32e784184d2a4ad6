"""Which tokens of a long text are scored with how many tokens before them."""

from core import sliding_window

N_MOST = 2048  # tokens of the text
WIDTH = 256
STRIDE = 64

plan = sliding_window.plan(N_MOST, WIDTH, STRIDE)
for start, first, stop in zip(plan.starts, plan.firsts, plan.stops, strict=True):
    print(f"reads tokens {start} to {stop - 1}, scores {first} to {stop - 1}")
print(f"{plan.n_scored} tokens scored, with at least {plan.least_context} before them later on")
print(f"the text is read {plan.cost:.2f} times")
