"""The predicted text in a browser: pointed at, walked along, clicked, turned part by part."""

from playwright.sync_api import expect

PATIENCE = 60_000  # milliseconds
WORDS = "word after word after word"


def chips(page):
    return page.locator(".st-key-predicted .passage button")


def facts(page):
    return page.locator(".st-key-predicted .facts dd")


def test_pointer_and_keys_show_the_guesses_without_the_server_and_a_click_keeps_them(
    page, app_url, settled, live, problems
):
    page.goto(f"{app_url}/surprisal?lang=en&prompt={WORDS.replace(' ', '+')}")
    live()
    settled(figures=3)
    chips(page).nth(2).hover()
    expect(facts(page).first).to_have_text("2")
    expect(page.locator(".st-key-predicted .alternatives .row").first).to_be_visible()
    expect(page.locator(".st-key-frame_bits .hoverlayer .hovertext").first).to_be_attached()
    chips(page).nth(2).focus()
    page.keyboard.press("ArrowRight")
    expect(facts(page).first).to_have_text("3")
    page.keyboard.press("Home")
    expect(page.locator(".st-key-predicted .facts .how")).to_contain_text("no prediction")
    assert "guessed" not in page.url, "the server was not asked"
    chips(page).nth(4).click()
    page.wait_for_url("**guessed=4**")
    expect(page.locator(".st-key-frame_guesses")).to_contain_text("place 4")


def test_another_colour_leaves_the_tokens_where_they_are(page, app_url, settled, live, problems):
    page.goto(f"{app_url}/surprisal?lang=en&prompt={WORDS.replace(' ', '+')}")
    live()
    settled(figures=3)
    colours = "chips => chips.map(chip => chip.style.background).join()"
    words, before = chips(page).all_text_contents(), chips(page).evaluate_all(colours)
    page.locator(".st-key-predicted .chooser button").nth(3).click()
    page.wait_for_url("**tint=band**")
    expect(page.locator(".st-key-predicted .legend")).to_contain_text("rank 1")
    settled(figures=3)
    assert chips(page).all_text_contents() == words
    assert chips(page).evaluate_all(colours) != before


def test_a_long_text_is_read_on_request_and_turned_part_by_part(
    page, app_url, settled, live, problems
):
    page.goto(f"{app_url}/surprisal?lang=en&read_from=play")
    live()
    settled(figures=3)
    n_before = chips(page).count()
    page.locator(".st-key-predictions_start button").click()
    expect(page.locator(".st-key-predictions_start")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator(".st-key-predicted .pager")).to_contain_text("of 2,048", timeout=PATIENCE)
    settled(figures=3)
    assert chips(page).count() == n_before == 1_024
    words = chips(page).all_text_contents()
    page.locator(".st-key-predicted .pager button:enabled").click()
    page.wait_for_url("**leaf=**")
    expect(chips(page).first).not_to_have_text(words[0], timeout=PATIENCE)
