"""The chain of sampling stages: which are on, in which order, and with which values.

All pages that draw a token share it. The address holds the chain as its codes, and each value that
is not the usual one under its stage's own name: steps=min_p.temperature&temperature=0.7.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import sampling
from core.model.forward_pass import ForwardPass
from core.sampling import Context, NothingLeft, Sampling, Step
from pages.text import Text
from pages.ui import address
from pages.ui.cached import words
from pages.ui.component import component
from pages.ui.page import as_code, choose_index

KEY, BETWEEN, NONE = "chain", ".", "none"
USUAL = ("temperature", "top_k", "top_p")
COUNTING = {"presence", "frequency"}  # the stages that look at what was written, not at the prompt
LONGEST_BIASED, LONGEST_NUMBER = 80, 12  # characters
FEW = 4  # sliders that fit side by side
WIDTH = 215  # pixels of a slider, where they do not all fit side by side


@dataclass(frozen=True)
class Range:
    """What a stage's slider offers."""

    low: float | int
    high: float | int
    usual: float | int
    step: float | int

    def read(self, typed: str) -> float | int | None:
        """The value out of the address, or None where it is none of the slider's."""
        try:
            value = float(typed) if len(typed) <= LONGEST_NUMBER else float("nan")
        except ValueError:
            return None
        if not self.low <= value <= self.high or (self.is_whole and value != int(value)):
            return None
        return int(value) if self.is_whole else value

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return isinstance(self.step, int)

    @property
    def format(self) -> str:
        """With the digits of a step."""
        digits = len(f"{self.step:.10f}".rstrip("0").split(".")[1])
        return "%d" if self.is_whole else f"%.{digits}f"


RANGES = {
    "bias": Range(-20.0, 20.0, 5.0, 0.5),
    "repetition": Range(0.5, 2.0, 1.2, 0.05),
    "presence": Range(-2.0, 2.0, 1.0, 0.1),
    "frequency": Range(-2.0, 2.0, 1.0, 0.1),
    "no_repeat_ngram": Range(1, 6, 2, 1),
    "temperature": Range(0.0, 2.0, 1.0, 0.05),
    "top_k": Range(0, 100, 50, 1),
    "top_p": Range(0.0, 1.0, 0.9, 0.01),
    "min_p": Range(0.0, 1.0, 0.1, 0.01),
    "typical": Range(0.0, 1.0, 0.9, 0.01),
    "epsilon": Range(0.0, 0.02, 0.001, 0.0001),
    "eta": Range(0.0, 0.02, 0.002, 0.0001),
}
_CHAIN = component("chain", "sampler.js", css="sampler.css", html="<div class='chain'></div>")


@dataclass(frozen=True)
class Chain:
    """What was chosen."""

    steps: tuple[Step, ...]
    n_written: int  # of the text's last tokens, those that count as written
    row: DeltaGenerator  # of the sliders, for what a page has to ask beside them


def choose_steps(forward: ForwardPass, text: Text) -> tuple[Step, ...]:
    """The stages that are on, in their order; a bias is on tokens of the run's vocabulary."""
    return _choose(forward, text).steps


def choose_chain(forward: ForwardPass, text: Text) -> Chain:
    """The same, and how much of the run's text is looked at as if it had been written."""
    return _choose(forward, text, asks_written=True)


def through(chain: Chain, forward: ForwardPass, text: Text) -> Sampling:
    """The way of the run's logits through the stages.

    Where a stage leaves nothing to draw from: the way up to it, with a sentence that says so.
    """
    context = context_of(forward, chain.n_written)
    slot = st.empty()
    try:
        return sampling.pipeline(forward.logits, chain.steps, context)
    except NothingLeft as problem:
        names = words("sampling", text.language)
        why = names("chain.nothing_left", name=names(f"stage.{problem.name}"))
        slot.warning(why, icon=":material/info:")
        return sampling.pipeline(forward.logits, chain.steps[: problem.place - 1], context)


def context_of(forward: ForwardPass, n_written: int = 0) -> Context:
    """The run's text, with its last tokens as those that were written."""
    ids = tuple(token.id for token in forward.tokens)
    return Context(ids, len(ids) - n_written)


def _choose(forward: ForwardPass, text: Text, *, asks_written: bool = False) -> Chain:
    names = words("sampling", text.language)
    chosen = address.follow("steps", USUAL, _read)
    _show_chain(chosen, names)
    address.publish("steps", None if chosen == USUAL else BETWEEN.join(chosen) or NONE)
    for step in set(RANGES) - set(chosen):
        address.publish(step, None)
    asks_written = asks_written and not COUNTING.isdisjoint(chosen)
    n_written, is_crowded = len(forward.tokens), len(chosen) + asks_written > FEW
    slot = st.empty()
    row = st.container(horizontal=True, key="chain_values")
    with row:
        width = WIDTH if is_crowded else "stretch"
        steps = [Step(step, _value(step, names, width)) for step in chosen]
        if "bias" in chosen:
            place = chosen.index("bias")
            steps[place] = Step("bias", steps[place].value, _biases(forward, names, slot))
        if asks_written:
            label = names("control.n_written")
            n_written = choose_index(
                label, n_written + 1, key="n_written", default=n_written, text=text
            )
    return Chain(tuple(steps), n_written, row)


def _show_chain(chosen: tuple[str, ...], names: Text) -> None:
    orders = [code for code in sampling.ORDERS if _ordered(chosen, code) == chosen]
    _CHAIN(
        key=KEY,
        data={
            "on": [[code, names(f"stage.{code}")] for code in chosen],
            "off": [[code, names(f"stage.{code}")] for code in RANGES if code not in chosen],
            "orders": [[code, names(f"order.{code}")] for code in sampling.ORDERS],
            "order": orders[0] if orders else "",
            "words": {
                word: names(f"chain.{word}")
                for word in ("label", "start", "end", "add", "order", "own", "earlier", "later",
                             "remove", "keys")
            },
        },
        on_steps_change=lambda: _put(_known(st.session_state[KEY].steps)),
        on_order_change=lambda: _reorder(chosen, st.session_state[KEY].order),
    )  # fmt: skip


def _put(codes: tuple[str, ...] | None) -> None:
    if codes is not None:
        address.touch()
        st.session_state.steps = codes


def _reorder(chosen: tuple[str, ...], library: str) -> None:
    if library in sampling.ORDERS:
        _put(_ordered(chosen, library))


def _ordered(chosen: tuple[str, ...], library: str) -> tuple[str, ...]:
    return tuple(step.name for step in sampling.in_order(list(map(Step, chosen)), library))


def _known(codes: Sequence[str]) -> tuple[str, ...] | None:
    """The codes, if they are all stages and none comes twice."""
    known = len(codes) == len(set(codes)) and set(codes) <= set(RANGES)
    return tuple(codes) if known else None


def _read(typed: str) -> tuple[str, ...] | None:
    return () if typed == NONE else _known(typed.split(BETWEEN))


def _value(step: str, names: Text, width: int | str) -> float | int:
    offered = RANGES[step]
    address.follow(step, offered.usual, offered.read)
    value = st.slider(
        names(f"control.{step}"),
        offered.low,
        offered.high,
        step=offered.step,
        format=offered.format,
        key=step,
        on_change=address.touch,
        persist_state="session",
        width=width,
    )
    address.publish(step, None if value == offered.usual else f"{value:g}")
    return value


def _biases(
    forward: ForwardPass, names: Text, slot: DeltaGenerator
) -> tuple[tuple[int, float], ...]:
    """The typed tokens, each with the bias of the slider; those that there are not are told."""
    address.follow("biased", "", lambda typed: typed[:LONGEST_BIASED])
    typed = st.text_input(
        names("control.biased"),
        key="biased",
        max_chars=LONGEST_BIASED,
        placeholder="␣cat ␣dog",
        on_change=address.touch,
        persist_state="session",
        width=WIDTH,
    )
    address.publish("biased", typed or None)
    ids, unknown = {}, []
    for word in typed.split():
        raw = word.replace("␣", " ").replace("↵", "\n").encode("utf-8", "replace")
        if raw in forward.vocabulary[: len(forward.logits)]:
            ids[forward.vocabulary.index(raw)] = float(st.session_state.bias)
        else:
            unknown.append(as_code(word))
    if unknown:
        slot.caption(names("chain.unknown", tokens=" ".join(unknown)))
    return tuple(ids.items())
