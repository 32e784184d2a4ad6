"""The first statement of every run: none goes on in the state of a fresh server."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner import script_runner

from pages.ui import entrance


class StartedOver(Exception):
    pass


@pytest.fixture
def server(monkeypatch):
    def start_over():
        raise StartedOver

    pages = SimpleNamespace(uses_pages_directory=True)
    monkeypatch.setattr(entrance, "PagesManager", pages)
    monkeypatch.setattr(entrance, "st", SimpleNamespace(rerun=start_over))
    return pages


def _mpa_v1():
    """Begun as Streamlit begins a page of the folder."""
    entrance.enter()


def test_streamlit_still_calls_it_so():
    assert callable(script_runner._mpa_v1)


def test_a_run_that_was_begun_as_a_page_of_the_folder_starts_over(server):
    with pytest.raises(StartedOver):
        _mpa_v1()
    assert server.uses_pages_directory is False


def test_so_does_one_that_another_session_has_overtaken(server):
    server.uses_pages_directory = False
    with pytest.raises(StartedOver):
        _mpa_v1()


def test_any_other_run_goes_on(server):
    entrance.enter()
