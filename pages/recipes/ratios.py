"""New by trained speed of every pair, under every method."""

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

trained = interpolation.Trained(D_HEAD, BASE, CONTEXT_LENGTH)
factors = interpolation.step_factors(D_HEAD // 2, N_LEFT, STRETCH)
plan = interpolation.Plan(STRETCH, TARGET, ALPHA, BETA, RAMP, factors)
every = interpolation.methods(trained, plan)
for one in every:
    print(one.name, f"(factor {one.factor:.4f})", one.ratios.round(4))
