"""A long text: its beginning at once, all of it on request, and what comes on the way."""

import json

import pytest

from core.model.predictions import Predictions
from pages.ui import predicted
from tests.pages.conftest import components


@pytest.fixture
def told(monkeypatch):
    """What is sent to the browser while the text is read."""
    news = []

    def tell(*, data):
        news.append(data)

    monkeypatch.setattr(predicted, "_NEWS", tell)
    return news


def shown(app):
    (proto,) = components(app, "glassbox_predicted")
    return json.loads(proto.json)


def test_a_long_text_is_told_while_it_is_read(live, open_app, monkeypatch, told):
    known = live.ask

    def ask(question, on_wait, on_part):
        is_whole = question.n_most == Predictions.n_most  # not the beginning
        if is_whole:
            on_part(known(Predictions(question.text, n_most=1_500), on_wait))
        return known(question, on_wait)

    monkeypatch.setattr(live, "ask", ask)
    app = open_app("surprisal", lang="en", read_from="play")
    before = shown(app)
    assert told == []
    app.button(key="predictions_start").click().run()
    assert not app.exception
    assert [news["n_read"] for news in told] == [1_500]
    assert len(told[0]["part"]["tokens"]) == 1_500 - before["part"]["first"] - 1_024
    assert (before["n_parts"], shown(app)["n_parts"]) == (1, 2)
