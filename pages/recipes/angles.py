"""How far the fastest, a chosen and the slowest pair turn under a method, in turns."""

from core import interpolation

D_HEAD = 64
BASE = 100000.0
CONTEXT_LENGTH = 8192
STRETCH = 4.0
TARGET = 32768  # positions of the text
ALPHA = 1.0
BETA = 32.0
RAMP = "code"  # or paper
N_LEFT = 12  # pairs that the example list of LongRoPE leaves alone
METHOD = "yarn"
TURNED_PAIR = 16

trained = interpolation.Trained(D_HEAD, BASE, CONTEXT_LENGTH)
factors = interpolation.step_factors(D_HEAD // 2, N_LEFT, STRETCH)
plan = interpolation.Plan(STRETCH, TARGET, ALPHA, BETA, RAMP, factors)
chosen = interpolation.scaled(METHOD, trained, plan)
for pair in (0, TURNED_PAIR, len(chosen.frequencies) - 1):
    old, new = (
        TARGET / chosen.wavelengths[pair] / chosen.ratios[pair],
        TARGET / chosen.wavelengths[pair],
    )
    print(f"pair {pair}: {trained.turns[pair]:.4f} turns inside L,", end=" ")
    print(f"at {TARGET} {old:.4f} as trained, {new:.4f} with {METHOD}")
