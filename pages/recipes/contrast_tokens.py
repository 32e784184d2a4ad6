"""The two predictions for one place: their likeliest tokens, and what each adds to KL."""

from core import divergence
from core.model import second, service
from core.model.contrast import Contrast, Reading, Side

TEXT = "The cat slept all day because it was very"
TEXT_B = "The cats slept all day because it was very"
TEMPERATURE_A = 1.0
TEMPERATURE_B = 1.0
VARIANT = ""  # of B's positions, one of divergence.VARIANTS
STRETCH = 2.0
NETWORK = ""  # B's, if another one: a name out of second.offered()
ALIGNED = 10  # the column

model = service.ready()
switch = divergence.switch(model.status.model, VARIANT, STRETCH) if VARIANT else None
read = second.ready(NETWORK).ask(Reading(TEXT_B)) if NETWORK else None
a, b = Side(TEXT, TEMPERATURE_A), Side(TEXT_B, TEMPERATURE_B, switch, NETWORK, read)
found = model.ask(Contrast(a, b))
columns = divergence.columns(found)
pair = divergence.pair(found, int(columns.pairs[columns.at_or_after(ALIGNED)]))
token = model.forward_pass(TEXT).token
for token_id, p, q, term in zip(pair.ids, pair.p, pair.q, pair.forward_terms, strict=True):
    print(f"{token(int(token_id)).visible:>16}  {p:.4f}  {q:.4f}  {term:+.4f}")
print(f"all others {pair.rest[0]:+.4f}, together {pair.forward:.4f} bits")
