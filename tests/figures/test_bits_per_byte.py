import numpy as np
import pytest

from core import bits_per_byte
from pages.figures import bits_per_byte as figures
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

FORWARD = made(12)
TOKENS = FORWARD.tokens
SAMPLE = bits_per_byte.sample([token.bytes for token in TOKENS], FORWARD.surprisals)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("bits_per_byte", request.param)


def test_every_code_has_its_bar_and_the_network_is_named(text):
    codes = bits_per_byte.codes({"<Net>": SAMPLE, "Other": SAMPLE}, 300)
    (bars,) = figures.bits_per_byte(codes, text).data
    assert {"&lt;Net&gt;", "Other", text("code.zlib")} < set(bars.y)
    assert (np.diff(bars.x) >= 0).all()
    assert len(set(bars.marker.color)) == 3
    np.testing.assert_allclose(bars.x[bars.y.index("&lt;Net&gt;")], codes.per_byte[0], rtol=1e-6)


def test_the_bits_of_all_tokenizers_are_the_same_in_sum(text):
    recut = bits_per_byte.recut(SAMPLE.total, {"Net": 11, "bytes": 18})
    (bars,) = figures.same_bits(recut, "Net", text).data
    np.testing.assert_allclose(bars.x * [11, 18], SAMPLE.total, rtol=1e-6)
    assert bars.y == ("Net", text("unit.bytes"))
    assert bars.marker.color[0] != bars.marker.color[1]


def test_the_cuts_stand_in_the_rows_of_their_kinds(text):
    cuts = bits_per_byte.other_cuts([token.id for token in TOKENS], FORWARD.vocabulary)
    marginal = bits_per_byte.marginal(np.arange(3.0, 3.0 + len(cuts.rows))[:, None])
    pieces = [[FORWARD.vocabulary[number] for number in row] for row in cuts.rows]
    figure = figures.other_cuts(marginal, cuts, pieces, text)
    (dots,) = figure.data
    assert dots.y[0] == text("cut.usual")
    assert dots.y[-1] == text("cut.bytes")
    np.testing.assert_allclose(dots.x, marginal.totals)
    assert dots.customdata[0][0].startswith("&lt;b&gt;|&amp;|")
    assert figure.layout.shapes[0].x0 == marginal.together
