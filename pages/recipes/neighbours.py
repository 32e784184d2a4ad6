"""The entries of a vocabulary before and after one."""

from core import tokens
from core.model import service
from core.tokenizer import shelf
from core.tokens import Token

TOKENIZER = "cl100k_base"
TOKEN_ID = 1606

tokenizer = service.ready().tokenizer if TOKENIZER == "model" else shelf.ready(TOKENIZER)
around = [
    Token(number, tokenizer.bytes_of(number))
    for number in tokens.neighbours(TOKEN_ID, tokenizer.card.d_vocab)
]
for token in around:
    print(f"{token.id:>8}  {token.visible:<16}  {token.bytes.hex(' ').upper()}")
