"""The pages on attention in a browser: lines and their legend, linked panels, all maps at once."""

import re

import pytest
from playwright.sync_api import expect

from pages.text import load_text
from tests.browser.test_app import NODE, query

LONG = "to be or not to be " * 30


@pytest.fixture
def opened(page, app_url, settled, live):
    """A page on the live run of a short sentence."""

    def go(topic, figures, **link):
        words = {"prompt": "one two three", "layer": "1", "head": "2"} | link
        address = "&".join(f"{key}={words[key]}" for key in words)
        page.goto(f"{app_url}/{topic}?lang=en&{address}")
        live()
        settled(figures=figures)

    return go


def title(page, name):
    return page.locator(f".st-key-frame_{name} h3")


def cell(page, name, panel, row, column):
    """Where a cell of a heat map is on the screen, once it is in sight."""
    page.locator(f".st-key-frame_{name} .stage").scroll_into_view_if_needed()
    return page.evaluate(
        f"""([panel, row, column]) => {{
            const node = {NODE.format(name)}
            const {{ xaxis, yaxis }} = node.data[panel]
            const axis = (id) => node._fullLayout[id[0] + "axis" + id.slice(1)]
            const [x, y] = [axis(xaxis || "x"), axis(yaxis || "y")]
            const box = node.getBoundingClientRect()
            return [box.x + x._offset + x.c2p(column), box.y + y._offset + y.c2p(row)]
        }}""",
        [panel, row, column],
    )


def shown_heads(page):
    """The heads whose lines are drawn."""
    found = page.evaluate(
        f"{NODE.format('lines')}.data.filter((t) => t.legendgroup && t.visible === true)"
        ".map((t) => t.legendgroup)"
    )
    return sorted(set(found))


def test_a_click_in_the_legend_shows_a_head_alone_and_shift_adds_one(page, opened, settled):
    opened("lines", 2)
    entries = page.locator(".st-key-frame_lines .legendtoggle")
    expect(entries).to_have_count(4)
    node = NODE.format("lines")
    page.evaluate(f"{node}.mark = 'the same'")
    entries.nth(0).click()
    expect(title(page, "lines")).to_have_text("Layer 1, heads 0")
    settled(figures=2)
    assert shown_heads(page) == ["0"]
    assert query(page)["heads"] == "0"
    entries.nth(3).click(modifiers=["Shift"])
    expect(title(page, "lines")).to_have_text("Layer 1, heads 0, 3")
    settled(figures=2)
    assert shown_heads(page) == ["0", "3"]
    assert query(page)["heads"] == "0,3"
    entries.nth(0).click(modifiers=["Shift"])
    expect(title(page, "lines")).to_have_text("Layer 1, heads 3")
    settled(figures=2)
    entries.nth(3).click()  # on the only one: all
    expect(title(page, "lines")).to_have_text("Layer 1, heads 0, 1, 2, 3")
    settled(figures=2)
    assert shown_heads(page) == ["0", "1", "2", "3"]
    assert page.evaluate(f"{node}.mark") == "the same"
    page.go_back()
    expect(title(page, "lines")).to_have_text("Layer 1, heads 3")


@pytest.mark.parametrize(
    ("topic", "map_name"), [("lines", "mean_of_heads"), ("attention", "weights")]
)
def test_pointing_at_a_token_shades_the_sentence_without_a_rerun(
    page, opened, settled, topic, map_name
):
    opened(topic, 2, row="9")
    tokens = page.locator(".st-key-sentence button")

    def shades():
        return tokens.evaluate_all("tokens => tokens.map((token) => token.style.background)")

    before, drawn = shades(), page.evaluate(f"{NODE.format(map_name)}.dataset.drawn")
    assert [bool(shade) for shade in before] == [True] * 10 + [False] * (len(before) - 10)
    page.evaluate(
        """() => {
            window.reruns = 0
            const app = document.querySelector("[data-testid=stApp]")
            new MutationObserver(() => window.reruns++)
                .observe(app, { attributeFilter: ["data-test-script-state"] })
        }"""
    )
    tokens.nth(3).hover()
    during = shades()
    assert [bool(shade) for shade in during] == [True] * 4 + [False] * (len(before) - 4)
    page.locator("h1").hover()
    assert shades() == before
    assert page.evaluate("window.reruns") == 0
    assert page.evaluate(f"{NODE.format(map_name)}.dataset.drawn") == drawn
    expect(page.locator(".st-key-sentence [aria-selected=true]")).to_have_count(1)


def hover_labels(page):
    return page.locator(".st-key-frame_stages .hoverlayer .hovertext")


def test_a_cell_is_seen_in_all_panels_of_keys_and_its_numbers_in_the_formula(page, opened, settled):
    opened("stages", 3, row="9", key="2")
    formula = page.locator(".katex").last
    before = formula.text_content()
    page.mouse.move(*cell(page, "stages", 0, 8, 5))
    expect(hover_labels(page)).to_have_count(4)
    weights = page.evaluate(f"{NODE.format('stages')}._fullData[3].z[8][5]")
    expect(hover_labels(page).nth(3)).to_contain_text(f"{weights:.4f}")
    page.mouse.move(*cell(page, "stages", 0, 5, 8))  # masked: there is no such weight
    expect(hover_labels(page)).to_have_count(2)
    page.mouse.move(*cell(page, "stages", 4, 8, 5))  # a number of the output is no key's
    expect(hover_labels(page)).to_have_count(1)
    page.mouse.click(*cell(page, "stages", 0, 8, 5))
    page.wait_for_url(re.compile("row=8.*key=5|key=5.*row=8"))
    expect(formula).not_to_have_text(before)
    settled(figures=3)
    assert f"{weights:.4f}" in formula.text_content()


def test_a_click_on_the_output_chooses_its_row_alone(page, opened, settled):
    opened("stages", 3, row="9", key="2")
    page.mouse.click(*cell(page, "stages", 4, 5, 7))
    page.wait_for_url("**row=5*")
    settled(figures=3)
    assert query(page)["key"] == "2"


def test_a_click_in_a_part_of_a_long_text_finds_the_cell_that_it_shows(page, opened, settled):
    opened("stages", 3, prompt=LONG, row="170", key="150")
    first = page.evaluate(f"{NODE.format('stages')}.data[0].meta.first")
    assert min(first) > 0, "the text is not long enough"
    page.mouse.click(*cell(page, "stages", 0, 100, 90))
    page.wait_for_function("() => !location.search.includes('row=170')")
    settled(figures=3)
    row, key = int(query(page)["row"]), int(query(page)["key"])
    # A cell is hardly a pixel wide: its neighbour is near enough.
    assert (row, key) == (
        pytest.approx(first[1] + 100, abs=1),
        pytest.approx(first[0] + 90, abs=1),
    )
    assert f"{row},{key}" in page.locator(".katex annotation").last.text_content()


def test_a_click_on_a_small_map_opens_its_head(page, opened, settled):
    opened("atlas", 3)
    text = load_text("atlas", "en")
    expect(title(page, "opened")).to_have_text(text("opened.title", layer=1, head=2))
    page.mouse.click(*cell(page, "maps", 0, 3, 0))  # the fourth head of the first layer
    expect(title(page, "opened")).to_have_text(text("opened.title", layer=0, head=3))
    settled(figures=3)
    found = query(page)
    assert (found.get("layer"), found.get("head", "3")) == ("0", "3")


def test_a_click_on_a_map_by_rank_opens_the_head_that_stands_there(page, opened, settled):
    opened("atlas", 3, sort="sink")
    layer, head = page.evaluate(
        f"[...{NODE.format('maps')}._fullData[0].customdata[1][0]].slice(0, 2)"
    )
    page.mouse.click(*cell(page, "maps", 0, 1, 0))
    text = load_text("atlas", "en")
    assert (layer, head) != (1, 2), "it is open already"
    expect(title(page, "opened")).to_have_text(
        text("opened.title", layer=int(layer), head=int(head))
    )


def test_the_picture_of_the_maps_is_painted_anew_in_the_dark(page, opened, settled):
    page.emulate_media(color_scheme="light")
    opened("atlas", 3)
    picture = ".st-key-frame_maps .imagelayer-above image, .st-key-frame_maps .layer-above image"
    read = f"document.querySelector('{picture}').getAttribute('href')"
    light = page.evaluate(read)
    assert light.startswith("data:image/png;base64,")
    corner = """async (href) => {
        const image = new Image()
        image.src = href
        await image.decode()   // which a PNG with a wrong check sum does not
        const canvas = document.createElement("canvas")
        Object.assign(canvas, { width: image.width, height: image.height })
        const pen = canvas.getContext("2d")
        pen.drawImage(image, 0, 0)
        const pixels = pen.getImageData(0, 0, image.width, image.height).data
        const seen = []
        for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3]) seen.push(pixels[at])
        return [image.width, image.height, seen.length, Math.min(...seen.slice(0, 5000))]
    }"""
    before = page.evaluate(corner, light)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"seen => {read} !== seen", arg=light)
    after = page.evaluate(corner, page.evaluate(read))
    assert after[:3] == before[:3], "the same marks"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"seen => {read} === seen", arg=light)


def test_layer_and_head_go_along_to_another_page(page, opened, settled):
    opened("attention", 2)
    for topic, heading in (("stages", "stages"), ("atlas", "opened")):
        menu = page.get_by_test_id("stSidebarNav")
        menu.get_by_text(load_text(topic, "en")("menu"), exact=True).click()
        expect(page.locator("h1")).to_have_text(load_text(topic, "en")("title"))
        settled(figures=3)
        expect(title(page, heading)).to_contain_text("Layer 1, head 2")
        assert {key: query(page).get(key) for key in ("layer", "head")} == {
            "layer": "1",
            "head": "2",
        }


def test_a_link_to_the_lines_of_the_head_that_went_along_shows_that_head(
    page, opened, settled, app_url, context
):
    opened("attention", 2)
    menu = page.get_by_test_id("stSidebarNav")
    menu.get_by_text(load_text("lines", "en")("menu"), exact=True).click()
    expect(title(page, "lines")).to_have_text("Layer 1, heads 2")
    settled(figures=2)
    other = context.browser.new_page()
    other.goto(page.url)
    expect(title(other, "lines")).to_have_text("Layer 1, heads 2")
    other.close()
