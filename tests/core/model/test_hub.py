import errno
import os
import shutil
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file

from core.model import hub, load, run, sources
from core.model.sources import Folder, HubModel
from core.storage.fetching import SourceError, Stopped, Watch
from tests.core.model import fake_hub


@pytest.fixture(scope="module")
def repositories(tiny_folder, tmp_path_factory):
    """A model with all that hubs have beside it, and one that is only a pickle."""
    root = tmp_path_factory.mktemp("hub")
    good = shutil.copytree(tiny_folder(), root / "good")
    weights = load_file(good / "model.safetensors")
    torch.save(weights, good / "pytorch_model.bin")
    (good / "modeling_own.py").write_text("raise SystemExit\n")
    (good / "README.md").write_text("a model\n")
    old = shutil.copytree(good, root / "old")
    (old / "model.safetensors").unlink()
    return {"team/tiny": good, "team/old": old}


@pytest.fixture
def server(repositories, tmp_path, monkeypatch):
    with fake_hub.serving(repositories) as serving:
        point_to(serving.address, tmp_path, monkeypatch)
        yield serving


def point_to(address, cache, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache / "cache"))
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def reason(repo_id):
    with pytest.raises(SourceError) as error:
        hub.prepare(repo_id, Watch())
    return error.value.reason


def test_a_model_is_fetched_and_run_without_pickles_and_code(server):
    seen = []
    prepared = sources.prepare(HubModel("team/tiny"), Watch(seen.append))
    assert sorted(server.fetched) == [
        "chat_template.jinja",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert prepared.name == "team/tiny"
    assert run.run_one(load.load(prepared), "The cat").model.name == "team/tiny"
    total = sum((prepared.folder / name).stat().st_size for name in server.fetched)
    assert {progress.stage for progress in seen} == {"fetching"}
    assert seen[-1].total_bytes == total
    assert max(progress.done_bytes for progress in seen) <= total


def test_a_second_start_does_not_ask_the_hub(server, monkeypatch, tmp_path):
    folder = hub.prepare("team/tiny", Watch())
    point_to("http://127.0.0.1:9", tmp_path, monkeypatch)
    assert hub.prepare("team/tiny", Watch()) == folder


def test_a_fetch_that_was_broken_off_is_completed(server):
    folder = hub.prepare("team/tiny", Watch())
    (folder / "model.safetensors").unlink()
    assert (hub.prepare("team/tiny", Watch()) / "model.safetensors").is_file()


def test_a_model_without_safetensors_is_refused_before_anything_is_fetched(server):
    assert reason("team/old") == "no_safetensors"
    assert server.fetched == []


def test_an_unknown_model_is_not_found(server):
    assert reason("team/unknown") == "not_found"


@pytest.mark.parametrize("name", ["a/b/c", "two words", "x" * 200])
def test_what_no_hub_can_have_is_not_found(server, name):
    assert reason(name) == "not_found"


def test_a_closed_door_is_no_network(monkeypatch, tmp_path):
    point_to("http://127.0.0.1:9", tmp_path, monkeypatch)
    assert reason("team/tiny") == "no_network"


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "not_writable")]
)
def test_the_disk_s_errors_are_explained(server, monkeypatch, number, expected):
    def fails(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(hub, "need_space", fails)
    assert reason("team/tiny") == expected


def test_fetching_stops_when_the_program_ends(server):
    with pytest.raises(Stopped):
        hub.prepare("team/tiny", Watch(is_stopped=lambda: bool(server.fetched)))


def test_a_folder_of_one_s_own_is_taken_as_it_is(tiny_folder):
    prepared = sources.prepare(Folder(tiny_folder()))
    assert prepared.folder == tiny_folder()
    assert prepared.name == "tiny-llama"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], "bad_folder"),
        (["config.json"], "no_safetensors"),
        (["config.json", "pytorch_model.bin"], "no_safetensors"),
        (["model.safetensors"], "bad_folder"),
    ],
)
def test_incomplete_folders_are_refused(tmp_path, files, expected):
    for name in files:
        (tmp_path / name).write_text("{}")
    with pytest.raises(SourceError) as error:
        sources.prepare(Folder(tmp_path))
    assert error.value.reason == expected


def test_a_missing_part_of_the_weights_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model-1.safetensors").write_text("")
    index = tmp_path / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}')
    with pytest.raises(SourceError, match="model-2"):
        hub.check_folder(tmp_path)
    index.write_text("{")
    with pytest.raises(SourceError, match="cannot be read"):
        hub.check_folder(tmp_path)


def test_a_folder_that_is_not_there_is_refused():
    with pytest.raises(SourceError, match="there is no folder"):
        sources.prepare(Folder(Path("/nowhere/at/all")))
