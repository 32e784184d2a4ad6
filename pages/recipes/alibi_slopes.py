"""The slopes of ALiBi for any number of heads, and how fast each head forgets."""

from core import alibi

N_HEADS = 9

heads = alibi.heads(N_HEADS)
for head, (slope, half) in enumerate(zip(heads.slopes, heads.half_distances, strict=True)):
    print(
        f"head {head:>3}  m = {slope:.6f}  naive {heads.naive[head]:.6f}  halves every {half:.2f}"
    )
