"""The next token as the network predicts it, and with heads ablated."""

from core import ablation
from core.model import service
from core.model.questions import Ablation

TEXT = "The cat slept all day because it was very"
ABLATED = ((0, 6),)  # layer and head, each from 0
ABLATION_KIND = "mean"  # or zero

forward = service.ready().forward_pass(TEXT)
answer = service.ready().ask(Ablation(TEXT, ABLATED, ABLATION_KIND))
effect = ablation.effect(answer, 10)
print(f"KL(before ‖ after) = {effect.divergence:.4f} bits")
pairs = zip(effect.probabilities_before, effect.probabilities_after, strict=True)
for token_id, (before, after) in zip(effect.token_ids, pairs, strict=True):
    print(f"{forward.token(int(token_id)).visible:>16}  {before:.4f}  {after:.4f}")
