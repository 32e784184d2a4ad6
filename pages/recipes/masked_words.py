"""A text as a masked language model would be trained on it."""

from core import self_supervision
from core.model import service

TEXT = "The cat slept all day because it was very"
MASKED_SHARE = 0.15
SEED = 0

forward = service.ready().forward_pass(TEXT)
ids = [token.id for token in forward.tokens]
masked = self_supervision.masked(ids, forward.model.d_vocab, MASKED_SHARE, SEED)
for token, number, fate in zip(forward.tokens, masked.shown, masked.fates, strict=True):
    shown = "[MASK]" if number == self_supervision.IGNORED else forward.token(int(number)).visible
    print(f"{shown:>16} {fate:>9}", "" if fate == "kept" else f"→ {token.visible}")
