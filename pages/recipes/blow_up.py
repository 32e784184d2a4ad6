"""A score fitted to random numbers inside L, and what becomes of it beyond."""

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
DIGITS = 6
SEED = 0

trained = interpolation.Trained(D_HEAD, BASE, CONTEXT_LENGTH)
factors = interpolation.step_factors(D_HEAD // 2, N_LEFT, STRETCH)
plan = interpolation.Plan(STRETCH, TARGET, ALPHA, BETA, RAMP, factors)
chosen = interpolation.scaled(METHOD, trained, plan)
score = interpolation.fitted_score(trained, chosen, TARGET, DIGITS, SEED)
print(f"inside L {score.largest_inside:.4g}")
print(f"beyond, extrapolated {score.largest_extrapolated:.4g}", end=", ")
print(f"interpolated {score.largest_interpolated:.4g}, {METHOD} {score.largest_scaled:.4g}")
