"""The perplexity of a long text by stride, and what transformers' recipe makes of it."""

from core import sliding_window
from core.model import long_run, service
from core.model.windows import Windows

LONG_TEXT = None  # None: the play that comes with Glassbox
N_MOST = 2048  # tokens
WIDTH = 256
STRIDES = (256, 128, 64)

found = service.ready().ask(Windows(LONG_TEXT or long_run.text(), WIDTH, STRIDES, N_MOST))
slid = sliding_window.all_slid(found.n_tokens, WIDTH, STRIDES, found.starts, found.bits)
for one in slid:
    print(
        f"stride {one.plan.stride}: {one.perplexity:.4f} over {one.plan.n_scored} tokens, "
        f"by the recipe {one.by_recipe:.4f}; the text is read {one.plan.cost:.2f} times"
    )
