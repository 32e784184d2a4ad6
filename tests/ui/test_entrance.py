"""The first statement of every run: no session stays in the state of a fresh server."""

from types import SimpleNamespace

import pytest

from pages.ui import entrance


class StartedOver(Exception):
    pass


class State(dict):
    __setattr__ = dict.__setitem__


@pytest.fixture
def server(monkeypatch):
    """A server that has just started, with the session of its first visitor."""

    def start_over():
        raise StartedOver

    pages = SimpleNamespace(uses_pages_directory=True)
    monkeypatch.setattr(entrance, "PagesManager", pages)
    monkeypatch.setattr(entrance, "st", SimpleNamespace(session_state=State(), rerun=start_over))
    return pages


def enters(session):
    entrance.st.session_state = session
    try:
        entrance.enter()
    except StartedOver:
        return False
    return True


def test_a_session_starts_over_once(server):
    session = State()
    assert [enters(session) for _ in range(3)] == [False, True, True]
    assert server.uses_pages_directory is False


def test_a_session_whose_first_run_was_overtaken_starts_over_too(server):
    first, second = State(), State()
    assert not enters(first)
    assert [enters(second) for _ in range(2)] == [False, True]


def test_a_session_that_finds_the_state_of_a_fresh_server_again_leaves_it(server):
    session = State(entered=True)
    assert [enters(session) for _ in range(2)] == [False, True]
