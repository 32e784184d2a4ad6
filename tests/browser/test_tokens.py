"""The tokens page in a browser: typing is followed, what is pointed at is lit in all panes."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

BOX = ".st-key-prompt textarea"
PANE = ".st-key-splits .pane"
USUAL = ["model", "cl100k_base", "wordpiece", "unigram"]


def query(page):
    return {key: words[0] for key, words in parse_qs(urlsplit(page.url).query).items()}


@pytest.fixture
def opened(page, app_url, settled, live, problems):
    def opens(**more):
        words = "".join(f"&{key}={value}" for key, value in more.items())
        page.goto(f"{app_url}/tokens?lang=en{words}")
        live()
        settled(figures=4)

    return opens


def pane(page, place):
    return page.locator(PANE).nth(place)


def lit(page):
    """The lit chips of each pane."""
    return [one.locator(".chip.is-lit").all_text_contents() for one in page.locator(PANE).all()]


def test_the_panes_follow_each_key_and_the_box_keeps_focus_and_caret(page, opened):
    opened(prompt="one+three", tokenizers="model,cl100k_base")
    expect(pane(page, 1).locator(".count")).to_have_text("2 tokens")
    box = page.locator(BOX)
    box.focus()
    page.evaluate(f"document.querySelector('{BOX}').setSelectionRange(3, 3)")
    page.keyboard.type(" two", delay=40)
    expect(pane(page, 1).locator(".count")).to_have_text("3 tokens")
    expect(box).to_have_value("one two three")
    expect(box).to_be_focused()
    assert page.evaluate(f"document.querySelector('{BOX}').selectionStart") == 7
    # After a pause the address has it, too, and nothing has moved.
    page.wait_for_url("**prompt=one+two+three**")
    expect(box).to_be_focused()
    expect(box).to_have_value("one two three")
    assert page.evaluate(f"document.querySelector('{BOX}').selectionStart") == 7


def test_typing_without_a_pause_leaves_one_step_to_go_back(page, opened, settled):
    opened(prompt="one", tokenizers="cl100k_base")
    steps = page.evaluate("history.length")
    page.locator(BOX).focus()
    page.keyboard.press("End")
    page.keyboard.type(" two three four", delay=60)
    page.wait_for_url("**prompt=one+two+three+four**")
    settled(figures=4)
    assert page.evaluate("history.length") == steps + 1
    page.go_back()
    expect(page.locator(BOX)).to_have_value("one")
    expect(pane(page, 0).locator(".count")).to_have_text("1 tokens")


def test_what_is_being_composed_is_not_sent(page, opened):
    opened(prompt="one", tokenizers="cl100k_base")
    page.locator(BOX).focus()
    page.evaluate(
        f"""() => {{
            const box = document.querySelector('{BOX}')
            const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set
            set.call(box, "one ni hao")
            box.dispatchEvent(new InputEvent("input", {{ bubbles: true, isComposing: true }}))
        }}"""
    )
    page.wait_for_timeout(600)
    expect(pane(page, 0).locator(".count")).to_have_text("1 tokens")
    page.evaluate(
        f"document.querySelector('{BOX}')"
        ".dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }))"
    )
    expect(pane(page, 0).locator(".count")).to_have_text("4 tokens")


def test_other_pages_get_the_sentence_only_when_the_box_is_left(page, opened, settled):
    opened(prompt="one", tokenizers="cl100k_base")
    page.locator(BOX).focus()
    page.keyboard.press("End")
    page.keyboard.type(" two")
    page.wait_for_url("**prompt=one+two**")
    page.get_by_test_id("stSidebarNav").get_by_text("Attention", exact=True).click()
    settled(figures=2)
    expect(page.locator(BOX)).to_have_value("one two")
    page.locator(BOX).focus()
    page.keyboard.press("End")
    page.keyboard.type(" three")
    page.wait_for_timeout(1_600)
    assert "three" not in page.url


def test_pointing_lights_the_same_characters_in_all_panes_without_a_rerun(page, opened):
    opened(prompt="look猫+at")
    assert len(page.locator(PANE).all()) == len(USUAL)
    page.evaluate(
        """() => {
            window.reruns = 0
            const app = document.querySelector("[data-testid=stApp]")
            new MutationObserver(() => window.reruns++)
                .observe(app, { attributeFilter: ["data-test-script-state"] })
        }"""
    )
    heights = [one.bounding_box() for one in page.locator(PANE).all()]
    page.get_by_text("8C", exact=True).first.hover()
    assert lit(page)[1] in (["8C"], ["E7", "8C", "AB"])
    assert all(words for words in lit(page))
    for one in page.locator(PANE).all():
        expect(one.locator(".told")).to_contain_text("character 4")
    assert [one.bounding_box() for one in page.locator(PANE).all()] == heights
    page.locator("h1").hover()
    assert lit(page) == [[]] * len(USUAL)
    assert page.evaluate("window.reruns") == 0


def test_a_part_of_a_character_is_bytes_below_it(page, opened):
    opened(prompt="a猫b", tokenizers="cl100k_base")
    parts = pane(page, 0).locator(".parts")
    expect(parts.locator(".over")).to_have_text("猫")
    assert parts.locator(".chip").all_text_contents() == ["E7", "8C", "AB"]
    expect(page.locator(PANE)).not_to_contain_text("\ufffd")


def test_a_click_tells_how_the_token_came_about(page, opened, settled):
    opened(prompt="the+cat", tokenizers="model,cl100k_base")
    pane(page, 1).locator(".chip", has_text="cat").click()
    page.wait_for_url(re.compile("pane=cl100k_base"))
    expect(page.locator("#making")).to_contain_text("cat")
    settled(figures=4)
    expect(pane(page, 1).locator("[aria-selected=true]")).to_have_text("␣cat")
    expect(page.locator(".st-key-splits [aria-selected=true]")).to_have_count(1)
    expect(page.locator(".st-key-frame_making")).to_contain_text("Each row is one merge")


def test_the_arrow_keys_go_from_token_to_token(page, opened):
    opened(prompt="one+two+three", tokenizers="cl100k_base")
    chips = pane(page, 0).locator(".chip")
    pane(page, 0).locator("[aria-selected=true]").focus()
    page.keyboard.press("ArrowLeft")
    expect(chips.nth(1)).to_be_focused()
    expect(pane(page, 0).locator(".told")).to_contain_text("characters 3–6")
    page.keyboard.press("Enter")
    page.wait_for_url("**token=1**")
    expect(chips.nth(1)).to_have_attribute("aria-selected", "true")


def test_markup_in_the_sentence_is_text(page, opened):
    opened(prompt="%3Cimg+src=x+onerror=alert(1)%3E%3Cb%3Ex", tokenizers="cl100k_base")
    assert page.locator(f"{PANE} img, {PANE} b").count() == 0
    joined = "".join(pane(page, 0).locator(".chip").all_text_contents())
    assert joined == "<img␣src=x␣onerror=alert(1)><b>x"


def test_a_long_text_is_turned_over_like_pages(page, opened, settled):
    opened(prompt="x", tokenizers="cl100k_base")
    box = page.locator(BOX)
    box.fill("word " * 20_000)
    expect(pane(page, 0).locator(".count")).to_have_text("20,001 tokens", timeout=10_000)
    pager = page.locator(".st-key-splits .pager")
    expect(pager).to_contain_text("characters 0–1,999 of 100,000")
    assert pane(page, 0).locator(".chip").count() == 401
    pager.locator("button").last.click()
    expect(pager).to_contain_text("characters 2,000–3,999")
    page.wait_for_url("**part=1**")
    expect(box).to_have_value("word " * 20_000)


FILES = {
    "junk": (b'{"a": 1}', "holds no tokenizer"),
    "binary": (b"\x00\xff\x80" * 100, "holds no tokenizer"),
    "empty": (b"", "holds no tokenizer"),
    "large": (b" " * 20_000_001, "is too large"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_tokenizer_is_told_so(page, opened, tmp_path, kind):
    content, sentence = FILES[kind]
    file = tmp_path / "tokenizer.json"
    file.write_bytes(content)
    opened(tokenizers="cl100k_base")
    page.get_by_text("Another one").click()
    page.locator(".st-key-tokenizer_file input[type=file]").set_input_files(file)
    expect(page.get_by_test_id("stAlert").first).to_contain_text(sentence)
    expect(page.locator(PANE)).to_have_count(1)


def test_a_file_of_one_s_own_joins_in(page, opened, tiny_model):
    opened(prompt="one+two", tokenizers="cl100k_base")
    page.get_by_text("Another one").click()
    file = tiny_model / "tokenizer.json"
    page.locator(".st-key-tokenizer_file input[type=file]").set_input_files(file)
    expect(page.locator(PANE)).to_have_count(2)
    expect(pane(page, 1).locator(".name")).to_contain_text("tokenizer.json")
    vocabulary = json.loads(file.read_text("utf-8"))["model"]["vocab"]
    assert vocabulary, "the file that was opened"
    assert query(page)["tokenizers"].startswith("cl100k_base,file-")


def test_the_colours_follow_the_appearance(page, opened):
    page.emulate_media(color_scheme="light")
    opened(prompt="one", tokenizers="cl100k_base")
    colour = "getComputedStyle(document.querySelector('.st-key-splits [data-drawn]').shadowRoot"
    colour += ".querySelector('.chip')).borderBottomColor"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"seen => {colour} !== seen", arg=light)
    page.emulate_media(color_scheme="light")
