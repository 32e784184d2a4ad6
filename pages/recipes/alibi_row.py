"""One query's weights, from the scores of a real head alone and with the bias of ALiBi."""

from core import alibi
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 8
ALIBI_SCORES = "unrotated"  # or own, flat
SYMMETRIC = False
BEFORE_SCALE = False

forward = service.ready().forward_pass(TEXT)
slope = float(alibi.slopes(forward.model.n_heads)[HEAD])
acting = alibi.acting_slope(slope, forward.scale, is_before_scale=BEFORE_SCALE)
scores = alibi.scores(ALIBI_SCORES, forward, LAYER, HEAD)
found = alibi.biased(scores, acting, is_symmetric=SYMMETRIC)
pairs = zip(found.plain_weights[ROW], found.attention_weights[ROW], strict=True)
for token, (plain, with_bias) in zip(forward.tokens, pairs, strict=True):
    print(f"{token.visible:>16}  {plain:.4f}  {with_bias:.4f}")
