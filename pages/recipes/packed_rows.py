"""Texts one to a row, and the same texts one after the other."""

from core import self_supervision

LENGTHS = (9, 7, 21, 4, 12)  # tokens of each text
ROW_WIDTH = 16

apart = self_supervision.padded(LENGTHS, ROW_WIDTH)
together = self_supervision.packed(LENGTHS, ROW_WIDTH)
marks = {self_supervision.END: "|", self_supervision.EMPTY: "."}
for rows in (apart, together):
    for row in rows:
        print(" ".join(marks.get(int(one), str(one + 1)) for one in row))
    print(f"{self_supervision.share_empty(rows):.1%} empty")
