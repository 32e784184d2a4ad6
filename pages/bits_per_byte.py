"""Bits per byte: what a text costs, whatever its tokens are, and in other cuts."""

from core import bits_per_byte
from core.model.windows import RowCosts
from pages.figures import bits_per_byte as figures
from pages.ui.asking import answer_to
from pages.ui.current import current_run, measured_on
from pages.ui.page import open_page, show_figure, show_source
from pages.ui.texts import choose_sample, second_sample

text = open_page("bits_per_byte")
forward = current_run(text, at_least=2)
name = forward.model.name
of, sample, counts = choose_sample(forward, text)
another = second_sample(of, sample, text)
codes = bits_per_byte.codes({name: sample, **another}, forward.model.d_vocab)
values = {"text": forward.text, "model": measured_on(forward, text), "of": of, "counts": counts}
values |= {"second_network": next(iter(another), None), **figures.codes_in_words(codes, sample)}
show_figure("bits_per_byte", figures.bits_per_byte(codes, text), text, values)
recut = bits_per_byte.recut(sample.total, counts)
show_figure("same_bits", figures.same_bits(recut, name, text), text, values)
ids = [token.id for token in forward.tokens[: bits_per_byte.N_CUT]]
cuts = bits_per_byte.other_cuts(ids, forward.vocabulary)
rows = answer_to(RowCosts(cuts.rows), text, key="cut_costs", on_request=not cuts.is_quick)
if rows is not None:
    marginal = bits_per_byte.marginal(rows.bits)
    values |= figures.cuts_in_words(marginal, cuts)
    show_figure("other_cuts", figures.other_cuts(marginal, cuts, rows.pieces, text), text, values)
functions = (bits_per_byte.codes, bits_per_byte.adaptive, bits_per_byte.recut)
show_source(*functions, bits_per_byte.other_cuts, bits_per_byte.marginal, text=text)
