"""The softmax p = e^z/Σe^z and its gradient.

Every probability depends on every logit: ∂p_i/∂z_j = p_i·(δ_ij − p_j), a table whose rows and
columns add up to 0, because the probabilities always add up to 1. Together with the loss −ln p_y
it becomes as simple as can be: the gradient in the logits is p − y, with y = 1 for the label.

Bridle 1990, "Probabilistic Interpretation of Feedforward Classification Network Outputs"; Bishop
2006, "Pattern Recognition and Machine Learning", eq. 4.106 and 4.109.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

WIDEST = 10.0  # logits to both sides of the one that is looked at
N_PLACES = 161
SHIFTS = (-200.0, -110.0, -100.0, -50.0, 0.0, 50.0, 80.0, 90.0, 100.0, 200.0)


@dataclass(frozen=True, eq=False)
class Gradient:
    """How the loss of one label changes with the logits."""

    logits: Float[ndarray, " outcome"]
    probabilities: Float[ndarray, " outcome"]
    target: Float[ndarray, " outcome"]  # y: 1 for the label, else 0
    loss: float  # nats, −ln p of the label

    @property
    def of_logits(self) -> Float[ndarray, " outcome"]:
        """∂loss/∂z = p − y, 0 in sum."""
        return self.probabilities - self.target

    @property
    def pull(self) -> float:
        """1 − p of the label, by which a unit step would raise its logit."""
        return float(-self.of_logits[self.target.argmax()])


@dataclass(frozen=True, eq=False)
class Saturation:
    """One logit is moved while the others stay."""

    logits: Float[ndarray, " place"]  # of the label
    probabilities: Float[ndarray, " place"]  # of the label
    slopes: Float[ndarray, " place"]  # ∂p_y/∂z_y = p_y·(1 − p_y)
    cross_entropy: Float[ndarray, " place"]  # ∂(−ln p_y)/∂z_y = p_y − 1
    squared_error: Float[ndarray, " place"]  # ∂(½·Σ(p − y)²)/∂z_y


@dataclass(frozen=True, eq=False)
class Descent:
    """Gradient descent on the logits themselves, from the start to the last step."""

    logits: Float[ndarray, "step outcome"]
    probabilities: Float[ndarray, "step outcome"]
    losses: Float[ndarray, " step"]  # nats
    label: int
    rate: float

    @property
    def gradients(self) -> Float[ndarray, "step outcome"]:
        """p − y at each step."""
        return self.probabilities - (np.arange(self.logits.shape[1]) == self.label)


@dataclass(frozen=True, eq=False)
class Shifts:
    """The same logits plus a constant, in 32 bits: as the formula stands, and as it is computed."""

    constants: Float[ndarray, " shift"]
    naive: Float[ndarray, "shift outcome"]  # e^z/Σe^z; NaN is what comes out
    stable: Float[ndarray, "shift outcome"]  # with the largest logit taken away from all first


def softmax(logits: Float[ndarray, " outcome"]) -> Float[ndarray, " outcome"]:
    """e^z/Σe^z, with the largest logit taken away first: it cancels, and no e^z overflows.

    Raises:
        ValueError: there is no logit, or one is not finite.
    """
    _check(logits)
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum()


def log_softmax(logits: Float[ndarray, " outcome"]) -> Float[ndarray, " outcome"]:
    """z − ln Σe^z, without the detour over p, which would round small ones to 0 and their logarithm
    to −∞.

    Raises:
        ValueError: there is no logit, or one is not finite.
    """
    _check(logits)
    below = logits - logits.max()
    return below - np.log(np.exp(below).sum())


def jacobian(logits: Float[ndarray, " outcome"]) -> Float[ndarray, "outcome logit"]:
    """∂p_i/∂z_j = p_i·(δ_ij − p_j): positive for the own logit, negative for all others.

    Raises:
        ValueError: there is no logit, or one is not finite.
    """
    p = softmax(logits)
    return np.diag(p) - np.outer(p, p)


def gradient(logits: Float[ndarray, " outcome"], label: int) -> Gradient:
    """The loss −ln p of the label, and its gradient p − y in the logits.

    Raises:
        ValueError: a logit is not finite, or the label is none of the outcomes.
    """
    _check(logits)
    _check_label(logits, label)
    target = (np.arange(len(logits)) == label).astype(np.float64)
    return Gradient(logits, softmax(logits), target, -float(log_softmax(logits)[label]) + 0.0)


def saturation(logits: Float[ndarray, " outcome"], label: int) -> Saturation:
    """What the gradient becomes while the label's own logit goes from far below to far above.

    p_y is a sigmoid of it, flat at both ends, and so is a squared error on p: a confident mistake
    teaches nothing. The logarithm in the cross-entropy undoes this at the low end: p_y − 1 → −1.

    Raises:
        ValueError: there is only one outcome, a logit is not finite, or the label is none of them.
    """
    _check(logits)
    _check_label(logits, label)
    if len(logits) < 2:
        raise ValueError("one outcome is always sure: at least 2 logits are needed, got 1")
    others = np.delete(logits, label)
    highest = others.max()
    middle = highest + np.log(np.exp(others - highest).sum())  # where p_y = 1/2
    places = np.linspace(middle - WIDEST, middle + WIDEST, N_PLACES)
    rest = softmax(others)  # how the others share 1 − p_y
    p = 1 / (1 + np.exp(middle - places))
    slopes = p * (1 - p)
    # ½·((p − 1)² + (1 − p)²·Σrest²) is differentiated by p, and p by its logit.
    squared = -(1 - p) * (1 + (rest**2).sum()) * slopes
    return Saturation(places, p, slopes, p - 1, squared)


def descend(logits: Float[ndarray, " outcome"], label: int, rate: float, n_steps: int) -> Descent:
    """z ← z − rate·(p − y), n times.

    Raises:
        ValueError: the rate is not a number from 0 up, n is negative, or what `gradient` refuses.
    """
    if not (0 <= rate < np.inf and n_steps >= 0):
        raise ValueError(f"a rate and a number of steps from 0 up, got {rate} and {n_steps}")
    z = np.asarray(logits, dtype=np.float64)
    course = [gradient(z, label)]
    for _ in range(n_steps):
        z = z - rate * course[-1].of_logits
        course.append(gradient(z, label))
    return Descent(
        np.array([step.logits for step in course]),
        np.array([step.probabilities for step in course]),
        np.array([step.loss for step in course]),
        label,
        rate,
    )


def naive(logits: Float[ndarray, " outcome"]) -> Float[ndarray, " outcome"]:
    """e^z/Σe^z as it stands, in the type of the logits: where they are large, NaN, from ∞/∞ or 0/0.

    In float32 e^z overflows above z = 88.72 and is 0 below −103.98.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        exponentials = np.exp(logits)
        return exponentials / exponentials.sum()


def shifts(logits: Float[ndarray, " outcome"]) -> Shifts:
    """The softmax of z + c for all SHIFTS, in 32 bits. By the formula c changes nothing.

    Raises:
        ValueError: there is no logit, or one is not finite.
    """
    _check(logits)
    moved = [(logits + constant).astype(np.float32) for constant in SHIFTS]
    return Shifts(
        np.array(SHIFTS),
        np.array([naive(one) for one in moved]),
        np.array([softmax(one) for one in moved]),
    )


def _check(logits: Float[ndarray, " outcome"]) -> None:
    if not (len(logits) and np.isfinite(logits).all()):
        raise ValueError(f"at least one logit, all of them finite, got {logits}")


def _check_label(logits: Float[ndarray, " outcome"], label: int) -> None:
    if not 0 <= label < len(logits):
        raise ValueError(f"the label must be one of {len(logits)} outcomes, got {label}")
