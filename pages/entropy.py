"""Entropy by hand: bars to drag, what each outcome costs, and the best code for them."""

import streamlit as st

from core import entropy
from pages.figures import entropy as figures
from pages.ui.current import current_run
from pages.ui.distributions import choose_pair
from pages.ui.page import open_page, show_figure, show_source

text = open_page("entropy")
forward = current_run(text)
pair = choose_pair(forward, text)
one, other = (entropy.information(shares, pair.unit) for shares in (pair.p, pair.q))
found = entropy.compare(pair.p, pair.q, pair.unit)
values = {
    **pair.values,
    "text": forward.text,
    "n": len(pair.p),
    "entropy": one.entropy,
    "most": one.maximum,
    "unit": text(f"unit.{pair.unit}"),
    **figures.told(found),
}
show_figure(
    "by_hand",
    figures.by_hand(one, other, pair.names, pair.unit, text),
    text,
    values,
    drag=pair.drag,
)
st.latex(figures.worked(one, other, found, pair.unit))
st.caption(pair.origin)
show_figure("divergences", figures.divergences(found, pair.names, pair.unit, text), text, values)

in_bits = entropy.information(pair.p)
code, blocks = entropy.huffman(pair.p), entropy.blocks(pair.p)
values |= {"bits": in_bits.entropy, "length": code.mean_length, "n_blocks": len(blocks.lengths),
           "best": blocks.lengths[-1]}  # fmt: skip
show_figure("code_tree", figures.code_tree(code, in_bits, pair.names, text), text, values)
show_figure("block_lengths", figures.block_lengths(blocks, text), text, values)
show_source(entropy.information, entropy.compare, entropy.huffman, entropy.blocks, text=text)
