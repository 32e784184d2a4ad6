"""The page on pairings and the base, on a network whose rotation is more than speeds."""

import pytest

from core import rope
from core.model import service, sources
from core.model.service import Service
from core.model.switch import Switch, Switched
from tests.pages.conftest import until_loaded
from tests.tiny import tiny_model_folder

TEXT, BASE = "one two three", 1000.0
YARN = {
    "rope_type": "yarn",
    "rope_theta": 10_000.0,
    "factor": 4.0,
    "original_max_position_embeddings": 512,
}


@pytest.fixture
def stretched(tmp_path, monkeypatch):
    """A service with a network that was trained with YaRN."""
    folder = tiny_model_folder(tmp_path / "yarn", rope_parameters=YARN)
    model = Service(choose=lambda: sources.Folder(folder))
    monkeypatch.setattr(service, "shared", lambda: model)
    yield until_loaded(model)
    model.drain()


def test_another_pairing_or_base_leaves_the_network_its_own_factor(stretched, open_app):
    app = open_app("pairing", lang="en", prompt=TEXT, new_base="1000")
    assert not app.exception
    card = stretched.status.model
    assert card.rope_factor > 1.1
    wrong = Switch(card.rope_frequencies, card.rope_factor, "neighbours")
    speeds = tuple(rope.spectrum(card.d_head, BASE).frequencies.tolist())
    for switch in (wrong, Switch(speeds, card.rope_factor)):
        assert stretched.cached(Switched(TEXT, switch)) is not None
