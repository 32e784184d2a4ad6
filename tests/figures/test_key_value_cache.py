import numpy as np
import pytest

from core import key_value_cache
from core.model.cache_timing import CacheTimes
from pages.figures import key_value_cache as figures
from pages.figures.style import ACCENT, SECOND
from pages.text import LANGUAGES, load_text
from tests.forward_passes import made

CARD = made(3).model
TIMES = CacheTimes(
    CARD, 4, np.array([0.3, 0.1, 0.2]), np.array([0.3, 0.4, 0.8]), np.array([40, 50, 60]), 0.0, True
)


@pytest.fixture(params=LANGUAGES)
def text(request):
    return load_text("key_value_cache", request.param)


def test_two_lines_of_times_with_their_names(text):
    figure = figures.times(key_value_cache.speeds(TIMES), text)
    assert [line.name for line in figure.data] == [text(f"way.{way}") for way in figures.WAYS]
    assert [line.line.color for line in figure.data] == [ACCENT, SECOND]
    assert figure.data[0].y == pytest.approx([300, 100, 200])
    assert figure.data[1].y == pytest.approx([300, 400, 800])
    assert figure.data[0].x.tolist() == [5, 6, 7]
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert high > 800
    assert figure.layout.yaxis.title.text == text("axis.ms")


def test_the_readings_are_drawn_in_the_same_way(text):
    figure = figures.readings(key_value_cache.readings(4, 3), text)
    assert figure.data[0].y.tolist() == [4, 1, 1]
    assert figure.data[1].y.tolist() == [4, 5, 6]
    assert figure.layout.yaxis.title.text == text("axis.readings")


def test_the_memory_is_a_line_with_what_was_measured_on_it(text):
    line, points = figures.memory(key_value_cache.growth(CARD, TIMES), text).data
    per_token = key_value_cache.bytes_per_token(CARD)
    assert line.y[-1] == pytest.approx(CARD.context_length * per_token / 1e6)
    assert line.x[-1] == CARD.context_length
    assert points.x.tolist() == [4, 5, 6]
    assert points.y == pytest.approx([40e-6, 50e-6, 60e-6])
    nothing = figures.memory(key_value_cache.growth(CARD, None), text).data[1]
    assert len(nothing.x) == 0
