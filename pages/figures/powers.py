"""Numbers of very different sizes: in words, and as ticks of an axis of powers of ten."""

import numpy as np

STEPS = [round_one * 10**power for power in range(6) for round_one in (1, 2, 5)]
CLOSE = 2.0  # powers of ten, below which an axis needs more ticks than whole ones
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(number: float) -> str:
    """A number with three to four digits; the very large ones as powers of ten, ∞ as ∞."""
    if not np.isfinite(number):
        return "∞"
    if number >= 1e6:
        power = int(np.floor(np.log10(number)))
        return f"{number / 10.0**power:.2f}·{ten(power)}"
    return f"{number:,.0f}" if number >= 1000 else f"{number:,.4g}"


def small(probability: float) -> str:
    """A probability with three digits, without the e of programs."""
    if probability == 0 or probability >= 1e-3:
        return f"{probability:.3g}"
    power = int(np.floor(np.log10(probability)))
    return f"{probability / 10.0**power:.2f}·{ten(power)}"


def ten(power: int) -> str:
    """10 to a whole power."""
    return f"10{str(power).translate(RAISED)}"


def power_ticks(low: float, high: float, n_most: int = 7) -> dict:
    """Ticks on an axis of powers of ten; where few are whole, 2 and 5 times them as well."""
    if high - low < CLOSE:
        whole = np.arange(np.floor(low), high + 1e-9)
        ticks = np.sort(np.concatenate([whole, whole + np.log10(2.0), whole + np.log10(5.0)]))
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        words = [short(float(number)) for number in 10**ticks]
    else:
        step = next(step for step in STEPS if (high - low) / step <= n_most)
        ticks = np.arange(np.ceil(low / step) * step, high + 1e-9, step)
        words = [ten(int(tick)) if tick else "1" for tick in ticks]
    return {"tickvals": ticks.astype(np.float32), "ticktext": words}
