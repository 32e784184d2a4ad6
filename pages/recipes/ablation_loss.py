"""What each token costs the network, as it is and with heads ablated."""

from core import ablation
from core.model import service
from core.model.questions import Ablation

TEXT = "The cat slept all day because it was very"
ABLATED = ((0, 6),)  # layer and head, each from 0
ABLATION_KIND = "mean"  # or zero

forward = service.ready().forward_pass(TEXT)
answer = service.ready().ask(Ablation(TEXT, ABLATED, ABLATION_KIND))
effect = ablation.effect(answer, 1)
for token, change in zip(forward.tokens[1:], effect.changes, strict=True):
    print(f"{token.visible:>16}  {change:+.3f} bits")
print(f"mean {effect.loss_before:.3f} → {effect.loss_after:.3f} bits per token")
