"""Bars that are dragged: they follow the pointer at once, the numbers follow them."""

from urllib.parse import parse_qs, urlsplit

import pytest

FRAME = ".st-key-frame_by_hand"
NODE = f"document.querySelector('{FRAME} .stage')"
HEIGHTS = f"trace => Array.from({NODE}._fullData[trace].y)"
TITLE = f"document.querySelector('{FRAME} h3').innerText"


def query(page):
    return {key: words[0] for key, words in parse_qs(urlsplit(page.url).query).items()}


def centre(page, place):
    box = page.locator(f'{FRAME} .drag-grip[data-place="{place}"]').bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def heights(page, trace=0):
    return page.evaluate(HEIGHTS, trace)


@pytest.fixture
def opened(page, app_url, settled):
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{app_url}/entropy?lang=en&p_of=halves")
    page.locator(f"{FRAME} .drag-grip").nth(7).wait_for()
    settled(figures=4)
    page.evaluate(f"{NODE}.mark = 'the same'")
    yield page
    assert page.evaluate(f"{NODE}.mark") == "the same", "another element"
    assert said == []


def test_a_dragged_bar_follows_at_once_and_the_numbers_follow_it(opened, settled):
    page = opened
    x, y = centre(page, 0)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 60, steps=6)
    page.wait_for_function(f"() => {NODE}._fullData[0].y[0] > 0.55")
    moved = heights(page)
    assert sum(moved) == pytest.approx(1, abs=1e-6)
    assert moved[1] == pytest.approx(2 * moved[2]), "the others keep their proportions"
    # while the button is still down
    page.wait_for_function(f"() => !{TITLE}.includes('1.750')")
    page.mouse.move(x, y - 1000, steps=3)
    page.wait_for_function(f"() => {TITLE}.includes('0.000')")
    page.mouse.up()
    settled(figures=4)
    assert heights(page) == [1, 0, 0, 0], "no further than the end of the axis"
    assert query(page)["p_halves"] == "1,0,0,0"
    assert page.locator(".st-key-p_halves_typed input").input_value() == "1, 0, 0, 0"


def test_the_other_distribution_and_the_keys_move_bars_too(opened, settled):
    page = opened
    x, y = centre(page, 4)  # of q
    page.mouse.move(x, y - 20)  # above the bar, in its column
    page.mouse.down()
    page.mouse.move(x, y - 40, steps=3)
    page.mouse.up()
    page.wait_for_url("**q_halves_4=**")
    settled(figures=4)
    other = heights(page, 1)
    assert other[0] > 0.3
    assert "p_halves" not in query(page)
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"from => {NODE}._fullData[1].y[0] > from + 0.005", arg=other[0])
    settled(figures=4)
    assert heights(page, 1)[0] == pytest.approx(other[0] + 0.01, abs=1e-5)
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "slider"
