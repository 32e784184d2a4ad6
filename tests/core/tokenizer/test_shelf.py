import time

import pytest

from core.storage.fetching import SourceError, Watch
from core.tokenizer import shelf
from core.tokenizer.library import Tokenizer
from core.tokenizer.shelf import ABSENT


class Slow:
    """A source that waits to be told what happens."""

    name = place = "slow"

    def __init__(self):
        self.prepared, self.outcome, self.kept = 0, None, False

    def is_here(self):
        return self.kept

    def prepare(self, watch):
        self.prepared += 1
        watch.tell("fetching", 1, 4)
        while self.outcome is None:
            time.sleep(0.01)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def slow(monkeypatch):
    source = Slow()
    monkeypatch.setitem(shelf.FETCHED, "slow", source)
    yield source
    source.outcome = source.outcome or SourceError("failed", "the test is over")
    wait_for(lambda: shelf.look("slow").state != "on_its_way")
    shelf._fetched.pop("slow", None)


def wait_for(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise TimeoutError


def test_what_comes_along_is_here_at_once_and_made_once():
    for name in shelf.coming_along():
        standing = shelf.look(name)
        assert standing.state == "here"
        assert isinstance(standing.tokenizer, Tokenizer)
        assert shelf.request(name).tokenizer is standing.tokenizer
        assert shelf.ready(name) is standing.tokenizer
    assert shelf.packaged("cl100k_base").card.origin == "packaged"


def test_a_tokenizer_is_fetched_once_however_many_ask(slow):
    assert shelf.look("slow") == ABSENT
    for _ in range(5):
        assert shelf.request("slow").state == "on_its_way"
    wait_for(lambda: shelf.look("slow").progress is not None)
    assert shelf.look("slow").progress.total_bytes == 4
    assert "slow" not in shelf.fetched()
    slow.outcome = shelf.packaged("cl100k_base")
    wait_for(lambda: shelf.look("slow").state == "here")
    assert shelf.request("slow").tokenizer is slow.outcome
    assert shelf.fetched()["slow"] is slow.outcome
    assert slow.prepared == 1


def test_what_failed_says_why_and_can_be_tried_again(slow):
    slow.outcome = SourceError("no_network", "nobody there")
    shelf.request("slow")
    wait_for(lambda: shelf.look("slow").state == "failed")
    assert shelf.look("slow").reason == "no_network"
    slow.outcome = shelf.packaged("cl100k_base")
    shelf.request("slow")
    wait_for(lambda: shelf.look("slow").state == "here")
    assert slow.prepared == 2


def test_a_surprise_is_a_failure_and_not_an_end_of_waiting(slow):
    slow.outcome = RuntimeError("a bug")
    shelf.request("slow")
    wait_for(lambda: shelf.look("slow").state == "failed")
    assert shelf.look("slow").reason == "failed"


def test_what_is_on_the_disk_is_taken_up_without_being_asked_for(slow):
    slow.kept, slow.outcome = True, shelf.packaged("cl100k_base")
    assert shelf.look("slow").state in ("on_its_way", "here")
    wait_for(lambda: shelf.look("slow").state == "here")


def test_only_so_many_are_kept_in_memory(monkeypatch, slow):
    monkeypatch.setattr(shelf, "MOST_FETCHED", 2)
    names = [f"team/{n}" for n in range(4)]

    class Quick(Slow):
        def prepare(self, watch: Watch):
            return shelf.packaged("cl100k_base")

    monkeypatch.setattr(shelf, "source_of", lambda name: Quick())
    for name in names:
        shelf.request(name)
        wait_for(lambda name=name: shelf.look(name).state == "here")
    assert [name for name in names if name in shelf.fetched()] == names[-2:]
    for name in names:
        shelf._fetched.pop(name, None)


def test_a_program_reads_a_file_of_its_own(tiny_folder):
    file = tiny_folder() / "tokenizer.json"
    assert shelf.ready(str(file)).card.origin == "file"
