"""Places that are kept in the address: chosen by a click, by a link, or not at all."""

import pytest
from streamlit.testing.v1 import AppTest

NONSENSE = ["", ",", "a,b", "-1", "1,", "1,,2", "0,5", "99", "²", "1.5", "9" * 5_000, "1;2", "一"]


def several():
    import streamlit as st

    from pages.ui import address

    address.begin()
    st.query_params["lang"] = "en"
    count, default = st.session_state.get("count", 5), st.session_state.get("default", (2,))
    chosen, put = address.several("heads", count, default)
    st.session_state.seen = chosen
    st.button("put", on_click=lambda: put(st.session_state.wanted))


def one():
    import streamlit as st

    from pages.ui import address

    address.begin()
    st.query_params["lang"] = "en"
    chosen, put = address.place("row", st.session_state.get("count", 5), 2)
    st.session_state.seen = chosen
    st.button("put", on_click=lambda: put(st.session_state.wanted))


def opened(script, **link):
    app = AppTest.from_function(script)
    app.query_params |= {"lang": "en"} | link
    app.run()
    assert not app.exception
    return app


def put(app, wanted):
    app.session_state.wanted = wanted
    app.button[0].click().run()
    assert not app.exception
    return app


def seen(app):
    return app.session_state.seen


def in_address(app, key="heads"):
    found = app.query_params.get(key)  # a list after a run, and a string when it was put there
    return found[0] if isinstance(found, list) else found


def test_the_default_needs_no_place_in_the_address():
    app = opened(several)
    assert seen(app) == (2,)
    assert in_address(app) is None


@pytest.mark.parametrize(
    ("words", "heads"),
    [("0,3", (0, 3)), ("3,0,3", (0, 3)), ("4", (4,)), ("0,1,2,3,4", (0, 1, 2, 3, 4))],
)
def test_a_link_brings_several_back_in_order_and_once(words, heads):
    app = opened(several, heads=words)
    assert seen(app) == heads
    assert in_address(app) == ",".join(map(str, heads))


@pytest.mark.parametrize("words", NONSENSE)
def test_nonsense_in_a_link_is_the_default_and_leaves_the_address(words):
    app = opened(several, heads=words)
    assert seen(app) == (2,)
    assert in_address(app) is None


def test_what_is_clicked_is_chosen_and_stands_in_the_address():
    app = put(opened(several, heads="0,3"), [4, 1, 4])
    assert seen(app) == (1, 4)
    assert in_address(app) == "1,4"
    assert seen(put(app, [2])) == (2,)
    assert in_address(app) is None


def test_going_back_in_the_history_is_followed():
    app = put(opened(several, heads="0,3"), [1])
    app.query_params["heads"] = "0,3"
    assert seen(app.run()) == (0, 3)


def test_at_least_one_is_chosen():
    assert seen(put(opened(several, heads="0,3"), [])) == (2,)


def test_the_default_may_move_while_nothing_is_chosen():
    app = opened(several)
    app.session_state.default = (4,)
    assert seen(app.run()) == (4,)
    assert in_address(app) is None
    assert seen(put(app, [0])) == (0,)
    app.session_state.default = (1,)
    assert seen(app.run()) == (0,)


def test_what_a_smaller_network_does_not_have_is_not_chosen():
    app = opened(several, heads="0,4")
    app.session_state.count = 3
    assert seen(app.run()) == (2,)
    assert in_address(app) is None


@pytest.mark.parametrize("words", [*(words for words in NONSENSE if words != "99"), "0,1"])
def test_nonsense_for_one_place_is_the_default(words):
    app = opened(one, row=words)
    assert seen(app) == 2
    assert in_address(app, "row") is None


def test_one_place_is_brought_back_clicked_and_given_up():
    app = opened(one, row="4")
    assert (seen(app), in_address(app, "row")) == (4, "4")
    put(app, 0)
    assert (seen(app), in_address(app, "row")) == (0, "0")
    put(app, 2)
    assert (seen(app), in_address(app, "row")) == (2, None)


def test_a_place_beyond_the_text_waits_for_a_longer_one():
    app = opened(one, row="9")
    assert (seen(app), in_address(app, "row")) == (2, "9")
    app.session_state.count = 12
    assert (seen(app.run()), in_address(app, "row")) == (9, "9")
    app.session_state.count = 3
    assert (seen(app.run()), in_address(app, "row")) == (2, "9")
    assert (seen(put(app, 1)), in_address(app, "row")) == (1, "1")


def counted():
    import streamlit as st

    from pages.text import load_text
    from pages.ui import address
    from pages.ui.page import choose_index

    address.begin()
    st.query_params["lang"] = "en"
    count = st.session_state.get("count", 30)
    chosen = choose_index("Layer", count, key="layer", default=13, text=load_text("home", "en"))
    st.session_state.seen = chosen


@pytest.mark.parametrize(
    ("words", "layer"), [("1", 1), ("29", 29), ("0", 0), *((nonsense, 13) for nonsense in NONSENSE)]
)
def test_a_number_from_a_link_stands_on_its_slider(words, layer):
    app = opened(counted, layer=words)
    assert seen(app) == app.slider(key="layer").value == layer
    assert in_address(app, "layer") == (None if layer == 13 else words)


def test_a_number_survives_that_the_slider_becomes_shorter():
    # As when the model is loaded, and its run takes the place of the stored one.
    app = opened(counted, layer="2")
    app.session_state.count = 4
    assert seen(app.run()) == app.slider(key="layer").value == 2
    assert in_address(app, "layer") == "2"
    app.session_state.count = 2
    assert seen(app.run()) == app.slider(key="layer").value == 1  # the last one
    app.session_state.count = 1
    assert seen(app.run()) == 0
    assert not app.slider
    assert not app.exception


def test_a_slider_that_is_moved_stands_in_the_address():
    app = opened(counted, layer="2")
    app.slider(key="layer").set_value(5).run()
    assert (seen(app), in_address(app, "layer")) == (5, "5")
    app.slider(key="layer").set_value(13).run()
    assert (seen(app), in_address(app, "layer")) == (13, None)
    app.query_params["layer"] = "5"
    assert seen(app.run()) == app.slider(key="layer").value == 5
