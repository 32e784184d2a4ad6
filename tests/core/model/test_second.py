"""The second network: offered, asked for, replaced, refused before it is fetched, put away."""

import time

import pytest

from core.model import second
from core.model.contrast import Reading
from core.model.service import NotReady
from core.model.sources import Folder, HubModel, SourceError
from tests.core.model import fake_hub
from tests.core.model.test_hub import point_to


@pytest.fixture(autouse=True)
def nothing_stays():
    yield
    second.put_away()


@pytest.fixture
def folders(tiny_folder, monkeypatch):
    """Two networks that the host offers."""
    made = tiny_folder(), tiny_folder("gpt2")
    monkeypatch.setenv(second.VARIABLE, ",".join(map(str, made)))
    return made


def test_the_host_says_which_networks_are_offered(monkeypatch, tmp_path):
    monkeypatch.delenv(second.VARIABLE, raising=False)
    assert list(second.offered()) == list(second.USUAL)
    assert second.look() is None
    monkeypatch.setenv(second.VARIABLE, f" team/tiny , {tmp_path},,./here")
    assert second.offered() == {
        "team/tiny": HubModel("team/tiny"),
        tmp_path.name: Folder(tmp_path),
        "here": Folder(second.Path("here")),
    }
    for words in ("off", " OFF "):
        monkeypatch.setenv(second.VARIABLE, words)
        assert second.offered() == {}
    with pytest.raises(KeyError):
        second.request("team/tiny")


def test_a_second_network_is_loaded_on_request_and_replaced_by_the_next(folders):
    first, other = (folder.name for folder in folders)
    assert second.service_of(first) is None
    service = second.ready(first, patience=60.0)
    assert second.look().state == "ready"
    assert service.ask(Reading("The cat")).model.name == first
    assert second.ready(first) is service, "it is there already"
    replacing = second.ready(other, patience=60.0)
    assert second.look().name == other
    assert second.service_of(first) is None
    assert service.status.state == "stopped"
    with pytest.raises(NotReady):
        service.ask(Reading("The dog"))
    assert replacing.ask(Reading("The cat")).model.name == other
    second.put_away()
    assert second.look() is None
    assert replacing.status.state == "stopped"


def test_one_that_is_too_large_is_refused_before_it_is_fetched(tiny_folder, monkeypatch, tmp_path):
    monkeypatch.setenv(second.VARIABLE, "team/tiny")
    monkeypatch.setattr(second, "LARGEST", 1_000)
    with fake_hub.serving({"team/tiny": tiny_folder()}) as hub:
        point_to(hub.address, tmp_path, monkeypatch)
        with pytest.raises(SourceError, match="too_large"):
            second.ready("team/tiny", patience=60.0)
        assert hub.fetched == []
        assert second.look().reason == "too_large"
        # Asked for once more, it is tried once more.
        monkeypatch.setattr(second, "LARGEST", 10**9)
        second.request("team/tiny")
        wait_for(lambda: second.look().state == "ready")
        assert "model.safetensors" in hub.fetched
    # One that was fetched before is measured without the hub.
    second.put_away()
    monkeypatch.setattr(second, "LARGEST", 1_000)
    with pytest.raises(SourceError, match="too_large"):
        second.ready("team/tiny", patience=60.0)


def test_without_a_network_it_is_said_so_and_not_tried_again_by_itself(monkeypatch, tmp_path):
    monkeypatch.setenv(second.VARIABLE, "team/tiny")
    point_to("http://127.0.0.1:9", tmp_path, monkeypatch)
    with pytest.raises(SourceError, match="no_network"):
        second.ready("team/tiny", patience=60.0)
    assert second.look().state == "failed"
    assert second.look().reason == "no_network"


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
