"""A real server and a real browser. The browser is Debian's Chromium, or the one in CHROMIUM."""

import os
import shutil

import pytest

from tests.server import serving

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW = "no Chromium: install one (Debian: apt-get install chromium fonts-noto-cjk) or set CHROMIUM"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=HOW))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    if not CHROMIUM:
        pytest.fail(HOW)
    return {"executable_path": CHROMIUM, "args": SWITCHES}


@pytest.fixture(scope="session")
def app_url(tiny_model):
    with serving() as address:
        yield address


@pytest.fixture
def problems(page):
    """Errors of the page's scripts, of which there must be none."""
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said
    assert said == []


@pytest.fixture
def settled(page):
    """Wait until the script is through and what it sent is drawn."""

    def wait(figures=1):
        page.wait_for_function(
            "() => document.querySelector('[data-testid=stApp]')"
            "?.dataset.testScriptState === 'notRunning'"
        )
        if figures:
            page.wait_for_function(
                "n => [...document.querySelectorAll('.stage')]"
                ".filter(stage => stage.dataset.drawn && stage.data).length >= n",
                arg=figures,
            )
        page.wait_for_timeout(150)

    return wait


@pytest.fixture
def live(page):
    """Wait until the model is loaded, and its run is what the page shows."""

    def wait():
        page.locator(".st-key-model_state").get_by_text("live").wait_for(timeout=90_000)

    return wait
