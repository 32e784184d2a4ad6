"""The numbers of a sentence at each station of its way through the network."""

from core import sampling, surprisal
from core.model import service

TEXT = "The cat slept all day because it was very"

forward = service.ready().forward_pass(TEXT)
card = forward.model
best = int(forward.logits.argmax())
stations = {
    "text": len(forward.text),
    "tokens": len(forward.tokens),
    "vectors": (len(forward.tokens), card.d_model),
    "attention": (card.n_layers, card.n_heads),
    "logits": card.d_vocab,
    "next": (
        forward.token(best).visible,
        sampling.stage(forward.logits.astype("float64")).probabilities[best],
    ),
    "loss": surprisal.course(forward.surprisals).perplexity,
}
for station, number in stations.items():
    print(f"{station:>10}  {number}")
