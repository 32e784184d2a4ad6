"""A trained table of positions."""

from core import absolute
from core.model import reverser_weights, service
from core.model.position_table import PositionTable

OWN_TABLE = False  # of the loaded network; else of the small one that writes words backwards

if OWN_TABLE:
    rows = service.ready().ask(PositionTable()).rows
else:
    rows = reverser_weights.load().encoder_positions
table = absolute.learned(rows)
print(f"{table.n_positions} rows of {table.d_model} numbers, every {table.step} shown")
print(table.positions.round(3))
