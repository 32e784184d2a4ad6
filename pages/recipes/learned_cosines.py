"""How alike the rows of a trained table of positions are, by distance."""

from core import absolute
from core.model import reverser_weights, service
from core.model.position_table import PositionTable

OWN_TABLE = False  # of the loaded network; else of the small one that writes words backwards

if OWN_TABLE:
    rows = service.ready().ask(PositionTable()).rows
else:
    rows = reverser_weights.load().encoder_positions
table = absolute.learned(rows)
parts = table.distances, table.means, table.smallest, table.largest, table.of_formula
for distance, mean, least, most, formula in zip(*parts, strict=True):
    print(
        f"distance {distance:>4}: {mean:+.3f} ({least:+.3f} … {most:+.3f}), formula {formula:+.3f}"
    )
