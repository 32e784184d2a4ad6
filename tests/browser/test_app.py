"""What only a browser shows: cold links, charts that stay, clicks, history, and the looks."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from pages.text import LANGUAGES, load_text
from tests.pages.conftest import PAGES
from tests.server import serving

NODE = "document.querySelector('.st-key-frame_{} .stage')"
LECTURES = {(1280, 800): "20px", (1920, 1080): "28.8px"}  # of the window, and the type in it


def query(page):
    return {key: words[0] for key, words in parse_qs(urlsplit(page.url).query).items()}


def drag(page, key, steps=1):
    """Move a slider by keys, as a person would with the arrow keys."""
    handle = page.locator(f".st-key-{key} [role=slider], .st-key-{key} input[type=range]").first
    handle.focus()
    for _ in range(steps):
        page.keyboard.press("ArrowLeft")


def test_first_deep_link_of_a_fresh_server(page, app_url, settled):
    # Stays first: the trap of the folder pages/ exists until st.navigation has run once.
    page.goto(f"{app_url}/attention?lang=zh&prompt=one+two+three&layer=1&head=2")
    settled(figures=2)
    expect(page.locator("h1")).to_have_text(load_text("attention", "zh")("title"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".st-key-prompt textarea")).to_have_value("one two three")
    found = query(page)
    assert found.pop("lens") == "raw"  # a choice is always in the address
    assert found == {"lang": "zh", "prompt": "one two three", "layer": "1", "head": "2"}


def test_the_live_run_takes_over_without_a_jump(page, settled, live):
    with serving() as fresh:
        page.goto(f"{fresh}/attention?lang=en")
        settled(figures=2)
        expect(page.locator(".st-key-frame_weights")).to_contain_text("stored run")
        node = NODE.format("weights")
        page.evaluate(f"{node}.mark = 'the same'")
        before = page.locator(".st-key-frame_weights .stage").bounding_box()
        live()
        expect(page.locator(".st-key-frame_weights")).not_to_contain_text("stored run")
        settled(figures=2)
        assert page.evaluate(f"{node}.mark") == "the same"
        assert page.locator(".st-key-frame_weights .stage").bounding_box() == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", PAGES)
def test_a_page_opens_by_its_name(page, app_url, settled, topic, language):
    problems, foreign = [], []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            foreign.append(request.url)
            if not request.url.startswith(
                (app_url, app_url.replace("http", "ws"), "data:", "blob:")
            )
            else None
        ),
    )
    page.goto(f"{app_url}/{'' if topic == 'home' else topic}?lang={language}")
    settled()
    expect(page.locator("h1")).to_have_text(load_text(topic, language)("title"))
    assert page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[language]
    assert page.locator(".stage").first.get_attribute("aria-label")
    assert problems == []
    assert foreign == [], "a page must need nothing from elsewhere"


def test_a_slider_moves_the_chart_without_building_it_anew(page, app_url, settled, live):
    page.goto(f"{app_url}/sampling?lang=en&prompt=one+two+three")
    live()
    settled(figures=2)
    node = NODE.format("distribution")
    page.evaluate(f"{node}.mark = 'the same'")
    page.evaluate(f"window.Plotly.relayout({node}, {{'xaxis.range': [1, 5]}})")
    before = page.evaluate(f"{node}.dataset.drawn")
    drag(page, "temperature", steps=3)
    page.wait_for_function(f"seen => {node}.dataset.drawn !== seen", arg=before)
    settled(figures=2)
    assert page.evaluate(f"{node}.mark") == "the same"
    assert page.evaluate(f"{node}.layout.xaxis.range") == [1, 5], "the zoom was lost"


def test_a_chart_that_does_not_change_is_not_drawn_again(page, app_url, settled, live):
    page.goto(f"{app_url}/attention?lang=en&prompt=one+two+three")
    live()
    settled(figures=2)
    before = page.evaluate(f"{NODE.format('weights')}.dataset.drawn")
    page.locator(".st-key-lang button").nth(0).click()
    settled(figures=2)
    assert page.evaluate(f"{NODE.format('weights')}.dataset.drawn") == before


def test_a_click_on_a_row_chooses_its_token(page, app_url, settled, live):
    page.goto(f"{app_url}/attention?lang=en&prompt=one+two+three&row=7")
    live()
    settled(figures=2)
    plot = page.locator(".st-key-frame_weights .nsewdrag").first
    box = plot.bounding_box()
    page.mouse.click(box["x"] + 8, box["y"] + box["height"] * 2.5 / 13)
    expect(page.locator(".st-key-frame_row h3")).to_contain_text("position 2")
    assert query(page)["row"] == "2"
    chosen = page.locator(".st-key-sentence [aria-selected=true]")
    expect(chosen).to_have_count(1)
    page.locator(".st-key-sentence button").nth(4).click()
    expect(page.locator(".st-key-frame_row h3")).to_contain_text("position 4")
    page.go_back()
    expect(page.locator(".st-key-frame_row h3")).to_contain_text("position 2")


def test_the_masked_part_is_blank_and_the_weights_arrive_whole(page, app_url, settled, live):
    page.goto(f"{app_url}/attention?lang=en&prompt=one+two+three")
    live()
    settled(figures=2)
    rows = page.evaluate(
        f"{NODE.format('weights')}.data[0].z.map(row => [...row].map(w => isNaN(w) ? null : w))"
    )
    for query_position, row in enumerate(rows):
        seen, masked = row[: query_position + 1], row[query_position + 1 :]
        assert sum(seen) == pytest.approx(1, abs=1e-3)
        assert all(weight is None for weight in masked)


def test_another_language_keeps_the_view_and_back_returns(page, app_url, settled):
    page.goto(f"{app_url}/sampling?lang=en&temperature=0.5&prompt=one+two")
    settled()
    page.locator(".st-key-lang button").nth(1).click()
    expect(page.locator("h1")).to_have_text(load_text("sampling", "zh")("title"))
    settled()
    assert query(page) == {"lang": "zh", "temperature": "0.5", "prompt": "one two"}
    page.go_back()
    expect(page.locator("h1")).to_have_text(load_text("sampling", "en")("title"))


def test_the_sentence_goes_along_to_another_page(page, app_url, settled):
    page.goto(f"{app_url}/?lang=en")
    settled()
    box = page.locator(".st-key-prompt textarea")
    box.fill("a sentence of my own")
    box.press("Control+Enter")
    page.wait_for_url("**prompt=*")
    page.get_by_test_id("stSidebarNav").get_by_text("Next token").click()
    expect(page.locator("h1")).to_have_text(load_text("sampling", "en")("title"))
    expect(page.locator(".st-key-prompt textarea")).to_have_value("a sentence of my own")
    page.wait_for_url("**prompt=a+sentence*")


def test_a_station_leads_to_its_page(page, app_url, settled):
    page.goto(f"{app_url}/?lang=en")
    settled()
    box = page.locator(".st-key-frame_journey .stage").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 3.45 / 7, box["y"] + box["height"] / 2)
    expect(page.locator("h1")).to_have_text(load_text("attention", "en")("title"))


def test_html_in_the_sentence_stays_text(page, app_url, settled, live):
    page.on("dialog", lambda dialog: pytest.fail("a script of the sentence ran"))
    page.goto(f"{app_url}/tokens?lang=en&prompt=<img src=x onerror=alert(1)><b>b</b>")
    live()
    for topic in ("tokens", "attention", "sampling", "surprisal", ""):
        page.goto(f"{app_url}/{topic}?lang=en&prompt=<img src=x onerror=alert(1)><b>b</b>")
        settled()
        assert page.locator("img[src=x]").count() == 0


def test_light_and_dark_need_no_rerun(page, app_url, settled):
    page.emulate_media(color_scheme="light")
    page.goto(f"{app_url}/rope?lang=en")
    settled()
    paper = f"{NODE.format('wavelengths')}._fullLayout.paper_bgcolor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"seen => {paper} !== seen", arg=light)
    assert page.evaluate(paper) == "#0F141B"


# What a page is about, where that is no figure of Plotly's.
STARS = {"surprisal": ".st-key-predicted", "tokens": ".st-key-splits"}


def test_a_lecture_fits_the_screen(page, app_url, settled):
    for place, topic in enumerate(PAGES):
        # Each page is opened at one of the sizes, by turns, and brought to the other one.
        sizes = list(LECTURES)[:: -1 if place % 2 else 1]
        for size in sizes:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            if size == sizes[0]:
                page.goto(f"{app_url}/{'' if topic == 'home' else topic}?lang=zh&lecture=true")
                settled()
            root = "getComputedStyle(document.documentElement).fontSize"
            page.wait_for_function(f"type => {root} === type", arg=LECTURES[size])
            expect(page.get_by_test_id("stSidebar")).not_to_be_visible()
            stage = page.locator(STARS.get(topic, ".stage")).first.bounding_box()
            assert stage["y"] + stage["height"] <= size[1], (topic, size)


def test_pictures_carry_title_and_provenance(page, app_url, settled, live):
    page.goto(f"{app_url}/surprisal?lang=zh&prompt=one+two+three")
    page.locator(".st-key-model_state").get_by_text("已就绪").wait_for(timeout=90_000)
    settled()
    text = load_text("surprisal", "zh")
    page.locator(".st-key-frame_bits .stPopover button").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name=text("export.svg")).click()
    picture = download.value.path().read_text("utf-8")
    assert picture.startswith("<svg")
    assert text("bits.title") in picture
    with page.expect_download() as download:
        page.get_by_role("button", name=text("export.png")).click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as download:
        page.get_by_role("button", name=text("export.csv")).click()
    assert text("axis.bits") in download.value.path().read_text("utf-8")
    with page.expect_download() as download:
        page.get_by_role("button", name=text("export.py")).click()
    assert "TEXT = 'one two three'" in download.value.path().read_text("utf-8")


def test_a_view_file_brings_a_long_text_back(page, app_url, settled, tmp_path):
    words = "word " * 120
    view = {"prompt": words, "page": "sampling", "address": {"lang": "zh", "temperature": "0.5"}}
    file = tmp_path / "view.json"
    file.write_text(json.dumps(view), "utf-8")
    page.goto(f"{app_url}/?lang=en")
    settled()
    page.locator(".st-key-view_menu button").first.click()
    page.locator(".st-key-view_file input[type=file]").set_input_files(file)
    expect(page.locator("h1")).to_have_text(load_text("sampling", "zh")("title"))
    expect(page.locator(".st-key-prompt textarea")).to_have_value(words)
    settled()
    assert query(page) == {"lang": "zh", "temperature": "0.5"}
