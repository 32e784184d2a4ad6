"""The three attentions of an encoder–decoder: the input's, the output's, and the one across."""

from core import cross_attention
from core.model import reverser_weights

WORD = "stressed"
CROSS_LAYER = 1
CROSS_HEAD = 0  # None: the mean over the heads

writing = cross_attention.write(reverser_weights.load(), WORD)
maps = writing.of_head(CROSS_LAYER, CROSS_HEAD)
for name in ("encoder", "decoder", "cross"):
    print(name)
    print(getattr(maps, name).round(3))
