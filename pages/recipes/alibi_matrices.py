"""A real head's scores, ALiBi's bias, and the weights after the softmax of their sum."""

from core import alibi
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ALIBI_SCORES = "unrotated"  # or own, flat
SYMMETRIC = False
BEFORE_SCALE = False

forward = service.ready().forward_pass(TEXT)
slope = float(alibi.slopes(forward.model.n_heads)[HEAD])
acting = alibi.acting_slope(slope, forward.scale, is_before_scale=BEFORE_SCALE)
scores = alibi.scores(ALIBI_SCORES, forward, LAYER, HEAD)
found = alibi.biased(scores, acting, is_symmetric=SYMMETRIC)
for name in ("scores", "bias", "attention_weights"):
    print(name)
    print(getattr(found, name).round(3))
