"""The variance of dot products of random vectors at every width, and under each scale."""

from core import scaling

N_KEYS = 32
SEED = 0

course = scaling.course(N_KEYS, SEED)
for width, variance in zip(course.widths, course.variances, strict=True):
    print(f"d = {width:>4}: {variance:8.1f}  by √d {variance / width:.3f}", end="")
    print(f"  by d {variance / width**2:.5f}")
