"""The cross attention of a small encoder–decoder that writes a word backwards."""

from core import cross_attention
from core.model import reverser_weights

WORD = "stressed"
CROSS_LAYER = 1
CROSS_HEAD = 0  # None: the mean over the heads

writing = cross_attention.write(reverser_weights.load(), WORD)
weights = writing.of_head(CROSS_LAYER, CROSS_HEAD).cross
print(WORD, "→", writing.written)
print(weights.round(3))
