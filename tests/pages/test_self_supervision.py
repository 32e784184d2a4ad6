"""The pairs of the sentence on screen: which of them count, and the sentence of the notes."""

from pages.text import load_text
from pages.ui import given


def numbers(app):
    return {metric.label: metric.value for metric in app.metric}


def test_a_prompt_is_left_out_of_the_mean(live, open_app):
    whole = numbers(open_app("self_supervision", lang="en", prompt="one two three"))
    app = open_app("self_supervision", lang="en", prompt="one two three", n_given="4")
    counted = numbers(app)["Pairs that count"]
    n_pairs = int(whole["Pairs that count"].split(" of ")[1])
    assert counted == f"{n_pairs - 3} of {n_pairs}"
    means = [found["Mean, as a training log says (nats)"] for found in (whole, numbers(app))]
    assert means[0] != means[1]


def test_the_example_becomes_the_sentence_and_says_how_it_is_counted(live, open_app):
    app = open_app("self_supervision", lang="zh")
    app.button(key="four_targets").click().run()
    assert not app.exception
    # Every byte is a token of the tiny model: 7 characters of 3 bytes.
    assert app.text_area(key="prompt").value == "今天天气真好。"
    assert numbers(app)["计入的对数"] == "20 / 20"
    assert any("有四个目标" in element.value for element in app.markdown)


def test_a_click_makes_its_pair_the_first_that_counts(live, open_app, monkeypatch):
    state = {}
    monkeypatch.setattr(given.st, "session_state", state)
    monkeypatch.setattr(given, "choose_index", lambda label, n, **more: min(2, n - 1))
    monkeypatch.setattr(given.address, "touch", lambda: None)
    *_, give = given.choose_given(6, load_text("self_supervision", "en"))
    give(1)
    assert state[given.KEY] == 4  # the second row after two pairs has token 4 as its target
    give(9)
    assert state[given.KEY] == 5
