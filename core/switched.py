"""Position interpolation put into a network that was not trained with it: what it costs.

Inside the trained length a network needs no interpolation. There, every change of the turning
speeds makes its positions unlike those of its training, and its losses tell how much it minds. A
fine-tuned network would have got used to it: that is what all the methods but dynamic NTK count on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from core import attention, interpolation
from core.interpolation import Plan, Scaled
from core.model.forward_pass import ForwardPass, ModelCard
from core.model.switch import Switch

# LongRoPE is left out: its lists are searched for one network, and there is none for this one.
METHODS = interpolation.METHODS[:-1]


@dataclass(frozen=True, eq=False)
class Side:
    """What a run shows of one head, and what its tokens cost."""

    attention_weights: Float[ndarray, "query key"]  # after softmax; NaN where masked
    surprisals: Float[ndarray, " target"]  # bits

    @property
    def mean(self) -> float:
        """Bits per token; NaN where nothing was predicted."""
        return float(self.surprisals.mean()) if len(self.surprisals) else np.nan


@dataclass(frozen=True, eq=False)
class Change:
    """A head and the losses, as trained and with a method; the same twice where it was not run."""

    before: Side
    after: Side
    is_measured: bool

    @property
    def moved(self) -> float:
        """½ Σ |after − before| over the keys, mean over the queries: the share that moved."""
        apart = np.abs(self.after.attention_weights - self.before.attention_weights)
        return float(np.nansum(apart, axis=1).mean() / 2)


@dataclass(frozen=True, eq=False)
class Costs:
    """What every token costs under every method."""

    methods: tuple[str, ...]
    surprisals: Float[ndarray, "encoding target"]  # bits

    @property
    def means(self) -> Float[ndarray, " encoding"]:
        """Bits per token; NaN where nothing was predicted."""
        n_targets = self.surprisals.shape[1]
        return self.surprisals.sum(axis=1, dtype=np.float64) / (n_targets or np.nan)

    @property
    def changes(self) -> Float[ndarray, " encoding"]:
        """Bits per token more than with the first method, which is the network as it is."""
        return self.means - self.means[0]

    @property
    def ranking(self) -> tuple[str, ...]:
        """The methods from the cheapest to the dearest, equal ones in their order."""
        means = self.means.round(4)  # equal speeds may differ in the last digits of float32
        return tuple(self.methods[place] for place in np.argsort(means, kind="stable"))


def obstacle(card: ModelCard) -> str | None:
    """Why a network's turning speeds cannot be replaced here, or None.

    no_rotation: it has none that could be taken off. already: its speeds are not those of a base,
    or it has a factor of its own, so that something has been done to it before.
    """
    if card.rope_frequencies is None or card.rope_base is None:
        return "no_rotation"
    if interpolation.count_pairs(card) < 2:
        return "no_rotation"
    plain = interpolation.trained(card).frequencies
    is_plain = np.allclose(card.rope_frequencies, plain, rtol=1e-3) and card.rope_factor == 1
    return None if is_plain else "already"


def methods(card: ModelCard, s: float, n_tokens: int) -> tuple[Scaled, ...]:
    """The methods of METHODS, for a text of so many tokens.

    Raises:
        ValueError: s or n_tokens is below 1.
    """
    plan = Plan(s, length=n_tokens)
    return interpolation.methods(interpolation.trained(card), plan)


def switch(method: Scaled) -> Switch | None:
    """A method as the network is asked to use it; None for the network as it is."""
    if method.name == "none":
        return None
    return Switch(tuple(method.frequencies.tolist()), method.factor)


def change(forward: ForwardPass, other: ForwardPass | None, layer: int, head: int) -> Change:
    """A head and the losses in two runs of a text; `forward` twice where there is no other.

    Raises what attention.head raises.
    """
    sides = [
        Side(attention.head(run, layer, head).visible_weights, run.surprisals)
        for run in (forward, other or forward)
    ]
    return Change(*sides, is_measured=other is not None)


def costs(names: Sequence[str], surprisals: Float[ndarray, "encoding target"]) -> Costs:
    """The losses of several encodings under their names.

    Raises:
        ValueError: there are not as many names as encodings.
    """
    if len(names) != len(surprisals):
        raise ValueError(f"{len(surprisals)} encodings need as many names, got {len(names)}")
    return Costs(tuple(names), surprisals)
