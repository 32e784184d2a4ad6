"""The app as AppTest runs it, on a model small enough to be made here."""

import functools
import time
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.model import service

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


def until_loaded(model):
    """The service, once its model is there."""
    for _ in range(600):
        if model.status.state in ("ready", "failed"):
            break
        time.sleep(0.1)
    assert model.status.state == "ready", model.status
    return model


@pytest.fixture(scope="session", autouse=True)
def components_are_sought_once():
    """Each AppTest looks through all installed packages for components: most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        found = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture
def live():
    """The model is loaded, so that pages show a live run."""
    return until_loaded(service.shared())


@pytest.fixture
def open_app():
    def opened(page="home", sentence=None, **query):
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        if sentence is not None:  # as if it had been typed on another page
            app.session_state["prompt"] = sentence
        app.switch_page(f"pages/{page}.py")
        app.query_params |= query
        return app.run()

    return opened


def components(app, name):
    """What the page sent to the browser's components of a name."""
    found = [element.proto for element in app.get("bidi_component")]
    return [proto for proto in found if proto.component_name == name]
