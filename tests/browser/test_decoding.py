"""The figure that writes: the browser goes through its steps by itself, and says where it rests."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

NODE = "document.querySelector('.st-key-frame_writing .stage')"
FRAME = ".st-key-frame_writing"
BARS = f"[0, 1].flatMap(at => [...{NODE}._fullData[at].y]).map(y => isNaN(y) ? null : y)"
N_NEW = 8


def query(page):
    return {key: words[0] for key, words in parse_qs(urlsplit(page.url).query).items()}


def at(page):
    return page.evaluate(f"{NODE}.layout.sliders[0].active")


def move_to(page, step):
    """Drag the slider of the figure as a mouse does, and hold it."""
    grip = page.locator(f"{FRAME} .slider-grip-rect").bounding_box()
    rail = page.locator(f"{FRAME} .slider-rail-rect").first.bounding_box()
    height = grip["y"] + grip["height"] / 2
    page.mouse.move(grip["x"] + grip["width"] / 2, height)
    page.mouse.down()
    page.mouse.move(rail["x"] + rail["width"] * step / (N_NEW - 1), height, steps=5)
    page.wait_for_function(f"step => {NODE}.layout.sliders[0].active === step", arg=step)


@pytest.fixture
def opened(page, app_url, settled, live, problems):
    def opens(**more):
        words = "".join(f"&{key}={value}" for key, value in more.items())
        page.goto(f"{app_url}/decoding?lang=en&prompt=one+two+three&n_new={N_NEW}{words}")
        if "lecture" not in more:  # which does not say that the model is there
            live()
        settled(figures=3)
        page.wait_for_function(f"{NODE}.layout.sliders !== undefined")
        page.evaluate(f"{NODE}.mark = 'the same'")

    return opens


def test_the_slider_moves_the_bars_and_then_the_address(page, opened, settled):
    opened(step=1)
    drawn, before = page.evaluate(f"{NODE}.dataset.drawn"), page.evaluate(BARS)
    assert at(page) == 1
    move_to(page, 4)
    moved = page.evaluate(BARS)
    assert sum(weight is not None for weight in moved) == 3 + sum(
        weight is not None for weight in before
    )
    assert sum(filter(None, moved)) == pytest.approx(1, abs=1e-4)
    assert query(page)["step"] == "1", "the server was not asked"
    page.mouse.up()
    page.wait_for_url("**step=4**")
    settled(figures=3)
    assert (at(page), page.evaluate(BARS)) == (4, moved)
    assert page.evaluate(f"{NODE}.dataset.drawn") == drawn, "it was drawn anew"


def test_what_the_server_says_late_does_not_take_the_slider_back(page, opened, settled):
    opened(step=1)
    move_to(page, 3)
    page.wait_for_url("**step=3**")
    move_to(page, 6)
    settled(figures=3)
    assert at(page) == 6
    page.mouse.up()
    page.wait_for_url("**step=6**")
    page.go_back()
    page.wait_for_function(f"{NODE}.layout.sliders[0].active === 3")


def test_it_plays_pauses_and_goes_on_with_other_frames(page, opened, settled):
    opened(step=0)
    play, pause = page.locator(f"{FRAME} .updatemenu-button").all()
    play.click()
    page.wait_for_function(f"{NODE}.layout.sliders[0].active === 2")
    pause.click()
    held = at(page)
    page.wait_for_url(f"**step={held}**")
    settled(figures=3)
    assert at(page) == held
    play.click()
    page.wait_for_function(f"step => {NODE}.layout.sliders[0].active === step", arg=held + 1)
    page.locator(".st-key-layer [role=slider], .st-key-layer input[type=range]").first.focus()
    before = page.evaluate(f"{NODE}.dataset.drawn")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"seen => {NODE}.dataset.drawn !== seen", arg=before)
    settled(figures=3)
    assert page.evaluate(f"{NODE}.mark") == "the same"
    still = page.evaluate(BARS)
    page.wait_for_timeout(1_000)
    assert page.evaluate(BARS) == still, "it went on playing what is no longer there"
    assert page.evaluate(f"{NODE}._transitionData._frames.length") == N_NEW
    page.locator(".st-key-sentence button").last.click()
    page.wait_for_function(f"step => {NODE}.layout.sliders[0].active === step", arg=N_NEW - 1)


def test_fewer_tokens_bring_fewer_frames(page, opened, settled):
    opened()
    assert at(page) == N_NEW - 1
    page.locator(".st-key-n_new [role=slider], .st-key-n_new input[type=range]").first.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"{NODE}._transitionData._frames.length === {N_NEW - 1}")
    settled(figures=3)
    assert at(page) == N_NEW - 2
    assert page.evaluate(f"{NODE}.layout.sliders[0].steps.length") == N_NEW - 1


def test_slider_and_buttons_are_readable_in_the_dark_and_whole_in_a_lecture(page, opened, settled):
    page.emulate_media(color_scheme="light")
    opened(step=2)
    before = page.evaluate(BARS)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{NODE}._fullLayout.paper_bgcolor === '#0F141B'")
    assert (at(page), page.evaluate(BARS)) == (2, before)
    button = page.locator(f"{FRAME} .updatemenu-button").first
    button.hover()
    fill = "getComputedStyle(document.querySelector('.updatemenu-item-rect')).fill"
    channels = page.evaluate(f"{fill}.match(/\\d+/g).slice(0, 3).map(Number)")
    assert max(channels) < 100, "light under light type"
    page.set_viewport_size({"width": 1280, "height": 800})
    opened(step=2, lecture="true")
    stage = page.locator(f"{FRAME} .stage").bounding_box()
    for part in (".slider-container", ".updatemenu-container", ".slider-group"):
        for box in page.locator(f"{FRAME} {part}").all():
            place = box.bounding_box()
            assert place["y"] >= stage["y"]
            assert place["x"] >= stage["x"]
            assert place["x"] + place["width"] <= stage["x"] + stage["width"]
    expect(page.locator(f"{FRAME} .updatemenu-button")).to_have_count(2)
