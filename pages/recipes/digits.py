"""The digits of a number in groups, as tokenizers cut them and as people write them."""

from core import pre_tokenisation

NUMBER = "1234567"

groups = pre_tokenisation.digit_groups(NUMBER)
for rule, spans in groups.items():
    print(f"{rule:<12}", "|".join(NUMBER[start:stop] for start, stop in spans))
