"""Logits and labels for the page on cross-entropy: typed, dragged, or taken from an example."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from jaxtyping import Float
from numpy import ndarray

from core import cross_entropy
from core.cross_entropy import IGNORED, Likeliest, Loss, Settings
from core.model.forward_pass import ForwardPass
from pages.text import Text
from pages.ui import address
from pages.ui.number_list import as_words, numbers_in, type_list
from pages.ui.page import choose, choose_index

MOST_SAMPLES, MOST_CLASSES = 6, 8
LOW, HIGH = -50.0, 50.0  # of a logit that is typed
LONGEST = 600  # characters
FIELDS = {"logits": 320, "labels": 150}  # pixels
ROWS = ";"  # stands between the samples
Rows = tuple[tuple[float, ...], ...]
Labels = tuple[int, ...]
EXAMPLES: dict[str, tuple[Rows, Labels]] = {
    "textbook": (((1.0, 2.0, 3.0), (3.0, 2.0, 1.0)), (2, 0)),
    "sure_right": (((0.0, 0.0, 9.0),), (2,)),
    "sure_wrong": (((9.0, 0.0, 0.0),), (2,)),
    "one_ignored": (((1.0, 2.0, 3.0), (3.0, 2.0, 1.0), (0.0, 5.0, 0.0)), (2, 0, IGNORED)),
    "all_ignored": (((1.0, 2.0, 3.0), (3.0, 2.0, 1.0)), (IGNORED, IGNORED)),
}
USUAL = EXAMPLES["textbook"]


@dataclass(frozen=True, eq=False)
class Batch:
    """What the page looks at, and how it is changed from within its figures."""

    found: Loss
    sample: int  # the one that is looked at
    choose_sample: Callable[[int], None]
    drag: Callable[[int, float], None]  # class, logit
    choose_label: Callable[[int, int], None]  # class, row of the figure
    names: tuple[str, ...]  # of the classes
    is_own: bool  # the loaded model's own logits, of its likeliest tokens
    likeliest: Likeliest

    @property
    def row(self) -> Float[ndarray, " vocab"]:
        """The logits of the sample."""
        return self.found.logits[self.sample]

    @property
    def label(self) -> int:
        """The label of the sample, or IGNORED."""
        return int(self.found.labels[self.sample])

    @property
    def stand_in(self) -> int:
        """The label; for a sample that is ignored, its likeliest class."""
        return int(self.row.argmax()) if self.label == IGNORED else self.label

    @property
    def kind(self) -> str:
        """ignored, plain, weighted or smoothed: how the loss of the sample is come by."""
        settings = self.found.settings
        if self.label == IGNORED:
            return "ignored"
        return (
            "smoothed" if settings.smoothing else "weighted" if settings.class_weights else "plain"
        )

    @property
    def reduction(self) -> str:
        """mean, sum or none; empty where there is a mean of nothing."""
        chosen = self.found.settings.reduction
        return "empty" if chosen == "mean" and np.isnan(self.found.mean) else chosen

    @property
    def values(self) -> dict[str, object]:
        """The fields that name this view in words and recipes."""
        settings = self.found.settings
        return {
            "logits": self.found.logits.tolist(),
            "labels": self.found.labels.tolist(),
            "reduction": settings.reduction,
            "label_smoothing": settings.smoothing,
            "class_weights": settings.class_weights,
            "sample": self.sample,
            "n_samples": len(self.found.labels),
            "n_classes": self.found.logits.shape[1],
            "label": self.label,
        }


def choose_batch(forward: ForwardPass, text: Text) -> Batch:
    """The fields in one row, with examples and options behind buttons."""
    few = cross_entropy.likeliest(forward.logits, MOST_CLASSES)
    own = (tuple(round(float(z), 2) + 0.0 for z in few.logits),)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rows = _kept("logits", USUAL[0], lambda words: read_rows(words)[0], write_rows)
        _field("logits", write_rows(rows, ", ", "; "), read_rows, text)
        n, k = len(rows), len(rows[0])
        labels = fitted(_kept("labels", USUAL[1], read_any_labels, write_labels), n, k)
        _field("labels", write_labels(labels, ", "), partial(read_labels, n, k), text)
        if n > 1:
            label = text("control.sample")
            sample = choose_index(label, n, key="loss_sample", default=0, text=text)
        else:  # the place is kept, so that nothing moves with another example
            sample = st.slider(text("control.sample"), 0, 1, 0, key="only_sample", disabled=True)
        with st.popover(text("control.examples"), icon=":material/science:"):
            for name, example in (EXAMPLES | {"own": (own, (0,))}).items():
                st.button(
                    text(f"example.{name}"), key=f"loss_{name}", on_click=_put, args=example,
                    type="tertiary",
                )  # fmt: skip
        with st.popover(text("control.options"), icon=":material/tune:"):
            settings = _choose_settings(k, text)
    is_own = rows == own
    return Batch(
        cross_entropy.loss(np.array(rows), np.array(labels), settings),
        sample,
        _put_sample,
        partial(_drag, rows, sample),
        partial(_label, labels, sample, k),
        _names(k, forward, few if is_own else None),
        is_own,
        few,
    )


def _choose_settings(n_classes: int, text: Text) -> Settings:
    reduction = choose(
        text("control.reduction"),
        cross_entropy.REDUCTIONS,
        key="reduction",
        names=lambda code: text(f"reduction.{code}"),
    )
    smoothing = st.slider(
        text("control.smoothing"), 0.0, 1.0, 0.0, 0.05, key="label_smoothing", bind="query-params"
    )
    ones = (1.0,) * n_classes
    weights, _ = type_list(
        "class_weights", text("control.weights"), ones, 0.0, 100.0, n_classes, text,
        n_least=n_classes,
    )  # fmt: skip
    return Settings(reduction, smoothing, () if weights == ones else weights)


def read_rows(words: str) -> tuple[Rows | None, str]:
    """The samples that the words say, also in brackets as PyTorch has them; or None and why not."""
    plain = unicodedata.normalize("NFKC", words)
    for between in "])\n":
        plain = plain.replace(between, ROWS)
    parts = [part for part in plain.split(ROWS) if part.strip(" [(,、\t")]
    if not 1 <= len(parts) <= MOST_SAMPLES:
        return None, "n_samples"
    rows = []
    for part in parts:
        numbers, why = numbers_in(part, LOW, HIGH, n_most=MOST_CLASSES, n_least=2)
        if numbers is None:
            return None, str(why)
        rows.append(numbers)
    return (None, "uneven") if len(set(map(len, rows))) > 1 else (tuple(rows), "")


def write_rows(rows: Rows, between: str = ",", ends: str = ROWS) -> str:
    """As `read_rows` reads them."""
    return ends.join(as_words(row, between) for row in rows)


def read_any_labels(words: str) -> Labels | None:
    """Labels of whatever table; None where they are none."""
    numbers, _ = numbers_in(words, float(IGNORED), MOST_CLASSES - 1.0, n_most=MOST_SAMPLES)
    is_label = numbers and all(one == int(one) and (one >= 0 or one == IGNORED) for one in numbers)
    return tuple(map(int, numbers)) if is_label else None


def read_labels(n_samples: int, n_classes: int, words: str) -> tuple[Labels | None, str]:
    """One label for each sample, or None and why not."""
    labels = read_any_labels(words)
    if labels is None or max(labels) >= n_classes:
        return None, "labels"
    return (labels, "") if len(labels) == n_samples else (None, "n_labels")


def write_labels(labels: Labels, between: str = ",") -> str:
    """As `read_labels` reads them."""
    return between.join(map(str, labels))


def fitted(labels: Labels, n_samples: int, n_classes: int) -> Labels:
    """The labels for a table that has become another: what is no label of it is ignored."""
    known = [one if one < n_classes else IGNORED for one in labels[:n_samples]]
    return (*known, *[IGNORED] * (n_samples - len(known)))


def _kept(key: str, usual: tuple, read: Callable, write: Callable) -> tuple:
    """What is in the session or in the address under a key."""
    # None stands for the usual one.
    chosen = address.follow(key, None, read)
    publish = chosen is not None and chosen != usual
    address.publish(key, write(chosen) if publish else None)
    return usual if chosen is None else chosen


def _field(key: str, words: str, read: Callable, text: Text):
    """A field to type it into; of what it cannot be, a sentence says so, and the last one stays."""
    field, shown, problem = f"{key}_typed", f"{key}_shown", f"{key}_problem"

    def take() -> None:
        typed, st.session_state[problem] = read(st.session_state[field])
        if typed is not None:
            address.touch()
            st.session_state[key] = typed
            st.session_state.pop(shown, None)  # to be written as it is kept

    if field not in st.session_state or st.session_state.get(shown) != words:
        st.session_state[field], st.session_state[shown] = words, words
        st.session_state[problem] = ""
    with st.container(gap="small", width=FIELDS[key]):
        st.text_input(
            text(f"control.{key}"), key=field, on_change=take, max_chars=LONGEST,
            help=text(f"help.{key}"),
        )  # fmt: skip
        slot = st.empty()  # always there: what follows would be built anew if it moved down by one
    if st.session_state[problem]:
        limits = {
            "low": f"{LOW:g}", "high": f"{HIGH:g}", "n_least": 2, "n_most": MOST_CLASSES,
            "n_samples": MOST_SAMPLES, "shown": words,
        }  # fmt: skip
        why = st.session_state[problem]
        table = "number_list" if why in ("no_numbers", "out_of_range", "wrong_count") else "problem"
        slot.warning(text(f"{table}.{why}", **limits), icon=":material/info:")


def _put(rows: Rows, labels: Labels) -> None:
    address.touch()
    st.session_state.logits, st.session_state.labels = rows, labels
    st.session_state.loss_sample = 0


def _put_sample(sample: int) -> None:
    address.touch()
    st.session_state.loss_sample = sample


def _drag(rows: Rows, sample: int, place: int, value: float) -> None:
    if place >= len(rows[0]):  # the figure was of another table
        return
    address.touch()
    moved = [list(row) for row in rows]
    moved[sample][place] = round(value, 2) + 0.0
    st.session_state.logits = tuple(map(tuple, moved))


def _label(labels: Labels, sample: int, n_classes: int, column: int, row: int) -> None:
    # The first row holds the logits, and a bar says row 0 too: they are there to be dragged.
    if row == 0 or column >= n_classes:
        return
    address.touch()
    label = IGNORED if labels[sample] == column else column
    st.session_state.labels = (*labels[:sample], label, *labels[sample + 1 :])


def _names(n_classes: int, forward: ForwardPass, few: Likeliest | None) -> tuple[str, ...]:
    if few is None:
        return tuple(map(str, range(n_classes)))
    return tuple(forward.token(int(number)).visible for number in few.ids)
