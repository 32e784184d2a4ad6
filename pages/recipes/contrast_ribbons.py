"""What each token costs in A and in B, and how far the two predictions for it are apart."""

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

model = service.ready()
switch = divergence.switch(model.status.model, VARIANT, STRETCH) if VARIANT else None
read = second.ready(NETWORK).ask(Reading(TEXT_B)) if NETWORK else None
a, b = Side(TEXT, TEMPERATURE_A), Side(TEXT_B, TEMPERATURE_B, switch, NETWORK, read)
columns = divergence.columns(model.ask(Contrast(a, b)))
print("bits in A, bits in B, KL(A‖B), KL(B‖A), JS")
rows = (columns.bits_a, columns.bits_b, columns.forward, columns.backward, columns.js)
for numbers in zip(*rows, strict=True):
    print("  ".join(f"{number:8.3f}" for number in numbers))
