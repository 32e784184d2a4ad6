"""The heads whose ablation changes most."""

from core import ablation
from core.model import service
from core.model.questions import HeadRanking

TEXT = "The cat slept all day because it was very"
ABLATION_KIND = "mean"  # or zero
RANK_BY = "divergence"  # or loss

ranking = service.ready().ask(HeadRanking(TEXT, ABLATION_KIND))
sizes = ranking.divergences if RANK_BY == "divergence" else ranking.loss_changes
strongest = ablation.strongest(sizes, 10)
print("heads by what ablating them changes:")
for head in strongest:
    print(f"L{head.layer}H{head.head}  {head.size:+.4f} bits")
