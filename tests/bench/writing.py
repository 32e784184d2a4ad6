"""A token that is streamed by our service against one of transformers' own generate.

The same network twice, the same text of 128 tokens and 32 new ones, the beginning included. Ours is
a question to the service, whose parts are looked at as they come: with each token its rank, ten
alternatives, and what each sampling step removed. Theirs is generate with a cache, which hands out
nothing on the way.
"""

from collections.abc import Callable, Iterator
from itertools import count

import torch
from transformers import AutoModelForCausalLM

from core.model import service, sources
from core.model.writing import Writing
from core.sampling import Step
from tests.bench.measure import Row, compared, in_turns, seconds
from tests.bench.passes import WORDS

N_GIVEN, N_NEW, TURNS = 128, 32, 9
CHAINS = {
    "greedy": ((Step("temperature", 0.0),), {"do_sample": False}),
    "temperature, top-k and top-p": (
        (Step("temperature", 0.8), Step("top_k", 50), Step("top_p", 0.9)),
        {"do_sample": True, "temperature": 0.8, "top_k": 50, "top_p": 0.9},
    ),
    "repetition penalty and temperature": (
        (Step("repetition", 1.2), Step("temperature", 0.8)),
        {"do_sample": True, "repetition_penalty": 1.2, "temperature": 0.8, "top_k": 0},
    ),
}
_seeds = count()


def rows() -> Iterator[Row]:
    """For three chains."""
    asked, plain = service.ready(), _plain()
    ids = asked.tokenizer.library.encode(WORDS * N_GIVEN).ids[:N_GIVEN]
    text = asked.tokenizer.library.decode(ids)
    if asked.tokenizer.ids(text) != ids:
        raise ValueError("cut within a word: choose other words")
    batch = torch.tensor([ids], device=plain.device)
    for name, (chain, options) in CHAINS.items():
        actions = {
            "ours": lambda chain=chain: _ours(asked, text, chain),
            "generate": lambda options=options: _theirs(plain, batch, options),
        }
        in_turns(actions, 1)
        found = in_turns(actions, TURNS)
        what = f"a streamed token / transformers' generate, {name}"
        yield compared(what, 1.0, found, "ours", "generate")


def _plain():
    plain = AutoModelForCausalLM.from_pretrained(
        sources.prepare(sources.chosen()).folder, attn_implementation="sdpa", local_files_only=True
    )
    return plain.eval().requires_grad_(False)


def _ours(asked: service.Service, text: str, chain: tuple[Step, ...]) -> float:
    # A seed of its own, so that the answer is not at hand.
    question, parts = Writing(text, N_NEW, chain, next(_seeds)), []
    took = seconds(lambda: parts.append(asked.ask(question, on_part=parts.append)))
    return took / len(parts[-1].tokens)


def _theirs(plain, batch: torch.Tensor, options: dict) -> float:
    torch.manual_seed(next(_seeds))
    found: list[torch.Tensor] = []
    took = seconds(_generating(plain, batch, options, found))
    return took / (found[0].shape[1] - batch.shape[1])


def _generating(plain, batch, options, found: list) -> Callable[[], None]:
    @torch.inference_mode()
    def generate():
        found.append(
            plain.generate(batch, max_new_tokens=N_NEW, use_cache=True, pad_token_id=0, **options)
        )

    return generate
