"""What each token costs with the network's own RoPE, with ALiBi in its place, and with neither."""

from core import alibi
from core.model import service
from core.model.switch import Switch, Switched

TEXT = "The cat slept all day because it was very"

model = service.ready()
forward = model.forward_pass(TEXT)
slopes = tuple(alibi.slopes(forward.model.n_heads).tolist())
runs = {
    "own": forward,
    "alibi": model.ask(Switched(TEXT, Switch(slopes=slopes))),
    "none": model.ask(Switched(TEXT, Switch())),
}
encoded = {name: alibi.encoded(run, 0, 0) for name, run in runs.items()}
for name, run in encoded.items():
    print(f"{name:>6}  {run.loss:.3f} bits per token, perplexity {run.perplexity:.1f}")
    print(run.surprisals.round(2))
