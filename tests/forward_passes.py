"""Forward passes out of random numbers, for what is shown of a run rather than how it is made."""

import numpy as np

from core.model.forward_pass import ForwardPass, ModelCard
from core.tokens import Token

N_LAYERS, N_HEADS, N_KEY_VALUE_HEADS, D_HEAD, D_VOCAB = 3, 4, 2, 8, 300
HALF = b"\xe4\xbd"  # the first two of the three bytes of 你
SPECIAL = [b"<b>", "猫".encode(), HALF, b" cat"]
# Every byte is a token, so "&" and the newline are too, and so are parts of characters.
VOCABULARY = (
    *(bytes([byte]) for byte in range(256)),
    *SPECIAL,
    *(b" w%d" % number for number in range(256 + len(SPECIAL), D_VOCAB)),
)
# The words that are most likely to go wrong come first, " cat" twice.
OPENING = [VOCABULARY.index(raw) for raw in (b"<b>", b"&", b" cat", b"\n", HALF, b" cat")]

CARD = ModelCard(
    name="Random-1",
    weights="random",
    n_layers=N_LAYERS,
    n_heads=N_HEADS,
    n_key_value_heads=N_KEY_VALUE_HEADS,
    d_model=N_HEADS * D_HEAD,
    d_head=D_HEAD,
    d_vocab=D_VOCAB,
    n_parameters=12_345,
    context_length=2048,
    device="cpu",
    dtype="float32",
    rope_base=10_000.0,
)


def made(n_tokens: int, *, seed: int = 0, keeps_weights: bool = False) -> ForwardPass:
    """A run over n_tokens tokens; with `keeps_weights` one of a network without plain attention."""
    rng = np.random.default_rng(seed)
    ids = (OPENING + rng.integers(D_VOCAB, size=n_tokens).tolist())[:n_tokens]
    tokens = tuple(Token(number, VOCABULARY[number]) for number in ids)

    def normal(n_heads: int) -> np.ndarray:
        return rng.normal(size=(N_LAYERS, n_heads, n_tokens, D_HEAD)).astype(np.float32)

    queries, keys, values = map(normal, (N_HEADS, N_KEY_VALUE_HEADS, N_KEY_VALUE_HEADS))
    weights = np.tril(rng.random((N_LAYERS, N_HEADS, n_tokens, n_tokens), np.float32))
    weights /= weights.sum(axis=-1, keepdims=True)
    logits = rng.normal(scale=3.0, size=D_VOCAB).astype(np.float32)
    surprisals = rng.exponential(4.0, size=n_tokens - 1).astype(np.float32)
    lengths = rng.uniform(0.1, 2.0, size=(N_LAYERS, N_HEADS, n_tokens)).astype(np.float32)
    return ForwardPass(
        model=CARD,
        text=b"".join(token.bytes for token in tokens).decode("utf-8", "replace"),
        tokens=tokens,
        vocabulary=VOCABULARY,
        logits=logits,
        surprisals=surprisals,
        scale=D_HEAD**-0.5,
        queries=None if keeps_weights else queries,
        keys=None if keeps_weights else keys,
        values=None if keeps_weights else values,
        attention_weights=weights if keeps_weights else None,
        output_norms=None if keeps_weights else lengths,
    )
