"""Lists of numbers: what is a list, what the address brings back, what is typed and put."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages.text import LANGUAGES, load_text
from pages.ui import number_list

ENDS = -10.0, 10.0, 4
NONSENSE = [
    "", ",", "a", "1,b", "nan", "1,inf", "1e999", "11", "-10.1", "1,2,3,4,5", "1_0", "1/0", "1/2/3",
    "9" * 5_000, "1,," * 40, "一", "0x1", "1" * 400, "\0",
]  # fmt: skip


def typing():
    import streamlit as st

    from pages.text import load_text
    from pages.ui import address
    from pages.ui.number_list import type_list

    address.begin()
    st.query_params["lang"] = "en"
    text = load_text("home", st.session_state.get("language", "en"))
    numbers, put = type_list("logits", "Logits", (1.0, 2.0), -10.0, 10.0, 4, text)
    st.session_state.seen = numbers
    st.button("put", on_click=lambda: put(st.session_state.wanted))


def opened(**link):
    app = AppTest.from_function(typing)
    app.query_params |= {"lang": "en"} | link
    app.run()
    assert not app.exception
    return app


def seen(app):
    assert not app.exception
    return app.session_state.seen


def in_address(app):
    found = app.query_params.get("logits")  # a list after a run
    return found[0] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("1,2.5,-3", (1, 2.5, -3)),
        (" [1; 2 ,3\t4] ", (1, 2, 3, 4)),
        ("１，２．５、−３", (1, 2.5, -3)),
        ("1/4 3/4", (0.25, 0.75)),
        ("1e-7,-0", (1e-7, 0)),
        ("0.123456789", (0.123457,)),
    ],
)
def test_lists_are_written_in_many_ways(words, numbers):
    assert number_list.numbers_in(words, *ENDS) == (numbers, None)


@pytest.mark.parametrize("words", NONSENSE)
def test_nonsense_is_no_list_in_a_link_or_in_the_field(words):
    numbers, why = number_list.numbers_in(words, *ENDS)
    assert numbers is None
    assert all(
        load_text("home", language)(f"number_list.{why}", low=0, high=1, n_least=1, n_most=2,
            shown="")
        for language in LANGUAGES
    )  # fmt: skip
    app = opened(logits=words)
    assert (seen(app), in_address(app)) == ((1.0, 2.0), None)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=4).map(tuple))
def test_what_is_kept_comes_back_as_it_is(numbers):
    kept, _ = number_list.checked(numbers, *ENDS)
    assert number_list.numbers_in(number_list.as_words(kept), *ENDS) == (kept, None)
    assert all(math.isclose(a, b, rel_tol=1e-5) for a, b in zip(kept, numbers, strict=True))


def test_what_is_typed_is_shown_and_stands_in_the_address():
    app = opened()
    app.text_input[0].set_value("3 ; 1/2").run()
    assert (seen(app), in_address(app)) == ((3.0, 0.5), "3,0.5")
    assert app.text_input[0].value == "3, 0.5"
    app.text_input[0].set_value("1,2").run()
    assert (seen(app), in_address(app)) == ((1.0, 2.0), None)


def test_typed_nonsense_is_answered_and_the_last_good_list_stays():
    app = opened(logits="3,4")
    app.text_input[0].set_value("3,4,x").run()
    assert (seen(app), in_address(app)) == ((3.0, 4.0), "3,4")
    assert app.text_input[0].value == "3,4,x", "to be corrected"
    (said,) = app.warning
    assert "3, 4" in said.value
    app.text_input[0].set_value("5").run()
    assert seen(app) == (5.0,)
    assert not app.warning


def test_what_is_put_is_written_into_the_field_and_bad_numbers_are_not():
    app = opened()
    app.text_input[0].set_value("x").run()
    app.session_state.wanted = (0.1 + 0.2, 7.0)
    app.button[0].click().run()
    assert (seen(app), in_address(app)) == ((0.3, 7.0), "0.3,7")
    assert app.text_input[0].value == "0.3, 7"
    assert not app.warning
    for wrong in [(), (math.nan,), (math.inf, 1.0), (11.0,), (1.0,) * 5]:
        app.session_state.wanted = wrong
        app.button[0].click().run()
        assert seen(app) == (0.3, 7.0)


def test_going_back_in_the_history_is_followed():
    app = opened(logits="3,4")
    app.text_input[0].set_value("5").run()
    app.query_params["logits"] = "3,4"
    assert seen(app.run()) == (3.0, 4.0)
    assert app.text_input[0].value == "3, 4"


def test_too_few_are_no_list_where_more_are_needed():
    assert number_list.numbers_in("1", *ENDS, 2) == (None, "wrong_count")
    assert number_list.numbers_in("1,2", *ENDS, 2) == ((1.0, 2.0), None)


def test_a_field_may_want_so_many_and_no_other_number():
    assert number_list.numbers_in("1,2,3", 0.0, 9.0, 2, 2) == (None, "exact_count")


def test_weights_need_one_that_is_above_nothing():
    assert number_list.numbers_in("0, 0", *ENDS, 1, True) == (None, "all_zero")
    assert number_list.numbers_in("0, 0", *ENDS) == ((0.0, 0.0), None)
    assert number_list.numbers_in("0, 1", *ENDS, 1, True) == ((0.0, 1.0), None)
