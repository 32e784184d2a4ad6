"""One run of the network over a text: what attention asked, found and carried, and the logits.

Several short texts go through the network together, filled up at their end to one length. The
causal mask keeps the filling out of the results: no token sees what stands after it.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile, zip_longest

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor
from transformers import DynamicCache

from core.model import capture, projection
from core.model.forward_pass import ForwardPass
from core.model.load import LoadedModel
from core.model.refusals import NotFinite, RunFailed, TextTooLong, UnusableText
from core.tokens import Token

ROWS_AT_ONCE = 128  # of the logits, when probabilities are taken from them
NOTHING_KNOWN = np.zeros(0, np.float32)


def token_ids(model: LoadedModel, text: str, n_first: int | None = None) -> list[int]:
    """The numbers of the text's tokens, with those that the tokenizer puts in front itself.

    With `n_first` only so many, of a text of any length.

    Text that spells a special token, such as "<|im_end|>", is that token, as in transformers: so a
    whole chat can be typed as the network saw it in training.

    Raises:
        EmptyText, TextTooLong, UnusableText: the text cannot be run.
    """
    found = model.tokenizer.ids(text)
    if n_first is not None:
        found = found[:n_first]
    elif len(found) > model.max_tokens:
        raise TextTooLong(len(found), model.max_tokens, "tokens")
    if max(found) >= model.card.d_vocab:
        raise UnusableText(f"the network does not know the token {max(found)}")
    return found


def run(
    model: LoadedModel, texts: Sequence[str], is_stopped: Callable[[], bool] = lambda: False
) -> list[ForwardPass]:
    """What the network does with each of the texts, as if it were run alone.

    Raises:
        EmptyText, TextTooLong, UnusableText: one of the texts cannot be run.
        NotFinite: the network's results are not numbers.
        RunFailed: a long text shows that queries and keys do not say everything after all.
        Cancelled: `is_stopped` says so; it is asked before each layer.
    """
    rows = [token_ids(model, text) for text in texts]
    return run_tokens(model, rows, texts, is_stopped)


def run_tokens(
    model: LoadedModel,
    rows: Sequence[list[int]],
    texts: Sequence[str],
    is_stopped: Callable[[], bool] = lambda: False,
    replace: capture.Replace | None = None,
) -> list[ForwardPass]:
    """What the network does with each row of token ids; the texts are only handed on.

    `replace` gives queries and keys another position encoding; see switching.py. Raises NotFinite,
    RunFailed and Cancelled as `run` does.
    """
    notes = capture.Notes(is_stopped, replace=replace)
    with torch.inference_mode(), capture.taking(notes):
        output = model.network(
            batch_of(model, rows), use_cache=False, output_attentions=not model.captures
        )
        if model.captures and not notes.is_plain:  # rather no maps than wrong ones
            raise RunFailed("failed", f"{model.card.name} masks more than the future")
        return [
            _forward_pass(model, text, ids, _of_row(i, len(ids), output, notes, model.grams))
            for i, (text, ids) in enumerate(zip(texts, rows, strict=True))
        ]


def shared_beginning(known: ForwardPass, ids: Sequence[int]) -> int:
    """How many tokens two texts have in common before they part."""
    pairs = zip(known.tokens, ids, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].id == pair[1], pairs))


def resume(
    model: LoadedModel,
    text: str,
    known: ForwardPass,
    is_stopped: Callable[[], bool] = lambda: False,
) -> ForwardPass | None:
    """The run of a text that begins as another one did: only what comes after is run.

    No token sees what stands after it, so queries, keys and values of the common beginning are
    those of the known run. The last common token is run again, because its logits were not kept.
    None where it cannot be done so: nothing in common, or a network that does not see everything.

    Raises what `run` raises.
    """
    ids = token_ids(model, text)
    m = min(shared_beginning(known, ids), len(ids)) - 1
    if m < 1 or not model.captures or known.keys is None or known.model != model.card:
        return None
    cache, like = DynamicCache(), {"device": model.network.device, "dtype": model.network.dtype}
    for layer, (keys, values) in enumerate(zip(known.keys, known.values, strict=True)):
        parts = (torch.tensor(part[None, :, :m], **like) for part in (keys, values))
        cache.update(*parts, layer)
    notes = capture.Notes(is_stopped)
    with torch.inference_mode(), capture.taking(notes):
        batch = batch_of(model, [ids[m:]])
        output = model.network(batch, past_key_values=cache, use_cache=True)
        if any(layer.window is not None for layer in notes.layers):
            return None
        arrays = _of_row(0, len(ids), output, notes, model.grams)
        arrays["queries"] = np.concatenate([known.queries[:, :, :m], arrays["queries"]], axis=2)
        return _forward_pass(model, text, ids, arrays, known.surprisals[:m])


def spelled(model: LoadedModel, ids: Sequence[int]) -> str:
    """The text of token ids; a character that is cut at an end becomes a replacement mark."""
    return b"".join(model.vocabulary[number] for number in ids).decode("utf-8", "replace")


def batch_of(model: LoadedModel, rows: Sequence[list[int]]) -> Int[Tensor, "row position"]:
    """Rows of token ids, filled up at their end, where the network is."""
    filled = list(zip_longest(*rows, fillvalue=0))  # one list per position
    return torch.tensor(filled, device=model.network.device).T.contiguous()


def run_one(model: LoadedModel, text: str) -> ForwardPass:
    """What the network does with one text. Raises what `run` raises."""
    return run(model, [text])[0]


def warm_up(model: LoadedModel):
    """Run a few tokens, so that the first real text does not pay for what is set up once."""
    known = (name.decode("utf-8", "ignore") for name in model.vocabulary)
    text = next((name for name in known if name.isalpha()), "a")
    run_one(model, text)


def surprisals(
    logits: Float[Tensor, "position vocab"], targets: Int[Tensor, " target"]
) -> Float[ndarray, " target"]:
    """−log₂ p of each target, in bits, where row i of the logits predicts target i."""
    bits = []
    for start in range(0, len(targets), ROWS_AT_ONCE):
        wanted = targets[start : start + ROWS_AT_ONCE]
        rows = logits[start : start + len(wanted)].float()
        of_targets = rows.gather(1, wanted[:, None])[:, 0]
        bits.append((rows.logsumexp(dim=1) - of_targets) / np.log(2))
    return torch.cat(bits).cpu().numpy() if bits else np.zeros(0, np.float32)


def _of_row(row: int, n: int, output, notes: capture.Notes, grams: Tensor | None) -> dict:
    """The arrays of one of the texts, without the filling."""
    logits = output.logits[row, :n]
    # Cloned: a view would keep the logits of all positions in memory, 200 MB for 1,024 tokens.
    arrays = {"logits": _array(logits[-1].clone()), "all_logits": logits}
    if output.get("attentions") is not None:
        weights = [layer[row, :, :n, :n] for layer in output.attentions if layer is not None]
        return arrays | {"attention_weights": _array(torch.stack(weights))}
    for name in ("queries", "keys", "values"):
        layers = torch.stack([getattr(layer, name)[row, :, :n] for layer in notes.layers])
        arrays[name] = _array(layers)
        if name == "values" and grams is not None:
            arrays["output_norms"] = _array(projection.output_norms(layers, grams))
    return arrays | {"scale": notes.layers[0].scale}


def _forward_pass(
    model: LoadedModel,
    text: str,
    ids: list[int],
    arrays: dict,
    known_bits: Float[ndarray, " target"] = NOTHING_KNOWN,
) -> ForwardPass:
    all_logits = arrays.pop("all_logits")
    targets = torch.tensor(ids[1 + len(known_bits) :], dtype=torch.long, device=all_logits.device)
    bits = np.concatenate([known_bits, surprisals(all_logits, targets)])
    # The last logits see every token's keys and values, so they tell about the whole run.
    if not (np.isfinite(arrays["logits"]).all() and np.isfinite(bits).all()):
        raise NotFinite(f"the logits of {model.card.name} are not finite")
    absent = dict.fromkeys(("queries", "keys", "values", "attention_weights", "output_norms"))
    return ForwardPass(
        model=model.card,
        text=text,
        tokens=tuple(Token(number, model.vocabulary[number]) for number in ids),
        vocabulary=model.vocabulary,
        surprisals=bits,
        **{"scale": model.card.d_head**-0.5, **absent, **arrays},
    )


def _array(tensor: Tensor) -> ndarray:
    return tensor.float().cpu().numpy()
