"""Bits per byte of a text: networks, byte frequencies, and compressors."""

from core import bits_per_byte
from core.model import long_run, second, service
from core.model.windows import TextCosts

OF = "The cat slept all day because it was very"  # None: the beginning of the play
SECOND_NETWORK = None  # the name of another network; None: the loaded one alone

model = service.ready()
n_most = None if OF else bits_per_byte.BEGINNING  # tokens
costs = model.ask(TextCosts((OF or long_run.text(),), n_most))
samples = {model.status.model.name: bits_per_byte.sample(costs.pieces[0], costs.each[0])}
if SECOND_NETWORK:
    same = OF or b"".join(costs.pieces[0]).decode("utf-8", "ignore")
    costs = second.ready(SECOND_NETWORK).ask(TextCosts((same,)))
    samples[SECOND_NETWORK] = bits_per_byte.sample(costs.pieces[0], costs.each[0])
codes = bits_per_byte.codes(samples, model.status.model.d_vocab)
for name, bits in zip(codes.names, codes.per_byte, strict=True):
    print(f"{name:>24}: {bits:.3f} bits per byte")
