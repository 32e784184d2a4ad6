"""The chain of sampling stages under the pointer and the keyboard."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

STAGE = ".chain li[data-code={}]"


@pytest.fixture
def chain(page, app_url, settled):
    page.goto(f"{app_url}/sampling?lang=en&prompt=one+two+three")
    settled(figures=4)
    return page


def is_now(page, *codes):
    """Wait until these stages are on, in this order, and the address says so."""
    page.wait_for_function(
        "codes => [...document.querySelectorAll('.st-key-chain *')].length > 0"
        " && location.search.includes('steps=' + codes.join('.'))",
        arg=list(codes),
    )
    expect(page.locator(".chain li")).to_have_count(len(codes))
    for place, code in enumerate(codes):
        expect(page.locator(".chain li").nth(place)).to_have_attribute("data-code", code)
    assert parse_qs(urlsplit(page.url).query)["steps"] == [".".join(codes)]


def test_a_stage_is_dragged_to_another_place(chain):
    chain.locator(STAGE.format("top_p") + " span").drag_to(
        chain.locator(STAGE.format("temperature") + " span")
    )
    is_now(chain, "top_p", "temperature", "top_k")


def test_stages_are_moved_and_switched_off_by_keys_and_keep_the_focus(chain):
    chain.locator(STAGE.format("temperature")).focus()
    chain.keyboard.press("ArrowRight")
    is_now(chain, "top_k", "temperature", "top_p")
    expect(chain.locator(STAGE.format("temperature"))).to_be_focused()
    chain.keyboard.press("ArrowRight")
    is_now(chain, "top_k", "top_p", "temperature")
    chain.keyboard.press("Delete")
    is_now(chain, "top_k", "top_p")
    chain.go_back()
    is_now(chain, "top_k", "top_p", "temperature")


def test_a_stage_is_added_and_all_take_the_order_of_a_library(chain):
    chain.locator(".chain select").first.select_option("min_p")
    is_now(chain, "temperature", "top_k", "top_p", "min_p")
    chain.locator(".chain select").last.select_option("llama_cpp")
    is_now(chain, "top_k", "top_p", "min_p", "temperature")
    expect(chain.locator(".st-key-chain_values .stSlider")).to_have_count(4)
