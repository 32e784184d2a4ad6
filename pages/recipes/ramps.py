"""What each pair keeps of its speed: the ramp of YaRN's code, of its paper, and of Llama 3."""

from core import interpolation

D_HEAD = 64
BASE = 100000.0
CONTEXT_LENGTH = 8192
ALPHA = 1.0
BETA = 32.0

trained = interpolation.Trained(D_HEAD, BASE, CONTEXT_LENGTH)
code, paper = (interpolation.ramp(kind, trained, ALPHA, BETA) for kind in interpolation.RAMPS)
llama = interpolation.ramp("paper", trained, *interpolation.LLAMA_3)
for pair, kept in enumerate(zip(code.kept, paper.kept, llama.kept, strict=True)):
    print(pair, *(f"{share:.4f}" for share in kept))
