"""The pages on other networks than the default one: of one head, without RoPE, or with ALiBi."""

import pytest

from core.model import service, sources
from core.model.service import Service
from tests.pages.conftest import PAGES, components, until_loaded
from tests.tiny import tiny_model_folder

MODELS = {
    "one layer of one head": (
        "llama",
        {"num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1},
    ),
    "no RoPE": ("gpt2", {}),
    "ALiBi": ("bloom", {}),
    "heads of odd width": ("gpt2", {"hidden_size": 12}),
}
NEEDS_PAIRS = {"rope", "interpolation", "relative", "pairing"}


@pytest.mark.parametrize("kind", MODELS)
def test_every_page_shows_another_network(kind, tmp_path, monkeypatch, open_app):
    family, changes = MODELS[kind]
    folder = tiny_model_folder(tmp_path / "model", family, **changes)
    model = Service(choose=lambda: sources.Folder(folder))
    try:
        until_loaded(model)
        monkeypatch.setattr(service, "shared", lambda: model)
        for topic in PAGES:
            app = open_app(topic, lang="en", prompt="one two three")
            assert not app.exception, topic
            if kind == "heads of odd width" and topic in NEEDS_PAIRS:
                assert "odd number" in app.warning[0].value
            else:
                assert components(app, "glassbox_stage"), topic
    finally:
        model.drain()
