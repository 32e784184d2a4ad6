"""The size of the softmax's gradient at every width, with the scale and without it."""

from core import scaling

N_KEYS = 32
SEED = 0

course = scaling.course(N_KEYS, SEED)
for step, width in enumerate(course.widths):
    for name, gradients in (("no scale", course.unscaled), ("by √d", course.by_root)):
        mean, median = gradients.means[step], gradients.medians[step]
        print(f"d = {width:>4}  {name:>8}  mean {mean:.4f}  median {median:.3g}")
