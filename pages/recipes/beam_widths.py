"""What beam search returns with each width, in bits, and the likeliest text there is."""

from core import beam_search
from core.model import service
from core.model.beams import Beams, Likeliest

TEXT = "The cat slept all day because it was very"
WORLD = "sentence"
N_STEPS = 6
WIDTHS = 1, 2, 3, 4, 5, 6, 8
MOST_READ = 400
LENGTH_PENALTY = 1.0  # of the made-up worlds; the network's texts are compared without

tables = {"greedy": beam_search.GREEDY_IS_WORSE, "wider": beam_search.WIDER_IS_WORSE}
if WORLD == "sentence":
    ask = service.ready().ask
    searches = {width: ask(Beams(TEXT, width, N_STEPS, 0.0)).search for width in WIDTHS}
    certain = ask(Likeliest(TEXT, N_STEPS, MOST_READ)).optimum
else:
    table = tables[WORLD]
    searches = beam_search.all_widths(table, WIDTHS, LENGTH_PENALTY)
    certain = beam_search.optimum(table.read, table.n_new, MOST_READ)
widths = beam_search.compared(searches, certain)
print({width: round(bits, 4) for width, bits in widths.bits.items()})
print(widths.worse, widths.least_bits, certain.n_read)
