"""Position interpolation: a longer text in the angles that the network was trained on.

RoPE turns pair i at position m by m·θᵢ. Beyond the trained length L the slow pairs reach angles
that training never showed. All methods here answer with other turning speeds θ'ᵢ, most of them
slower by up to a factor s, and some with longer queries and keys, which sharpens attention. They
differ in which pairs they slow down. Without fine-tuning each of them changes what the network was
trained with, inside L too.

Chen et al. 2023, "Extending Context Window of Large Language Models via Positional Interpolation",
arXiv:2306.15595. Peng et al. 2023, "YaRN", arXiv:2309.00071, which names the others. Ding et al.
2024, "LongRoPE", arXiv:2402.13753. Llama 3: Grattafiori et al. 2024, arXiv:2407.21783.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from core import rope
from core.model.forward_pass import ModelCard

METHODS = ("none", "linear", "ntk", "dynamic", "by_parts", "yarn", "llama3", "longrope")
RAMPS = ("code", "paper")
LLAMA_3 = 1.0, 4.0  # low_freq_factor and high_freq_factor: turns inside L, as α and β
USUAL_BASE = 10_000.0  # RoFormer's
# Distances that a score is fitted at and computed at, at most; parts that its peaks are sought in.
N_TARGETS, N_SHOWN, N_PARTS = 1024, 4096, 64


@dataclass(frozen=True)
class Trained:
    """What a network was trained with.

    Raises:
        ValueError: d_head is odd or below 4, the base is not above 1, or the length is below 2.
    """

    d_head: int  # numbers of a head that are rotated; some networks leave the others as they are
    base: float
    length: int  # L, positions

    def __post_init__(self):
        rope.spectrum(self.d_head, self.base)  # which refuses odd widths and too small a base
        if self.d_head < 4:
            raise ValueError(f"d_head must be 4 or more for two pairs, got {self.d_head}")
        if self.length < 2:
            raise ValueError(f"length must be 2 or more, got {self.length}")

    @property
    def frequencies(self) -> Float[ndarray, " pair"]:
        """θᵢ = base^(−2i/d_head)."""
        return rope.spectrum(self.d_head, self.base).frequencies

    @property
    def turns(self) -> Float[ndarray, " pair"]:
        """Turns that each pair makes inside the trained length, r = L/λ."""
        return self.length * self.frequencies / (2 * np.pi)

    def times(self, ratio: float) -> int:
        """So many times the trained length, in whole positions."""
        return max(1, round(ratio * self.length))


@dataclass(frozen=True)
class Plan:
    """By how much to stretch, and the settings that only some methods look at.

    Raises:
        ValueError: s or the length is below 1, α is not below β, low not below high, an unknown
            ramp, or a rescale factor that is not positive.
    """

    s: float = 4.0
    length: int = 1  # l', positions of the text: dynamic
    alpha: float = 1.0  # turns inside L; pairs with fewer are slowed down fully: by_parts, yarn
    beta: float = 32.0  # turns inside L; pairs with more are left alone: by_parts, yarn
    ramp: str = "code"  # one of RAMPS: by_parts, yarn
    rescale: tuple[float, ...] = ()  # λᵢ, of each pair: longrope

    def __post_init__(self):
        if not 1 <= self.s < np.inf:
            raise ValueError(f"s must be finite and 1 or more, got {self.s}")
        if self.length < 1:
            raise ValueError(f"length must be 1 or more, got {self.length}")
        _check_ends(self.alpha, self.beta)
        if self.ramp not in RAMPS:
            raise ValueError(f"the ramps are {RAMPS}, got {self.ramp!r}")
        if not all(0 < factor < np.inf for factor in self.rescale):
            raise ValueError(f"rescale factors must be finite and above 0, got {self.rescale}")


@dataclass(frozen=True, eq=False)
class Scaled:
    """What a method puts in the place of the trained turning speeds."""

    name: str  # one of METHODS
    s: float
    trained: Float[ndarray, " pair"]  # radians per position
    frequencies: Float[ndarray, " pair"]  # radians per position
    factor: float = 1.0  # on queries and keys each

    @property
    def ratios(self) -> Float[ndarray, " pair"]:
        """New by trained speed: 1 where a pair is left alone, 1/s where it is interpolated."""
        return self.frequencies / self.trained

    @property
    def wavelengths(self) -> Float[ndarray, " pair"]:
        """Positions per turn."""
        return 2 * np.pi / self.frequencies

    @property
    def logit_factor(self) -> float:
        """By what the factor multiplies q·k, and so each score: its square."""
        return self.factor**2

    @property
    def n_untouched(self) -> int:
        """How many pairs turn as fast as before."""
        return int(np.isclose(self.ratios, 1, rtol=1e-9).sum())

    @property
    def n_interpolated(self) -> int:
        """How many pairs turn slower by the full factor s."""
        return int(np.isclose(self.ratios, 1 / self.s, rtol=1e-9).sum())


@dataclass(frozen=True, eq=False)
class Ramp:
    """How much of its trained speed each pair keeps: 1 all of it, 0 only 1/s."""

    kept: Float[ndarray, " pair"]
    first: float  # pair, as a fraction: up to here all is kept
    last: float  # pair, as a fraction: from here on nothing is


@dataclass(frozen=True, eq=False)
class Peaks:
    """The largest sizes of a score, part by part of its distances."""

    distances: Float[ndarray, " step"]  # the middle of each part
    extrapolated: Float[ndarray, " step"]
    interpolated: Float[ndarray, " step"]
    scaled: Float[ndarray, " step"]


@dataclass(frozen=True, eq=False)
class Score:
    """A score as a function of distance that was fitted to random targets inside L.

    Under RoPE, every score of a query and a key is such a sum: Σᵢ aᵢ·cos(m·θᵢ) + bᵢ·sin(m·θᵢ).
    """

    distances: Int[ndarray, " distance"]
    extrapolated: Float[ndarray, " distance"]  # at the trained speeds
    interpolated: Float[ndarray, " distance"]  # the same aᵢ and bᵢ, at θᵢ/s
    scaled: Float[ndarray, " distance"]  # the same aᵢ and bᵢ, at a method's speeds
    length: int  # L

    @property
    def largest_inside(self) -> float:
        """The largest |a| inside L, at the trained speeds."""
        return float(np.abs(self.extrapolated[self.distances < self.length]).max())

    @property
    def largest_extrapolated(self) -> float:
        """The largest |a| from L on, at the trained speeds."""
        return float(np.abs(self.extrapolated[self.distances >= self.length]).max())

    @property
    def largest_interpolated(self) -> float:
        """The largest |a| from L on, at θᵢ/s."""
        return float(np.abs(self.interpolated[self.distances >= self.length]).max())

    @property
    def largest_scaled(self) -> float:
        """The largest |a| from L on, at the method's speeds."""
        return float(np.abs(self.scaled[self.distances >= self.length]).max())

    @property
    def peaks(self) -> Peaks:
        """The largest |a| in each of 64 parts of the distances."""
        middles = [part.mean() for part in np.array_split(self.distances, N_PARTS)]
        return Peaks(
            np.array(middles),
            *(
                np.array([part.max() for part in np.array_split(np.abs(scores), N_PARTS)])
                for scores in (self.extrapolated, self.interpolated, self.scaled)
            ),
        )


def count_pairs(card: ModelCard) -> int:
    """How many pairs of a head the network rotates; without a rotation, all that it could."""
    return rope.turned_width(card) // 2


def trained(card: ModelCard, base: float | None = None, length: int | None = None) -> Trained:
    """A network's own width, base and length, or with another base or length in their place."""
    return Trained(
        2 * count_pairs(card),
        float(base or card.rope_base or USUAL_BASE),
        length or card.context_length,
    )


def scaled(name: str, trained: Trained, plan: Plan) -> Scaled:
    """The turning speeds of a method, and its factor on queries and keys.

    none: θ. linear: θ/s. ntk: the speeds of base·s^(d/(d−2)). dynamic: the same, with s from the
    length of the text. by_parts: between θ and θ/s, by a ramp. yarn: the same, and attention
    sharpened. llama3: the paper's ramp between 1 and 4 turns inside L. longrope: θᵢ/λᵢ.

    Raises:
        ValueError: no such method, or longrope without a factor for each pair.
    """
    old, s = trained.frequencies, plan.s
    if name == "linear":
        return Scaled(name, s, old, old / s)
    if name in ("ntk", "dynamic"):
        stretch = s if name == "ntk" else dynamic_stretch(s, plan.length, trained.length)
        return Scaled(
            name, s, old, rope.spectrum(trained.d_head, ntk(trained, stretch)).frequencies
        )
    if name in ("by_parts", "yarn"):
        kept = ramp(plan.ramp, trained, plan.alpha, plan.beta).kept
        factor = yarn_factor(s) if name == "yarn" else 1.0
        return Scaled(name, s, old, _between(old, s, kept), factor)
    if name == "llama3":
        kept = ramp("paper", trained, *LLAMA_3).kept
        return Scaled(name, s, old, _between(old, s, kept))
    if name == "longrope":
        if len(plan.rescale) != len(old):
            raise ValueError(f"longrope needs {len(old)} factors, got {len(plan.rescale)}")
        factor = longrope_factor(s, trained.length)
        return Scaled(name, s, old, old / np.array(plan.rescale), factor)
    if name != "none":
        raise ValueError(f"the methods are {METHODS}, got {name!r}")
    return Scaled(name, s, old, old)


def methods(trained: Trained, plan: Plan) -> tuple[Scaled, ...]:
    """All methods, in the order of METHODS; longrope only where the plan has its factors."""
    names = METHODS if plan.rescale else METHODS[:-1]
    return tuple(scaled(name, trained, plan) for name in names)


def ntk(trained: Trained, stretch: float) -> float:
    """The base of NTK-aware scaling, base·s^(d/(d−2)).

    The exponent is the one with which the slowest pair, i = d/2 − 1, becomes slower by just s:
    (s^(d/(d−2)))^(−2i/d) = s^(−2i/(d−2)) = 1/s. The fastest, i = 0, keeps its speed.
    """
    return trained.base * stretch ** (trained.d_head / (trained.d_head - 2))


def dynamic_stretch(s: float, length: int, trained_length: int) -> float:
    """The s of dynamic NTK for a text of l' tokens, as transformers has it: s·l'/L − (s − 1).

    It is 1, without effect, for a text inside L. YaRN, section 3.3, has the plain max(1, l'/L),
    which is this with s = 1; a configured s above 1 makes it grow s times as fast beyond L.
    Because the speeds change while a text grows, keys must be cached before they are rotated.
    """
    return max(1.0, 1 + s * (length / trained_length - 1))


def ramp(kind: str, trained: Trained, alpha: float, beta: float) -> Ramp:
    """How much of its speed each pair keeps: all with β turns inside L, none with α.

    paper: linear in the turns, γ = (r − α)/(β − α) (YaRN, section 3.2). code: linear in the pair's
    number, between the pairs of β and of α turns, rounded outwards, as the authors' code and
    transformers have it. As turns fall off exponentially with the pair, the code keeps more.
    Transformers keeps every pair where even the fastest has fewer than α turns; so does this.

    Raises:
        ValueError: no such ramp, or α is not below β.
    """
    _check_ends(alpha, beta)
    first, last = (_pair_with(turns, trained) for turns in (beta, alpha))
    if kind == "paper":
        return Ramp(np.clip((trained.turns - alpha) / (beta - alpha), 0, 1), first, last)
    if kind != "code":
        raise ValueError(f"the ramps are {RAMPS}, got {kind!r}")
    first = max(float(math.floor(first)), 0.0)
    # The number of the last pair would be d_head/2 − 1; the code is followed.
    last = min(float(math.ceil(last)), trained.d_head - 1.0)
    width = last - first or 0.001
    pairs = np.arange(trained.d_head // 2)
    return Ramp(1 - np.clip((pairs - first) / width, 0, 1), first, last)


def yarn_factor(s: float) -> float:
    """√(1/t) = 0.1·ln s + 1, on queries and keys each (YaRN, section 3.4).

    Scores are multiplied by its square 1/t. t is called a temperature, but as it is below 1,
    attention gets sharper, not flatter.
    """
    return 0.1 * math.log(s) + 1


def longrope_factor(s: float, trained_length: int) -> float:
    """√(1 + ln s/ln L), on queries and keys each, as transformers has it."""
    return math.sqrt(1 + math.log(s) / math.log(trained_length))


def step_factors(n_pairs: int, n_left: int, s: float) -> tuple[float, ...]:
    """A list for LongRoPE made up by hand: the first pairs left alone, all others slower by s.

    The method's own lists come from an evolutionary search that runs the network; they stand in the
    config.json of a checkpoint, and no formula gives them.

    Raises:
        ValueError: there are not so many pairs.
    """
    if not 0 <= n_left <= n_pairs:
        raise ValueError(f"n_left must be from 0 to {n_pairs}, got {n_left}")
    return (1.0,) * n_left + (s,) * (n_pairs - n_left)


def as_rope_parameters(name: str, trained: Trained, plan: Plan) -> dict[str, object] | None:
    """`rope_parameters` of a config.json that makes transformers compute the same.

    None for YaRN with the paper's ramp: transformers has no type for it. NTK-aware needs no type:
    it is a base. NTK-by-parts with the paper's ramp is Llama 3's type; with the code's, YaRN with
    a factor of 1.

    Raises:
        ValueError: no such method.
    """
    if name not in METHODS:
        raise ValueError(f"the methods are {METHODS}, got {name!r}")
    default = {"rope_type": "default", "rope_theta": trained.base}
    stretched = {"rope_theta": trained.base, "factor": plan.s}
    original = stretched | {"original_max_position_embeddings": trained.length}
    parts = original | {"beta_fast": plan.beta, "beta_slow": plan.alpha}
    by_paper, low_high = plan.ramp == "paper", ("low_freq_factor", "high_freq_factor")
    if name == "by_parts" and by_paper:
        ends = zip(low_high, (plan.alpha, plan.beta), strict=True)
        return {"rope_type": "llama3"} | original | dict(ends)
    return {
        "none": default,
        "linear": {"rope_type": "linear"} | stretched,
        "ntk": default | {"rope_theta": ntk(trained, plan.s)},
        "dynamic": {"rope_type": "dynamic"} | stretched,
        "by_parts": {"rope_type": "yarn"} | parts | {"attention_factor": 1.0},
        "yarn": None if by_paper else {"rope_type": "yarn"} | parts,
        "llama3": {"rope_type": "llama3"} | original | dict(zip(low_high, LLAMA_3, strict=True)),
        "longrope": {"rope_type": "longrope"}
        | original
        | {"short_factor": [1.0] * (trained.d_head // 2), "long_factor": [*plan.rescale]},
    }[name]


def as_config(name: str, trained: Trained, plan: Plan) -> dict[str, object] | None:
    """What to write into a config.json, or None where `as_rope_parameters` is.

    Dynamic NTK takes max_position_embeddings for the trained length; the others for the new one.
    """
    parameters = as_rope_parameters(name, trained, plan)
    stays = name in ("none", "dynamic")
    length = trained.length if stays else trained.times(plan.s)
    return parameters and {"max_position_embeddings": length, "rope_parameters": parameters}


def fitted_score(trained: Trained, new: Scaled, length: int, digits: int, seed: int) -> Score:
    """A score fitted to random targets inside L, and where it goes up to `length`, at least 2 L.

    The targets are N(0, 1); aᵢ and bᵢ are their least squares. Slow pairs are nearly constant
    inside L, so that they can be given huge coefficients which cancel each other there, but not
    further out. How huge, the exactness of the fit decides: directions that count for less than
    10^−digits of the strongest one are left out. After fig. 2 of arXiv:2306.15595.

    Raises:
        ValueError: digits are not from 1 to 15, or the seed is negative.
    """
    if not 1 <= digits <= 15:
        raise ValueError(f"digits must be from 1 to 15, got {digits}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    random = np.random.default_rng(seed)
    n_targets = min(trained.length, N_TARGETS)
    inside = np.sort(random.permutation(trained.length)[:n_targets])
    targets, waves = random.standard_normal(n_targets), _waves(inside, trained.frequencies)
    coefficients = np.linalg.lstsq(waves, targets, rcond=10.0**-digits)[0]
    end = max(length, 2 * trained.length)
    distances = np.arange(0, end, max(1, end // N_SHOWN))
    speeds = trained.frequencies, trained.frequencies / new.s, new.frequencies
    scores = (_waves(distances, one) @ coefficients for one in speeds)
    return Score(distances, *scores, trained.length)


def _waves(
    distances: Int[ndarray, " distance"], frequencies: Float[ndarray, " pair"]
) -> Float[ndarray, "distance d_head"]:
    angles = np.outer(distances, frequencies)
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


def _between(
    old: Float[ndarray, " pair"], s: float, kept: Float[ndarray, " pair"]
) -> Float[ndarray, " pair"]:
    """θ' = (1 − γ)·θ/s + γ·θ (YaRN, section 3.2)."""
    return (1 - kept) * old / s + kept * old


def _pair_with(turns: float, trained: Trained) -> float:
    """The pair, as a fraction, that makes so many turns inside L: L·base^(−2i/d) = 2π·turns."""
    ratio = trained.length / (2 * np.pi * turns)
    return trained.d_head * math.log(ratio) / (2 * math.log(trained.base))


def _check_ends(alpha: float, beta: float):
    if not 0 < alpha < beta < np.inf:
        raise ValueError(f"alpha must be above 0 and below beta, got {alpha} and {beta}")
