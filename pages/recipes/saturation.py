"""One random query's weights over random keys, under three scales."""

from core import scaling

D_HEAD = 64
N_KEYS = 32
SEED = 0

comparison = scaling.compare(D_HEAD, N_KEYS, SEED)
for name, weighing in vars(comparison).items():
    print(f"{name:>9}  {weighing.attention_weights[0].round(4)}")
    print(f"           mean entropy {weighing.entropy:.2f} bits, gradient {weighing.gradient:.4f}")
