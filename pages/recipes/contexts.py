"""Mean bits of a long text's tokens by how many stand before them in their window."""

from core import sliding_window
from core.model import long_run, service
from core.model.windows import Windows

LONG_TEXT = None  # None: the play that comes with Glassbox
N_MOST = 2048  # tokens
WIDTH = 256
STRIDES = (256, 128, 64)

found = service.ready().ask(Windows(LONG_TEXT or long_run.text(), WIDTH, STRIDES, N_MOST))
groups = sliding_window.by_context(found.bits)
for least, most, bits in zip(groups.least, groups.most, groups.bits, strict=True):
    print(f"{least} to {most} tokens before: {bits:.3f} bits")
