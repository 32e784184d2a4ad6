"""Writing in a browser: tokens that come one by one, their alternatives, branches, the way back."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

N_MORE = 12
PATIENCE = 30_000  # milliseconds, until all is written


def query(page):
    return {key: words[0] for key, words in parse_qs(urlsplit(page.url).query).items()}


def chips(page):
    return page.locator(".st-key-write_sheet .passage button")


def ids(page):
    return chips(page).all_text_contents()


@pytest.fixture
def opened(page, app_url, settled, live, problems):
    def opens(prompt, **more):
        words = "".join(f"&{key}={value}" for key, value in more.items())
        page.goto(f"{app_url}/writing?lang=en&prompt={prompt}&n_more={N_MORE}{words}")
        if "lecture" not in more:  # which does not say that the model is there
            live()
        expect(page.locator(".passage .cursor")).to_have_count(0, timeout=PATIENCE)
        settled(figures=2)

    return opens


def written(page, settled):
    """Wait until nothing is being written."""
    settled(figures=2)
    expect(page.locator(".passage .cursor")).to_have_count(0, timeout=PATIENCE)
    settled(figures=2)


def other_row(page):
    """An alternative that does not stand there."""
    return page.locator(".alternatives .row:not(.is-own)").first


def test_the_pointer_and_the_keys_show_what_else_could_have_stood_there(page, opened):
    opened("point+at+it")
    expect(chips(page)).to_have_count(N_MORE)
    chips(page).nth(3).hover()
    expect(page.locator(".facts dd").first).to_have_text("3")
    expect(page.locator(".alternatives .row")).to_have_count(10)
    chips(page).nth(3).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".facts dd").first).to_have_text("4")
    assert page.evaluate("location.search").count("written_at") == 0, "the server was not asked"


def test_tokens_come_without_the_page_moving(page, opened, settled):
    opened("it+does+not+jump")
    places = """() => [...document.querySelectorAll('.stage, .st-key-write_sheet')]
        .map(one => Math.round(one.getBoundingClientRect().y))"""
    before, n = page.evaluate(places), chips(page).count()
    page.evaluate(
        """() => { window.seen = []
        new MutationObserver(() => {}).observe(document.body, { childList: true })
        const look = () => {
          const sheet = document.querySelector('.st-key-write_sheet')
          window.seen.push(Math.round(sheet.getBoundingClientRect().y))
          if (window.seen.length < 400) requestAnimationFrame(look)
        }
        look() }"""
    )
    page.locator(".st-key-write_go_on button").click()
    expect(chips(page)).to_have_count(n + N_MORE, timeout=PATIENCE)
    written(page, settled)
    assert set(page.evaluate("window.seen")) == {before[0]}


def test_a_click_on_an_alternative_is_a_branch_and_back_and_link_bring_it_back(
    page, opened, settled, app_url
):
    opened("branch+off")
    first = ids(page)
    page.wait_for_timeout(300)
    chips(page).nth(2).click()
    page.wait_for_url("**written_at=2**")
    settled(figures=2)
    other_row(page).locator(".name").click()
    page.wait_for_url("**tree=**")
    written(page, settled)
    second = ids(page)
    assert second[:2] == first[:2]
    assert second[2] != first[2]
    expect(chips(page).nth(2)).to_have_class(re.compile("is-chosen"))
    link = page.url
    expect(page.locator(".st-key-frame_written_tree h3")).to_contain_text("2, shown is branch 1")
    page.locator(".st-key-write_earlier button").first.click()
    expect(chips(page).nth(2)).to_have_text(first[2])
    page.go_back()
    expect(chips(page).nth(2)).to_have_text(second[2])
    page.goto("about:blank")
    page.goto(link)
    settled(figures=2)
    expect(chips(page)).to_have_count(len(second), timeout=PATIENCE)
    assert ids(page) == second


def test_a_click_in_the_tree_turns_to_the_branch(page, opened, settled):
    opened("turn+to", draw_seed=1)
    first = ids(page)
    page.locator(".st-key-write_seed button").click()
    written(page, settled)
    assert ids(page) != first
    page.locator(".st-key-frame_written_tree .bars .point path").first.click(force=True)
    page.wait_for_url("**branch=0**")
    written(page, settled)
    assert ids(page) == first


def test_it_can_be_stopped_and_what_was_written_stays(page, opened, settled):
    opened("stop+it", n_more=64)
    n = chips(page).count()
    page.locator(".st-key-write_go_on button").click()
    page.locator(".st-key-write_cancel button").click()
    written(page, settled)
    assert n <= chips(page).count() <= n + 64
    expect(page.locator(".st-key-write_cancel")).to_have_count(0)


def test_two_visitors_write_their_own(page, opened, settled, browser, app_url):
    opened("the+first+visitor")
    other = browser.new_context().new_page()
    other.goto(f"{app_url}/writing?lang=en&prompt=the+second+visitor&n_more={N_MORE}")
    page.locator(".st-key-write_go_on button").click()
    expect(chips(other)).to_have_count(N_MORE, timeout=PATIENCE)
    expect(chips(page)).to_have_count(2 * N_MORE, timeout=PATIENCE)
    written(page, settled)
    expect(page.locator(".passage .given")).to_have_text("the first visitor")
    expect(other.locator(".passage .given")).to_have_text("the second visitor")


def test_html_in_a_token_stays_text(page, opened):
    opened("<b>bold</b><img src=x onerror=alert(1)>")
    expect(page.locator(".passage .given")).to_have_text("<b>bold</b><img src=x onerror=alert(1)>")
    assert page.locator(".passage img, .passage b").count() == 0
