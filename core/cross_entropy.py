"""Cross-entropy: the loss that a classifier is trained to make small, as PyTorch computes it.

From the logits z of a sample the softmax makes probabilities, p = e^z ÷ Σ e^z; the loss of the
sample is −ln of the probability of its label, and the mean over the samples is what a training log
says. A language model is a classifier: a sample is a position, the classes are its vocabulary.

torch.nn.CrossEntropyLoss takes the raw logits: LogSoftmax and NLLLoss in one. In nats; ÷ ln 2 gives
bits. Label smoothing: Szegedy et al. 2016, "Rethinking the Inception Architecture", sec. 7.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

IGNORED = -100  # the label of a sample that does not count: PyTorch's ignore_index
REDUCTIONS = ("mean", "sum", "none")


@dataclass(frozen=True)
class Settings:
    """What CrossEntropyLoss can be told, under PyTorch's defaults."""

    reduction: str = "mean"  # one of REDUCTIONS
    smoothing: float = 0.0  # ε, PyTorch's label_smoothing
    class_weights: tuple[float, ...] = ()  # PyTorch's weight; empty: 1 for each class


@dataclass(frozen=True, eq=False)
class Loss:
    """Every step from the logits to the loss. A row for each sample, a column for each class."""

    settings: Settings
    logits: Float[ndarray, "target vocab"]
    labels: Int[ndarray, " target"]  # IGNORED, or the number of a class from 0
    log_probabilities: Float[ndarray, "target vocab"]  # nats
    aims: Float[ndarray, "target vocab"]  # what p should become, 1 over vocab; 0 where ignored
    terms: Float[ndarray, "target vocab"]  # w·q·(−ln p): class weight, aim, nats

    @property
    def exponentials(self) -> Float[ndarray, "target vocab"]:
        """e^z, as on paper. Libraries take the largest logit off first, which cancels."""
        return np.exp(self.logits)

    @property
    def sums(self) -> Float[ndarray, " target"]:
        """Σ e^z of each sample."""
        return self.exponentials.sum(axis=1)

    @property
    def probabilities(self) -> Float[ndarray, "target vocab"]:
        """The softmax, 1 over vocab."""
        return np.exp(self.log_probabilities)

    @property
    def counts(self) -> Bool[ndarray, " target"]:
        """Which samples are not ignored."""
        return self.labels != IGNORED

    @property
    def of_labels(self) -> Float[ndarray, " target"]:
        """−ln p of each label, before smoothing and weights; NaN where ignored."""
        # Where the label is IGNORED, any column will do.
        found = np.take_along_axis(self.log_probabilities, self._columns, axis=1)[:, 0]
        return np.where(self.counts, -found + 0.0, np.nan)

    @property
    def weights(self) -> Float[ndarray, " target"]:
        """The class weight of each label, 0 where ignored: the mean divides by their sum."""
        of_classes = np.array(self.settings.class_weights or (1.0,) * self.logits.shape[1])
        return np.where(self.counts, of_classes[self._columns[:, 0]], 0.0)

    @property
    def each(self) -> Float[ndarray, " target"]:
        """The loss of each sample, 0 where ignored: reduction="none"."""
        return self.terms.sum(axis=1)

    @property
    def total(self) -> float:
        """reduction="sum"."""
        return float(self.each.sum())

    @property
    def mean(self) -> float:
        """reduction="mean": NaN, 0 ÷ 0, where every sample is ignored."""
        shared = float(self.weights.sum())
        return self.total / shared if shared else float("nan")

    @property
    def returned(self) -> Float[ndarray, "..."]:
        """What CrossEntropyLoss returns: one number, or one for each sample."""
        by_reduction = {"mean": self.mean, "sum": self.total, "none": self.each}
        return np.asarray(by_reduction[self.settings.reduction])

    @property
    def plain(self) -> float:
        """Mean −ln p of the labels that count, without smoothing and weights; NaN if none does."""
        return float(self.of_labels[self.counts].mean()) if self.counts.any() else float("nan")

    @property
    def perplexity(self) -> float:
        """e^plain. Of a smoothed or weighted loss the exponential is no perplexity."""
        return float(np.exp(self.plain))

    @property
    def _columns(self) -> Int[ndarray, "target 1"]:
        return np.where(self.counts, self.labels, 0)[:, None]


def loss(
    logits: Float[ndarray, "target vocab"],
    labels: Int[ndarray, " target"],
    settings: Settings = Settings(),
) -> Loss:
    """−Σ w·q·ln p of each sample, with p = softmax(z): q is 1 at the label, if nothing is smoothed.

    torch.nn.CrossEntropyLoss of raw logits, with its ignore_index of −100. A logit may be −∞.

    Raises:
        ValueError: a logit is no number below ∞, or a whole row is −∞; a label is neither a class
            nor IGNORED; a setting is impossible.
    """
    z, labels = np.asarray(logits, np.float64), np.asarray(labels)
    n_classes = z.shape[1]
    _check(z, labels)
    _check_settings(settings, n_classes)
    # ln p = z − ln Σ e^z. Without the largest logit e^1000 would be infinite; it cancels.
    shifted = z - z.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    aims = smoothed(labels, n_classes, settings.smoothing)
    weighted = aims * np.array(settings.class_weights or (1.0,) * n_classes)
    # An aim of 0 counts nothing, also where ln p is −∞.
    terms = np.zeros_like(z)
    np.multiply(weighted, -log_probabilities, out=terms, where=weighted > 0)
    return Loss(settings, z, labels, log_probabilities, aims, terms)


def smoothed(
    labels: Int[ndarray, " target"], n_classes: int, smoothing: float = 0.0
) -> Float[ndarray, "target vocab"]:
    """q = (1 − ε)·[class is the label] + ε ÷ K: the label gives a little of its 1 to all K classes.

    To all, itself included, as in PyTorch. A row of zeros where the label is IGNORED.
    """
    at_label = labels[:, None] == np.arange(n_classes)
    aims = (1 - smoothing) * at_label + smoothing / n_classes
    return np.where(labels[:, None] == IGNORED, 0.0, aims)


def lowest(n_classes: int, smoothing: float) -> float:
    """H(q) in nats: where p = q, the loss has its minimum, which is 0 only without smoothing."""
    (aims,) = smoothed(np.array([0]), n_classes, smoothing)
    return float(-(aims[aims > 0] * np.log(aims[aims > 0])).sum() + 0.0)


# The softmax taken twice


def twice(found: Loss) -> Loss:
    """The bug: probabilities are put in where logits belong, so the loss takes their softmax."""
    return loss(found.probabilities, found.labels, found.settings)


def lowest_twice(n_classes: int) -> float:
    """ln(1 + (K − 1)/e): the loss of a certain and right answer, softmax twice. It is never 0.

    The second softmax is given 1 for the label and 0 for the others, at best.
    """
    return float(np.log1p((n_classes - 1) / np.e))


def highest_twice(n_classes: int) -> float:
    """ln(e + K − 1): the loss of a certain and wrong answer, softmax twice: hardly more."""
    return float(np.log(np.e + n_classes - 1))


@dataclass(frozen=True, eq=False)
class Course:
    """Both losses of one sample while the logit of its label grows; the other logits stay."""

    leads: Float[ndarray, " step"]  # of the label's logit over the largest other one
    right: Float[ndarray, " step"]  # nats
    twice: Float[ndarray, " step"]  # nats


LEADS = np.linspace(-10, 15, 126)


def lead(logits: Float[ndarray, " vocab"], label: int) -> float:
    """How far the logit of the label is above the largest other one.

    Raises:
        ValueError: there is no other class.
    """
    others = np.delete(np.asarray(logits, np.float64), label)
    if not len(others):
        raise ValueError(f"a lead needs another class, got {len(logits)}")
    return float(logits[label] - others.max())


def course(
    logits: Float[ndarray, " vocab"], label: int, leads: Float[ndarray, " step"] = LEADS
) -> Course:
    """The loss, and the loss with the softmax taken twice, for each lead of the label's logit."""
    rows = np.tile(np.asarray(logits, np.float64), (len(leads), 1))
    rows[:, label] += leads - lead(logits, label)
    right = loss(rows, np.full(len(leads), label))
    return Course(leads, right.each, twice(right).each)


def descend(
    logits: Float[ndarray, " vocab"], label: int, n_steps: int, rate: float, *, is_twice: bool
) -> Float[ndarray, " step"]:
    """The probability of the label during gradient descent on the logits: z ← z − rate·∂L/∂z.

    The gradient is p − y. With the softmax taken twice, s = softmax(p), the error s − y has to go
    back through the first softmax: p·(s − y − Σ p·(s − y)), next to nothing where p is sure.
    """
    z = np.asarray(logits, np.float64)
    aim = np.arange(len(z)) == label
    found = []
    for _ in range(n_steps + 1):
        p = _softmax(z)
        found.append(p[label])
        error = (_softmax(p) if is_twice else p) - aim
        z = z - rate * (p * (error - p @ error) if is_twice else error)
    return np.array(found)


# The loaded model's own classes are tens of thousands


@dataclass(frozen=True, eq=False)
class Likeliest:
    """The few likeliest classes of many, as if there were no others."""

    ids: Int[ndarray, " vocab"]  # their numbers among all
    logits: Float[ndarray, " vocab"]  # less the largest one, which changes no probability
    mass: float  # the probability of all of them together, among all classes
    losses: Float[ndarray, " vocab"]  # −ln p among all classes: larger by −ln mass


def likeliest(logits: Float[ndarray, " vocab"], n: int) -> Likeliest:
    """The n largest logits, and what is left out with the others.

    Among the n alone each probability is larger by 1 ÷ mass, so each loss smaller by −ln mass.
    """
    z = np.asarray(logits, np.float64)
    ids = np.argsort(-z, kind="stable")[:n]
    found = loss(z[None], ids[:1])
    return Likeliest(
        ids, z[ids] - z[ids[0]], float(found.probabilities[0, ids].sum()),
        -found.log_probabilities[0, ids],
    )  # fmt: skip


def as_torch(found: Loss) -> str:
    """The same in PyTorch, as a program that prints what CrossEntropyLoss returns."""
    settings = found.settings
    weights = f"torch.tensor({list(settings.class_weights)}, dtype=torch.float64)"
    return "\n".join([
        "import torch",
        "",
        f"logits = torch.tensor({found.logits.tolist()}, dtype=torch.float64)",
        f"labels = torch.tensor({found.labels.tolist()})",
        "loss = torch.nn.CrossEntropyLoss(",
        f"    weight={weights if settings.class_weights else None},",
        f"    ignore_index={IGNORED},",
        f'    reduction="{settings.reduction}",',
        f"    label_smoothing={settings.smoothing},",
        ")",
        "print(loss(logits, labels))  # raw logits: the softmax is inside",
    ])  # fmt: skip


def _softmax(z: Float[ndarray, " vocab"]) -> Float[ndarray, " vocab"]:
    exponentials = np.exp(z - z.max())
    return exponentials / exponentials.sum()


def _check(logits: Float[ndarray, "target vocab"], labels: Int[ndarray, " target"]):
    if not logits.size:
        raise ValueError(f"there must be a sample and a class, got {logits.shape}")
    if not (logits < np.inf).all():
        raise ValueError(f"logits must be numbers below ∞, got {logits[~(logits < np.inf)][0]}")
    if not np.isfinite(logits.max(axis=1)).all():
        raise ValueError("a sample's logits cannot all be −∞, got such a row")
    if len(labels) != len(logits):
        raise ValueError(f"each sample needs a label, got {len(logits)} and {len(labels)}")
    is_label = ((labels >= 0) & (labels < logits.shape[1])) | (labels == IGNORED)
    if not is_label.all():
        n_classes, wrong = logits.shape[1], labels[~is_label][0]
        raise ValueError(f"a label must be a class below {n_classes} or {IGNORED}, got {wrong}")


def _check_settings(settings: Settings, n_classes: int):
    if settings.reduction not in REDUCTIONS:
        raise ValueError(
            f"reduction must be one of {', '.join(REDUCTIONS)}, got {settings.reduction!r}"
        )
    if not 0 <= settings.smoothing <= 1:
        raise ValueError(f"smoothing must lie between 0 and 1, got {settings.smoothing}")
    weights = settings.class_weights
    if weights and len(weights) != n_classes:
        raise ValueError(f"{n_classes} classes need as many weights, got {len(weights)}")
    if not all(0 <= weight < np.inf for weight in weights):
        raise ValueError(f"class weights must be finite and not negative, got {weights}")
