"""What ablating each head of the network alone changes."""

from core.model import service
from core.model.questions import HeadRanking

TEXT = "The cat slept all day because it was very"
ABLATION_KIND = "mean"  # or zero
RANK_BY = "divergence"  # or loss

ranking = service.ready().ask(HeadRanking(TEXT, ABLATION_KIND))
sizes = ranking.divergences if RANK_BY == "divergence" else ranking.loss_changes
print("a row per layer, a column per head, bits:")
print(sizes.round(4))
