"""Where one token looks in each of the query heads that share one key-value head."""

from core import grouped_query
from core.model import service

TEXT = "The cat slept all day because it was very"
LAYER = 13
HEAD = 8
ROW = 7

forward = service.ready().forward_pass(TEXT)
group = grouped_query.group_of(forward, LAYER, HEAD, ROW)
print(f"KV head {group.key_value_head} is read by")
for head, weights in zip(group.heads, group.attention_weights, strict=True):
    print(f"head {head}: {weights.round(3)}")
