"""Questions about what tokens cost with other tokens before them. Plain values: torch-free.

A text window by window; rows of token ids as they are; several texts, each alone. The work itself
is in windowing.py.
"""

from dataclasses import dataclass

from jaxtyping import Float, Int
from numpy import ndarray

from core.model.forward_pass import Shared


@dataclass(frozen=True)
class Windows:
    """What tokens cost in windows of a long text, each window run as if it were all there is."""

    text: str
    width: int  # tokens of a window
    strides: tuple[int, ...]  # tokens from window to window; windows of any of them are run
    n_most: int  # tokens; the text is cut there

    def n_tokens(self, model) -> int:
        """All windows together."""
        from core.model import windowing

        ids, starts = windowing.laid(model, self)
        return sum(min(self.width, len(ids) - start) for start in starts)

    def steps(self, model, is_stopped):
        """A few windows a step."""
        from core.model import windowing

        return windowing.windowed(model, self, is_stopped)


@dataclass(frozen=True, eq=False)
class WindowBits(Shared):
    """Bits of each window's tokens from the second on; NaN beyond the end of the text."""

    n_tokens: int  # of the text, as far as it was read
    starts: Int[ndarray, " window"]  # the first token of each
    bits: Float[ndarray, "window place"]


@dataclass(frozen=True)
class RowCosts:
    """What tokens cost in rows of token ids, however they came about."""

    rows: tuple[tuple[int, ...], ...]

    def n_tokens(self, model) -> int:
        """All rows together."""
        from core.model import windowing

        return sum(map(len, windowing.checked(model, self.rows)))

    def steps(self, model, is_stopped):
        """A few rows a step."""
        from core.model import windowing

        return windowing.costs(model, windowing.checked(model, self.rows), is_stopped)


@dataclass(frozen=True)
class TextCosts:
    """What tokens cost in several texts, each alone."""

    texts: tuple[str, ...]
    n_most: int | None = None  # tokens; longer texts are cut there. None: they are refused

    def n_tokens(self, model) -> int:
        """All texts together."""
        from core.model import windowing

        return sum(map(len, windowing.rows_of(model, self)))

    def steps(self, model, is_stopped):
        """A few texts a step."""
        from core.model import windowing

        return windowing.costs(model, windowing.rows_of(model, self), is_stopped)


@dataclass(frozen=True, eq=False)
class RowBits(Shared):
    """Bits of each row's tokens from the second on; NaN beyond its end."""

    pieces: tuple[tuple[bytes, ...], ...]  # what the tokens of each row spell
    bits: Float[ndarray, "row target"]

    @property
    def each(self) -> tuple[Float[ndarray, "..."], ...]:
        """Those of each row, without what is beyond its end."""
        return tuple(
            row[: max(0, len(pieces) - 1)]
            for row, pieces in zip(self.bits, self.pieces, strict=True)
        )
