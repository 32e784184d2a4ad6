"""Where bars can be both clicked and dragged, each does its own."""

from urllib.parse import parse_qs, urlsplit

FRAME = ".st-key-frame_pulls"
LOGITS = f"() => Array.from(document.querySelector('{FRAME} .stage')._fullData[0].y)"


def query(page):
    return {key: words[0] for key, words in parse_qs(urlsplit(page.url).query).items()}


def centre(page, place):
    box = page.locator(f'{FRAME} .drag-grip[data-place="{place}"]').bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_click_chooses_the_label_and_a_drag_moves_the_logit(page, app_url, settled):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{app_url}/softmax?lang=en")
    page.locator(f"{FRAME} .drag-grip").nth(3).wait_for()
    settled(figures=5)
    (first_x, first_y), (x, y) = centre(page, 0), centre(page, 1)
    before = page.evaluate(LOGITS)
    page.mouse.click(x, y)  # on the grip
    page.wait_for_url("**answer=1**")
    settled(figures=5)
    assert page.evaluate(LOGITS) == before
    page.mouse.click(first_x, first_y + 18)  # below it, on the first bar
    page.wait_for_url(lambda url: "answer=1" not in url)
    settled(figures=5)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 50, steps=5)
    page.mouse.up()
    page.wait_for_url("**z_own=**")
    settled(figures=5)
    after = page.evaluate(LOGITS)
    assert after[1] > before[1] + 1
    assert [after[place] for place in (0, 2, 3)] == [before[place] for place in (0, 2, 3)]
    assert query(page)["answer"] == "0"
