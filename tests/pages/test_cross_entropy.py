"""Logits and labels: typed well and badly, dragged, clicked, and brought by a link."""

import pytest

from pages.text import LANGUAGES, load_text
from pages.ui import loss_input

TYPED = {
    ("logits", "1, 2, x"): "number_list.no_numbers",
    ("logits", "1, 51"): "number_list.out_of_range",
    ("logits", "1; 2"): "number_list.wrong_count",
    ("logits", "1, 2; 3"): "number_list.wrong_count",
    ("logits", "1, 2; 3, 4, 5"): "problem.uneven",
    ("logits", ""): "problem.n_samples",
    ("labels", "2, 3"): "problem.labels",
    ("labels", "2, -1"): "problem.labels",
    ("labels", "二"): "problem.labels",
    ("labels", "2"): "problem.n_labels",
}


def headline(app):
    return app.subheader[0].value.replace("\\", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_is_told_and_the_last_good_input_stays(live, open_app, language):
    app, text = open_app("cross_entropy", lang=language), load_text("cross_entropy", language)
    before = headline(app)
    for (key, words), problem in TYPED.items():
        app.text_input(key=f"{key}_typed").set_value(words).run()
        assert not app.exception
        said = [element.value for element in app.warning]
        assert any(one.startswith(text(problem).split("{")[0]) for one in said), words
        assert app.text_input(key=f"{key}_typed").value == words
        assert headline(app) == before
    app.text_input(key="logits_typed").set_value("[[1, 2], [5, 6], [0, 0]]").run()
    app.text_input(key="labels_typed").set_value("0、1，−100").run()
    assert [element.value for element in app.warning] == []
    assert app.query_params["logits"] == "1,2;5,6;0,0"
    assert app.query_params["labels"] == "0,1,-100"
    shown = text("headline.counted", sample=0, label=0, loss="1.3133")
    assert headline(app) == shown


def test_labels_of_another_table_are_ignored(live, open_app):
    app = open_app("cross_entropy", lang="en", logits="1,2;3,4;5,6", labels="2,1")
    assert app.text_input(key="labels_typed").value == "-100, 1, -100"


@pytest.mark.parametrize("name", [*loss_input.EXAMPLES, "own"])
def test_every_example_opens(live, open_app, name):
    app = open_app("cross_entropy", lang="zh", loss_sample="1")
    app.button(key=f"loss_{name}").click().run()
    assert not app.exception
    assert [element.value for element in app.warning] == []
    if name == "own":
        assert "Logits 实测来源" in " ".join(element.value for element in app.caption)
    if name == "all_ignored":
        assert app.metric[0].value == "nan"


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("1,2;3,4", ((1.0, 2.0), (3.0, 4.0))),
        ("1 2\n3 4\n", ((1.0, 2.0), (3.0, 4.0))),
        ("[[1., 2.],\n [3., 4.]]", ((1.0, 2.0), (3.0, 4.0))),
        ("１，２；３，−４", ((1.0, 2.0), (3.0, -4.0))),
    ],
)
def test_a_table_may_be_written_in_many_ways(words, rows):
    assert loss_input.read_rows(words) == (rows, "")
    assert loss_input.read_rows(loss_input.write_rows(rows)) == (rows, "")
