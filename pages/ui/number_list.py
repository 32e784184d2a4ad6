"""Several numbers: kept in the address as "1,2.5,-3", dragged in a figure, or typed."""

import math
import unicodedata
from collections.abc import Callable, Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.text import Text
from pages.ui import address

Numbers = tuple[float, ...]
Put = Callable[[Iterable[float]], None]
LONGEST = 24  # characters of one number
DIGITS = 6  # that are kept of a number, so that the address says what is on screen


def number_list(  # noqa: PLR0913, as below
    key: str,
    default: Numbers,
    low: float,
    high: float,
    n_most: int,
    *,
    n_least: int = 1,
    are_weights: bool = False,
) -> tuple[Numbers, Put]:
    """The numbers under a key, `default` until others are put there, and the function that does it.

    What comes back with a link is checked: nonsense, a number outside of low … high, and too many
    or too few of them are the default; so are weights that all are 0. Where such numbers are put,
    the list stays as it is.
    """
    ends = low, high, n_most, n_least, are_weights

    def read(words: str) -> Numbers | None:
        return numbers_in(words, *ends)[0]

    def put(chosen: Iterable[float]) -> None:
        good, _ = checked(tuple(map(float, chosen)), *ends)
        if good is not None:
            address.touch()
            st.session_state[key] = good

    # None stands for the default, which may be another one later.
    chosen = address.follow(key, None, read)
    if chosen is None or checked(chosen, *ends)[0] is None:
        chosen = default
    words = as_words(chosen)
    address.publish(key, None if words == as_words(default) else words)
    return chosen, put


def type_list(  # noqa: PLR0913, all of them differ from field to field
    key: str,
    label: str,
    default: Numbers,
    low: float,
    high: float,
    n_most: int,
    text: Text,
    *,
    n_least: int = 1,
    are_weights: bool = False,
    below: DeltaGenerator | None = None,
) -> tuple[Numbers, Put]:
    """The same with a field to type them into. Of what is no such list, a sentence says so below:
    under the field, or where there is more room.

    The last good list stays until then. Fractions such as 1/6 are numbers too.
    """
    numbers, put = number_list(
        key, default, low, high, n_most, n_least=n_least, are_weights=are_weights
    )
    field, shown, problem = f"{key}_typed", f"{key}_shown", f"{key}_problem"
    ends = low, high, n_most, n_least, are_weights

    def take() -> None:
        typed, why = numbers_in(st.session_state[field], *ends)
        st.session_state[problem] = why
        if typed is not None:
            put(typed)
            st.session_state.pop(shown, None)  # to be written as it is kept

    words = as_words(numbers, ", ")
    if field not in st.session_state or st.session_state.get(shown) != words:
        st.session_state[field], st.session_state[shown] = words, words
        st.session_state[problem] = None
    with st.container(gap="small"):
        st.text_input(label, key=field, on_change=take, max_chars=LONGEST * n_most)
        # Always there: what follows would be built anew if it moved down by one.
        slot = (below or st).empty()
    if st.session_state[problem]:
        slot.warning(
            text(
                f"number_list.{st.session_state[problem]}",
                low=f"{low:g}",
                high=f"{high:g}",
                n_least=n_least,
                n_most=n_most,
                shown=words,
            ),
            icon=":material/info:",
        )
    return numbers, put


def numbers_in(
    words: str, low: float, high: float, n_most: int, n_least: int = 1, are_weights: bool = False
) -> tuple[Numbers | None, str | None]:
    """The numbers that the words say, or None and why: the key of its sentence."""
    if len(words) > LONGEST * n_most:
        return None, "no_numbers"
    # Full-width digits and commas; the Chinese comma of lists; a minus as it is printed.
    plain = unicodedata.normalize("NFKC", words).replace("、", ",").replace("−", "-")
    for between in "[]();\n\t":
        plain = plain.replace(between, ",")
    parts = [part for part in plain.replace(",", " ").split(" ") if part]
    try:
        numbers = tuple(map(_number, parts))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None, "no_numbers"
    return (
        checked(numbers, low, high, n_most, n_least, are_weights)
        if numbers
        else (None, "no_numbers")
    )


def checked(
    numbers: Numbers,
    low: float,
    high: float,
    n_most: int,
    n_least: int = 1,
    are_weights: bool = False,
) -> tuple[Numbers | None, str | None]:
    """The numbers, each with the digits that are kept; or None and why not."""
    if not n_least <= len(numbers) <= n_most:
        return None, "exact_count" if n_least == n_most else "wrong_count"
    if not all(math.isfinite(number) and low <= number <= high for number in numbers):
        return None, "out_of_range"
    if are_weights and not any(numbers):
        return None, "all_zero"
    return tuple(float(f"{number:.{DIGITS}g}") + 0.0 for number in numbers), None  # no "-0"


def as_words(numbers: Numbers, between: str = ",") -> str:
    """The numbers as they stand in the address, or in a field."""
    return between.join(f"{number:.{DIGITS}g}" for number in numbers)


def _number(word: str) -> float:
    above, *below = word.split("/")
    if len(below) > 1 or "_" in word:
        raise ValueError(word)
    return float(above) / float(below[0]) if below else float(above)
