"""Huffman's code for a distribution, and its mean length."""

import numpy as np

from core import entropy

P = [0.5, 0.25, 0.125, 0.125]

p = np.array(P, dtype=float)
code = entropy.huffman(p)
for share, word in zip(P, code.words, strict=True):
    print(f"p = {share:.4f}  {word if word is not None else 'never comes'}")
bits = entropy.information(p).entropy
print(f"mean length {code.mean_length:.4f} bits, entropy {bits:.4f} bits")
