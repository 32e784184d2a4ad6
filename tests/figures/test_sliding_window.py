import numpy as np
import pytest

from core import sliding_window
from pages.figures import sliding_window as figures
from pages.text import LANGUAGES, load_text


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("sliding_window", request.param)


def test_windows_are_laid_with_what_they_score(text):
    plan = sliding_window.plan(1_000, 64, 16)
    read, scored, contexts = figures.sliding_windows(plan, text).data
    np.testing.assert_allclose(
        np.add(read.base, read.x).astype(float), np.array(scored.base, float)
    )
    np.testing.assert_allclose(np.add(scored.base, scored.x).astype(float), plan.stops[:9])
    assert (read.name, scored.name) == tuple(
        text(f"sliding_windows.{part}") for part in ("read", "scored")
    )
    assert np.isnan(np.asarray(contexts.y, float)[0])
    assert contexts.y[-1] == 63


def test_strides_show_ours_and_the_recipe_and_the_cost(text, rng):
    bits = rng.exponential(4.0, size=(9, 15))
    starts = np.arange(0, 36, 4)
    slid = sliding_window.all_slid(48, 16, (16, 8, 4), starts, bits)
    recipe, ours, cost = figures.strides(slid, text).data
    np.testing.assert_allclose(ours.y, [one.perplexity for one in slid], rtol=1e-6)
    np.testing.assert_allclose(recipe.y, [one.by_recipe for one in slid], rtol=1e-6)
    assert cost.text == ("×1.0", "×1.7", "×3.0")
    assert ours.x[0] == text("strides.blocks", stride=16)
    (bars,) = figures.contexts(sliding_window.by_context(bits), text).data
    assert bars.x == ("1", "2–3", "4–7", "8–15")
