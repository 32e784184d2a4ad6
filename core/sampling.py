"""Sampling: from the network's logits to the distribution that the next token is drawn from.

A chain of stages. Some move the logits (penalties, a bias, the temperature), others remove tokens
by setting their logit to −∞ (top-k, top-p, min-p, typical, epsilon, eta, repeated n-grams). What
is left is normalised again by the softmax, so each stage reads the distribution that the one
before it left, and the order matters: a temperature before top-p changes which tokens are kept.

Each stage is that of transformers 5.23 (generation/logits_process.py) with min_tokens_to_keep = 1,
here in float64; where another library differs, the stage says so.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

PENALTIES = ("repetition", "presence", "frequency", "no_repeat_ngram")  # they look at the text
# In the order in which transformers applies them; ORDERS has those of other libraries.
STEPS = (
    "bias", *PENALTIES, "temperature", "top_k", "top_p", "min_p", "typical", "epsilon", "eta"
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One stage that is switched on."""

    name: str  # one of STEPS
    value: float | int = 0.0  # the temperature, k, p, the penalty, n … by its name
    biases: tuple[tuple[int, float], ...] = ()  # of "bias": token id, what is added to its logit


@dataclass(frozen=True)
class Context:
    """The text so far, which the penalties look at."""

    ids: tuple[int, ...] = ()
    n_prompt: int = 0  # so many of them were given; those after were written

    @property
    def written(self) -> tuple[int, ...]:
        """The tokens that were written after the prompt."""
        return self.ids[self.n_prompt :]


class NothingLeft(ValueError):
    """Every token was removed: there is nothing to draw from."""

    def __init__(self, place: int, name: str):
        super().__init__(f"stage {place} ({name}) left no token to draw from")
        self.place, self.name = place, name  # place 0: the logits themselves


@dataclass(frozen=True, eq=False)
class SamplingStage:
    """The logits after one step, and the distribution that they stand for."""

    logits: Float[ndarray, " vocab"]  # −∞ where removed
    probabilities: Float[ndarray, " vocab"]  # softmax of the logits, 1 in sum
    step: Step | None = None  # None: as the network gave them
    removed_mass: float = 0.0  # probability, before the step, of the tokens that it removed
    divergence: float = 0.0  # bits, KL(this stage ‖ the network's own distribution)

    @property
    def kept(self) -> Bool[ndarray, " vocab"]:
        """Which tokens can still be drawn."""
        return np.isfinite(self.logits)

    @property
    def n_kept(self) -> int:
        """How many tokens can still be drawn."""
        return int(self.kept.sum())

    @property
    def entropy(self) -> float:
        """H = −Σ p·log₂ p, in bits."""
        likely = self.probabilities[self.probabilities > 0]
        return float(-(likely * np.log2(likely)).sum() + 0.0)  # + 0.0: no "−0.0" for a sure token

    @property
    def n_choices(self) -> float:
        """2^H: so many equally likely tokens would be as uncertain."""
        return float(np.exp2(self.entropy))

    @property
    def log_normaliser(self) -> float:
        """ln Σ e^logit, so that p = e^(logit − log_normaliser)."""
        return _log_sum_exp(self.logits)


@dataclass(frozen=True)
class Way:
    """One token's numbers through the stages: p = e^last / Σ e^last over the kept."""

    logit: float  # as the network gave it
    last: float  # after the last stage; −∞ if it was removed
    log_normaliser: float  # ln Σ e^last over the kept tokens
    probability: float
    fate: str  # kept, removed, or greedy where a temperature of 0 chose it
    removed_by: str  # the name of the stage that removed it; empty if none did


@dataclass(frozen=True, eq=False)
class Moved:
    """The tokens that the penalties and the bias moved, those of the text first, in its order."""

    ids: Int[ndarray, " token"]
    before: Float[ndarray, " token"]  # logits before the first of these stages
    after: Float[ndarray, " token"]  # and after the last one; −∞ where banned


@dataclass(frozen=True, eq=False)
class Sampling:
    """The way of the logits through the stages, in their order."""

    stages: tuple[SamplingStage, ...]  # the first one: as the network gave them
    context: Context

    @property
    def raw(self) -> SamplingStage:
        """Before all steps."""
        return self.stages[0]

    @property
    def final(self) -> SamplingStage:
        """What is drawn from."""
        return self.stages[-1]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that were taken."""
        return tuple(stage.step for stage in self.stages[1:])

    @property
    def removed_by(self) -> Int[ndarray, " vocab"]:
        """The number of the stage that removed each token; 0 where none did."""
        numbers = np.zeros(len(self.raw.logits), dtype=int)
        for place in range(len(self.stages) - 1, 0, -1):
            numbers[self.stages[place - 1].kept & ~self.stages[place].kept] = place
        return numbers

    @property
    def last_seen(self) -> Float[ndarray, " vocab"]:
        """Each token's probability in the last stage that still had it."""
        seen, gone = self.final.probabilities.copy(), self.removed_by
        for place in np.unique(gone[gone > 0]):
            seen[gone == place] = self.stages[place - 1].probabilities[gone == place]
        return seen

    @property
    def removed_mass(self) -> float:
        """What the network's own distribution gave to the tokens that were removed."""
        return float(self.raw.probabilities[~self.final.kept].sum())

    def moved(self, n: int) -> Moved:
        """The n tokens that the penalties and the bias moved most, from before them to after."""
        places = [k for k, step in enumerate(self.steps, 1) if step.name in ("bias", *PENALTIES)]
        pairs = [(self.stages[k - 1].logits, self.stages[k].logits) for k in places]
        if not pairs:
            return Moved(np.zeros(0, int), np.zeros(0), np.zeros(0))
        ids = np.flatnonzero(np.any([before != after for before, after in pairs], axis=0))
        before, after = pairs[0][0][ids], pairs[-1][1][ids]
        most = np.argsort(-np.abs(after - before), kind="stable")[:n]
        first = {number: place for place, number in reversed([*enumerate(self.context.ids)])}
        most = sorted(most, key=lambda one: (first.get(int(ids[one]), len(first)), ids[one]))
        return Moved(ids[most], before[most], after[most])

    def watched(self, n: int) -> Int[ndarray, " token"]:
        """The n tokens that are likeliest at any stage, in the order of their own logits."""
        most = np.max([stage.probabilities for stage in self.stages], axis=0)
        ids = np.sort(np.argpartition(-most, min(n, len(most)) - 1)[:n])
        return ids[rank(self.raw.logits[ids])]

    def ranks(self, ids: Int[ndarray, " token"]) -> Int[ndarray, " token"]:
        """The ranks that the network gave to tokens, from 1; equal ones by their number."""
        logits, numbers = self.raw.logits, np.arange(len(self.raw.logits))
        before = [(logits > logits[i]) | ((logits == logits[i]) & (numbers < i)) for i in ids]
        return np.array([1 + int(one.sum()) for one in before], dtype=int)

    def way_of(self, token_id: int) -> Way:
        """The numbers of one token, to be put into the formula."""
        place = next((n for n, s in enumerate(self.stages) if not s.kept[token_id]), 0)
        is_greedy = any(step.name == "temperature" and step.value == 0 for step in self.steps)
        return Way(
            logit=float(self.raw.logits[token_id]),
            last=float(self.final.logits[token_id]),
            log_normaliser=self.final.log_normaliser,
            probability=float(self.final.probabilities[token_id]),
            fate="removed" if not self.final.kept[token_id] else "greedy" if is_greedy else "kept",
            removed_by=self.stages[place].step.name if place else "",
        )


# The orders of the stages in three libraries. Not every library has every stage; one that it has
# not stands where its makers put its nearest relative.
ORDERS = {
    # 5.23, GenerationMixin._get_logits_processor. It has no presence and frequency penalty.
    "transformers": STEPS,
    # common/common.h (common_params_sampling.samplers, 2025 to 2026) after the logit bias: one
    # sampler holds the three penalties, and the temperature comes last. It has no n-gram rule
    # (DRY stands there), no epsilon and no eta.
    "llama_cpp": (
        "bias", "repetition", "frequency", "presence", "no_repeat_ngram", "top_k", "typical",
        "top_p", "min_p", "epsilon", "eta", "temperature",
    ),
    # V1, vllm/v1/sample/sampler.py: min-p before top-k and top-p. It has no n-gram rule, typical,
    # epsilon or eta.
    "vllm": (
        "bias", "repetition", "frequency", "presence", "no_repeat_ngram", "temperature", "min_p",
        "top_k", "top_p", "typical", "epsilon", "eta",
    ),
}  # fmt: skip


def in_order(steps: Sequence[Step], library: str) -> tuple[Step, ...]:
    """The same steps as a library would order them.

    Raises:
        ValueError: the library is not one of ORDERS.
    """
    if library not in ORDERS:
        raise ValueError(f"the library must be one of {', '.join(ORDERS)}, got {library!r}")
    return tuple(sorted(steps, key=lambda step: ORDERS[library].index(step.name)))


def pipeline(
    logits: Float[ndarray, " vocab"], steps: Sequence[Step], context: Context = Context()
) -> Sampling:
    """The distribution after each of the steps, taken in the order given.

    Computed in float64, so that sums over a large vocabulary do not drift. A logit of −∞ stays.

    Raises:
        NothingLeft: a step removed every token. transformers would go on: its softmax is NaN, and
            torch.multinomial fails. No filter does this, they all keep the likeliest token; a ban
            on n-grams or a bias of −∞ can.
        ValueError: a step is unknown or has an impossible value; a logit is NaN or +∞.
    """
    raw = np.asarray(logits, dtype=np.float64)
    if np.isnan(raw).any() or np.isposinf(raw).any():
        raise ValueError(f"logits must be numbers below ∞, got {raw[~(raw < np.inf)][0]}")
    stages = [stage(_some(raw, 0, "raw"))]
    for place, step in enumerate(steps, 1):
        before = stages[-1]
        now = stage(_some(apply(step, before.logits, context), place, step.name))
        lost = before.kept & ~now.kept
        removed = float(before.probabilities[lost].sum())
        bits = divergence(now, stages[0])
        stages.append(SamplingStage(now.logits, now.probabilities, step, removed, bits))
    return Sampling(tuple(stages), context)


def apply(
    step: Step, logits: Float[ndarray, " vocab"], context: Context
) -> Float[ndarray, " vocab"]:
    """The logits after one step. Raises what the step's own function raises."""
    if step.name not in FUNCTIONS:
        raise ValueError(f"a step must be one of {', '.join(STEPS)}, got {step.name!r}")
    function = FUNCTIONS[step.name]
    value = int(step.value) if step.name in ("top_k", "no_repeat_ngram") else float(step.value)
    match step.name:
        case "bias":
            return function(logits, step.biases)
        case "repetition" | "no_repeat_ngram":
            return function(logits, value, context.ids)
        case "presence" | "frequency":
            return function(logits, value, context.written)
        case _:
            return function(logits, value)


def rank(logits: Float[ndarray, " vocab"]) -> Int[ndarray, " vocab"]:
    """Token ids, the most likely first, equal ones by their number."""
    return np.argsort(-logits, kind="stable")


def stage(logits: Float[ndarray, " vocab"]) -> SamplingStage:
    """Logits together with their softmax, e^z ÷ Σ e^z."""
    exponentials = np.exp(logits - logits.max())
    return SamplingStage(logits, exponentials / exponentials.sum())


def divergence(now: SamplingStage, raw: SamplingStage) -> float:
    """KL(p ‖ q) = Σ p·log₂(p/q) in bits: what a stage has added to the network's distribution."""
    likely = now.probabilities > 0
    log_p = now.logits[likely] - now.log_normaliser
    log_q = raw.logits[likely] - raw.log_normaliser
    nats = (now.probabilities[likely] * (log_p - log_q)).sum()
    return max(0.0, float(nats / np.log(2)))  # rounding may leave −1e-16


# Stages that move the logits


def add_bias(
    logits: Float[ndarray, " vocab"], biases: Sequence[tuple[int, float]]
) -> Float[ndarray, " vocab"]:
    """z + b for the named tokens: their odds against all others change by e^b. −∞ bans a token.

    transformers' sequence_bias for sequences of one token; OpenAI's and vLLM's logit_bias.

    Raises:
        ValueError: a token is not in the vocabulary, or a bias is NaN or +∞.
    """
    moved = logits.copy()
    for token_id, bias in biases:
        if not 0 <= token_id < len(logits):
            raise ValueError(f"token {token_id} is not one of {len(logits)}")
        if not bias < np.inf:
            raise ValueError(f"a bias must be a number below ∞, got {bias}")
        moved[token_id] += bias
    return moved


def penalise_repetition(
    logits: Float[ndarray, " vocab"], penalty: float, seen: Sequence[int]
) -> Float[ndarray, " vocab"]:
    """z ÷ θ where z > 0, z·θ where z < 0, once for each distinct token that was seen.

    Both make the token less likely for θ > 1. Keskar et al. 2019 (arXiv:1909.05858, sec. 4.1)
    divide by θ whatever the sign, which would reward a token with a negative logit. The prompt
    counts, as in transformers and vLLM; llama.cpp looks at the last 64 tokens only.

    Raises:
        ValueError: the penalty is not a finite number above 0.
    """
    if not 0 < penalty < np.inf:
        raise ValueError(f"penalty must be a finite number above 0, got {penalty}")
    moved, ids = logits.copy(), _known(seen, logits)
    moved[ids] = np.where(moved[ids] < 0, moved[ids] * penalty, moved[ids] / penalty)
    return moved


def penalise_presence(
    logits: Float[ndarray, " vocab"], penalty: float, written: Sequence[int]
) -> Float[ndarray, " vocab"]:
    """z − α for each token that was written at least once.

    OpenAI's presence_penalty, as vLLM has it: the prompt does not count (in llama.cpp it does).

    Raises:
        ValueError: the penalty is not a finite number.
    """
    moved = logits.copy()
    moved[_known(written, logits)] -= _finite(penalty)
    return moved


def penalise_frequency(
    logits: Float[ndarray, " vocab"], penalty: float, written: Sequence[int]
) -> Float[ndarray, " vocab"]:
    """z − α·n for a token that was written n times: each time costs as much again.

    OpenAI's frequency_penalty, as vLLM has it: the prompt does not count (in llama.cpp it does).

    Raises:
        ValueError: the penalty is not a finite number.
    """
    counts, moved = Counter(written), logits.copy()
    ids = _known(written, logits)
    moved[ids] -= _finite(penalty) * np.array([counts[number] for number in ids.tolist()])
    return moved


def temper(logits: Float[ndarray, " vocab"], temperature: float) -> Float[ndarray, " vocab"]:
    """z ÷ T. Below 1 sharpens, above 1 flattens; the order stays.

    0 stands for the limit: all probability on the most likely token (greedy; of equal ones the
    lowest number). transformers refuses 0; vLLM takes less than 1e-5 as greedy.

    Raises:
        ValueError: the temperature is negative or not a finite number.
    """
    if not (np.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"temperature must be a finite number from 0 up, got {temperature}")
    # A temperature this small overflows the division; its softmax is already the limit's.
    if temperature < 1e-300:
        greedy = np.full_like(logits, -np.inf)
        greedy[np.argmax(logits)] = 0.0
        return greedy
    # Taking the largest off first would give the same softmax, but not the numbers of the formula.
    return logits / temperature


# Stages that remove tokens


def ban_ngrams(
    logits: Float[ndarray, " vocab"], n: int, seen: Sequence[int]
) -> Float[ndarray, " vocab"]:
    """−∞ for each token that would complete a sequence of n tokens that is in the text already.

    The prompt counts. transformers' no_repeat_ngram_size; with n = 1 no token comes twice.

    Raises:
        ValueError: n is less than 1.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, got {n}")
    ids, start = tuple(seen), tuple(seen[len(seen) - n + 1 :])  # the n − 1 last ones
    if len(ids) < n:
        return logits
    windows = (ids[place : place + n] for place in range(len(ids) - n + 1))
    filtered = logits.copy()
    filtered[_known([window[-1] for window in windows if window[:-1] == start], logits)] = -np.inf
    return filtered


def top_k(logits: Float[ndarray, " vocab"], k: int) -> Float[ndarray, " vocab"]:
    """−∞ for all but the k largest; 0, or more than there are, keeps all.

    Tokens equal to the k-th stay, so there may be more than k, as in transformers and vLLM;
    llama.cpp keeps k. Fan et al. 2018, arXiv:1805.04833.

    Raises:
        ValueError: k is negative.
    """
    if k < 0:
        raise ValueError(f"k must be 0 (off) or more, got {k}")
    if k == 0 or k >= len(logits):
        return logits
    smallest_kept = np.partition(logits, -k)[-k]
    return np.where(logits >= smallest_kept, logits, -np.inf)


def top_p(logits: Float[ndarray, " vocab"], p: float) -> Float[ndarray, " vocab"]:
    """−∞ outside the smallest set of the most likely tokens whose probabilities reach p.

    The token that crosses p belongs to the set, so at least one is always kept; 1 keeps all.
    Holtzman et al. 2020, arXiv:1904.09751, eq. 2. As in transformers, the probabilities are added
    up from the least likely one, and tokens go while the sum is ≤ 1 − p; of equal tokens at the
    edge those with the lower numbers stay, which transformers leaves to its sort.

    Raises:
        ValueError: p is not from 0 to 1.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must be from 0 to 1, got {p}")
    if p == 1:
        return logits
    rising = np.sort(logits)
    n_kept = max(1, int((np.cumsum(stage(rising).probabilities) > 1 - p).sum()))
    smallest = rising[-n_kept]
    filtered = np.where(logits > smallest, logits, -np.inf)
    n_equals = n_kept - int((logits > smallest).sum())
    filtered[np.flatnonzero(logits == smallest)[:n_equals]] = smallest
    return filtered


def min_p(logits: Float[ndarray, " vocab"], p: float) -> Float[ndarray, " vocab"]:
    """−∞ where a probability is less than p times the largest.

    Nguyen et al. 2024, arXiv:2407.01082. The bar is high where the network is sure and low where
    it is not. A token exactly at the bar stays; 1 keeps the likeliest ones, 0 keeps all.

    Raises:
        ValueError: p is not from 0 to 1.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must be from 0 to 1, got {p}")
    probabilities = stage(logits).probabilities
    return np.where(probabilities < p * probabilities.max(), -np.inf, logits)


def typical(logits: Float[ndarray, " vocab"], mass: float) -> Float[ndarray, " vocab"]:
    """−∞ outside the tokens whose surprisal is nearest to the entropy, until they reach a mass.

    Sorted by |−ln p − H|, the smallest such set with at least the mass. Meister et al. 2022,
    arXiv:2202.00666, sec. 4. It may remove the most likely token, where that one is less
    surprising than typical. As in transformers, tokens equally far from H as the last one stay.
    0 keeps the most typical; transformers refuses 0, and leaves this stage out at 1.

    Raises:
        ValueError: the mass is not from 0 to 1.
    """
    if not 0 <= mass <= 1:
        raise ValueError(f"mass must be from 0 to 1, got {mass}")
    if mass == 1:
        return logits
    log_p = logits - _log_sum_exp(logits)
    p = np.exp(log_p)
    entropy = -(p[p > 0] * log_p[p > 0]).sum()  # nats
    distances = np.abs(-log_p - entropy)
    order = np.argsort(distances, kind="stable")
    last = min(int((np.cumsum(p[order]) < mass).sum()), len(logits) - 1)
    return np.where(distances > distances[order[last]], -np.inf, logits)


def epsilon(logits: Float[ndarray, " vocab"], least: float) -> Float[ndarray, " vocab"]:
    """−∞ where a probability is below ε; the likeliest tokens stay whatever they have.

    Hewitt et al. 2022, arXiv:2210.15191, sec. 3. 0 keeps all, which transformers refuses.

    Raises:
        ValueError: ε is not at least 0 and below 1.
    """
    if not 0 <= least < 1:
        raise ValueError(f"epsilon must be at least 0 and below 1, got {least}")
    is_low = stage(logits).probabilities < least
    return np.where(is_low & (logits < logits.max()), -np.inf, logits)


def eta(logits: Float[ndarray, " vocab"], least: float) -> Float[ndarray, " vocab"]:
    """−∞ where a probability is below η = min(ε, √ε·e^−H): lower where the network is unsure.

    Hewitt et al. 2022, arXiv:2210.15191, sec. 3, with α = √ε as they recommend; H in nats.
    transformers keeps ε in float32, here it is float64: a difference of one part in 10⁷.

    Raises:
        ValueError: ε is not at least 0 and below 1.
    """
    if not 0 <= least < 1:
        raise ValueError(f"eta must be at least 0 and below 1, got {least}")
    entropy = stage(logits).entropy * np.log(2)
    return epsilon(logits, float(min(least, np.sqrt(least) * np.exp(-entropy))))


FUNCTIONS = {
    "bias": add_bias, "repetition": penalise_repetition, "presence": penalise_presence,
    "frequency": penalise_frequency, "no_repeat_ngram": ban_ngrams, "temperature": temper,
    "top_k": top_k, "top_p": top_p, "min_p": min_p, "typical": typical, "epsilon": epsilon,
    "eta": eta,
}  # fmt: skip


def _some(logits: Float[ndarray, " vocab"], place: int, name: str) -> Float[ndarray, " vocab"]:
    """The logits, if one of them is left. Raises NothingLeft otherwise."""
    if not np.isfinite(logits.max()):
        raise NothingLeft(place, name)
    return logits


def _known(ids: Sequence[int], logits: Float[ndarray, " vocab"]) -> Int[ndarray, " token"]:
    """The distinct tokens among them that have a logit: some networks have fewer than tokens."""
    return np.array(sorted({number for number in ids if 0 <= number < len(logits)}), dtype=int)


def _finite(penalty: float) -> float:
    if not np.isfinite(penalty):
        raise ValueError(f"penalty must be a finite number, got {penalty}")
    return penalty


def _log_sum_exp(logits: Float[ndarray, " vocab"]) -> float:
    largest = logits.max()
    return float(largest + np.log(np.exp(logits - largest).sum()))
